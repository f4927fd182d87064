# Sourced by network.sh: Fabric's orderers. One with Raft, or where $consensus is BFT four, of which one may fail.
consensus=etcdraft

# Names, by $consensus.
orderers() { if [ "$consensus" = BFT ]; then echo o1 o2 o3 o4; else echo o1; fi; }

# Of orderer $1: o1 has 17021, and the administrator's port is ten above.
orderer_port() { echo "$((17020 + ${1#o}))"; }
orderer_msp() { echo "$work/crypto/ordererOrganizations/example.com/orderers/$1.example.com/msp"; }
orderer_tls() { echo "$work/crypto/ordererOrganizations/example.com/orderers/$1.example.com/tls"; }
# One certificate signs for all of them.
orderer_roots() { echo "$(orderer_tls o1)/ca.crt"; }

# Has the command lines send to orderer $1.
order_at() { ordering=(-o "127.0.0.1:$(orderer_port "$1")" --tls --cafile "$(orderer_roots)"); }

orderer_crypto() {
    local name
    cat <<-END
	OrdererOrgs:
	  - Name: Orderer
	    Domain: example.com
	    EnableNodeOUs: true
	    Specs:
	END
    for name in $(orderers); do echo "      - {Hostname: $name, SANS: [127.0.0.1]}"; done
}

orderer_endpoints() {
    local name
    echo "    OrdererEndpoints:"
    for name in $(orderers); do echo "      - 127.0.0.1:$(orderer_port "$name")"; done
}

# What the channel says of its consensus. A leader of BFT is missed after seconds, not after the usual minute.
consensus_config() {
    local name
    if [ "$consensus" = etcdraft ]; then
        cat <<-END
	      EtcdRaft:
	        Consenters:
	          - Host: 127.0.0.1
	            Port: $(orderer_port o1)
	            ClientTLSCert: $(orderer_tls o1)/server.crt
	            ServerTLSCert: $(orderer_tls o1)/server.crt
	        Options: {TickInterval: 500ms, ElectionTick: 10, HeartbeatTick: 1, MaxInflightBlocks: 5, SnapshotIntervalSize: 16 MB}
		END
        return
    fi
    cat <<-END
	      SmartBFT:
	        RequestBatchMaxInterval: 100ms
	        RequestForwardTimeout: 500ms
	        RequestComplainTimeout: 2s
	        RequestAutoRemoveTimeout: 3m
	        ViewChangeResendInterval: 1s
	        ViewChangeTimeout: 10s
	        LeaderHeartbeatTimeout: 4s
	        LeaderHeartbeatCount: 10
	        CollectTimeout: 1s
	        IncomingMessageBufferSize: 200
	        RequestPoolSize: 100000
	      ConsenterMapping:
	END
    for name in $(orderers); do
        cat <<-END
	        - ID: ${name#o}
	          Host: 127.0.0.1
	          Port: $(orderer_port "$name")
	          MSPID: OrdererMSP
	          Identity: $(orderer_msp "$name")/signcerts/$name.example.com-cert.pem
	          ClientTLSCert: $(orderer_tls "$name")/server.crt
	          ServerTLSCert: $(orderer_tls "$name")/server.crt
		END
    done
}

# All of them, on the channel.
start_orderers() {
    local name tls
    for name in $(orderers); do
        mkdir -p "$work/$name"
        cp "$fabric/config/orderer.yaml" "$work/$name/"
        start_orderer "$name"
        tls="$(orderer_tls "$name")"
        patiently "$fabric/bin/osnadmin" channel join --channelID "$channel" --config-block "$work/genesis.block" \
            -o "127.0.0.1:$(($(orderer_port "$name") + 10))" --ca-file "$tls/ca.crt" \
            --client-cert "$tls/server.crt" --client-key "$tls/server.key"
    done
}

start_orderer() {
    local tls port
    tls="$(orderer_tls "$1")"
    port="$(orderer_port "$1")"
    env FABRIC_CFG_PATH="$work/$1" FABRIC_LOGGING_SPEC=warn \
        ORDERER_GENERAL_LISTENADDRESS=127.0.0.1 ORDERER_GENERAL_LISTENPORT="$port" \
        ORDERER_GENERAL_LOCALMSPID=OrdererMSP ORDERER_GENERAL_LOCALMSPDIR="$(orderer_msp "$1")" \
        ORDERER_GENERAL_TLS_ENABLED=true ORDERER_GENERAL_TLS_PRIVATEKEY="$tls/server.key" \
        ORDERER_GENERAL_TLS_CERTIFICATE="$tls/server.crt" ORDERER_GENERAL_TLS_ROOTCAS="[$tls/ca.crt]" \
        ORDERER_GENERAL_CLUSTER_CLIENTCERTIFICATE="$tls/server.crt" ORDERER_GENERAL_CLUSTER_CLIENTPRIVATEKEY="$tls/server.key" \
        ORDERER_GENERAL_CLUSTER_ROOTCAS="[$tls/ca.crt]" \
        ORDERER_GENERAL_BOOTSTRAPMETHOD=none ORDERER_CHANNELPARTICIPATION_ENABLED=true \
        ORDERER_ADMIN_TLS_ENABLED=true ORDERER_ADMIN_LISTENADDRESS="127.0.0.1:$((port + 10))" \
        ORDERER_ADMIN_TLS_PRIVATEKEY="$tls/server.key" ORDERER_ADMIN_TLS_CERTIFICATE="$tls/server.crt" \
        ORDERER_ADMIN_TLS_ROOTCAS="[$tls/ca.crt]" ORDERER_ADMIN_TLS_CLIENTROOTCAS="[$tls/ca.crt]" \
        ORDERER_FILELEDGER_LOCATION="$work/$1/ledger" ORDERER_OPERATIONS_LISTENADDRESS=127.0.0.1:0 \
        ORDERER_CONSENSUS_WALDIR="$work/$1/wal" ORDERER_CONSENSUS_SNAPDIR="$work/$1/snap" \
        "$fabric/bin/orderer" >>"$work/$1.log" 2>&1 &
    process["$1"]=$!
}
