# Sourced by the scripts beside it, in the root of the repository: a channel of some organisations on Fabric's own orderer.
# Each peer is Fabric's program or ours, with the same `core.yaml`, the same variables and the same MSP folders.
# SELVEDGE_FABRIC: a folder with bin/ and config/, as Fabric's release archive and fabric-samples have it.
# SELVEDGE_BIN: our program; built when it is not set.
# $missed: what is not tested where Fabric's programs are not; the script ends there, without an error unless
# SELVEDGE_REQUIRE_FABRIC is set.
skip_without() {
    echo "*** SKIPPED: $1; $missed" >&2
    [ -z "${SELVEDGE_REQUIRE_FABRIC:-}" ]
    exit
}

fabric="${SELVEDGE_FABRIC:-}"
for program in peer orderer configtxgen configtxlator cryptogen osnadmin; do
    [ -x "$fabric/bin/$program" ] ||
        skip_without "SELVEDGE_FABRIC names no folder with bin/$program (Fabric's release archive has it)"
done
[ "${BASH_VERSINFO[0]}" -ge 5 ] || skip_without "bash 5 is needed"

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/selvedge/target}"
ours="${SELVEDGE_BIN:-}"
if [ -z "$ours" ]; then
    cargo build --locked --workspace --bin selvedge
    ours="$CARGO_TARGET_DIR/debug/selvedge"
fi
scratch="$(mktemp -d)"
trap stop_all EXIT
channel=applications
# Peers: a is of the first organisation, b and c of the second.
organisations=(org1 org2)
peers=(a b c)
declare -A organisation=([a]=org1 [b]=org2 [c]=org2) host=([a]=peer0 [b]=peer0 [c]=peer1) port=([a]=17051 [b]=17061 [c]=17071)
# Variables that a test gives a peer besides, a line each.
declare -A more=()
# Fabric's release, 3 or 2.5: what its sample of a channel says tells which.
release=3 channel_capability=V3_0 application_capability=V2_5
grep -q V3_0 "$fabric/config/configtx.yaml" || release=2.5 channel_capability=V2_0
# Set: peers ask everybody for a certificate.
mutual=
# Set: the folder META-INF of the chaincode as a service.
meta_inf=
# Processes, by name, and flags that ask all organisations to endorse.
declare -A process=()
endorsers=()
. tests/interop/fabric/orderers.sh

# The contract in folder $1 as a component, for our peer: $wasm.
build_component() {
    wasm="$scratch/component.tar.gz"
    (cd "$1" && "$ours" build --out "$wasm" >/dev/null)
}

# A package for a peer that is $1: the component for ours, or the service.
package_for() { if [ "$1" = wasm ]; then echo "$wasm"; else echo "$service"; fi; }

say() { echo "   $*"; }

fail() {
    echo "*** $*" >&2
    exit 1
}

msp() { echo "$work/crypto/peerOrganizations/$1.example.com/$2/msp"; }

# The first peers of organisations $@, of all if there are none.
firsts() {
    local of name
    for of in "${@:-${organisations[@]}}"; do
        for name in "${peers[@]}"; do
            [ "${organisation[$name]}" != "$of" ] || break
        done
        echo "$name"
    done
}

# Of peer $1.
tls() { echo "$work/crypto/peerOrganizations/${organisation[$1]}.example.com/peers/${host[$1]}.${organisation[$1]}.example.com/tls"; }
address() { echo "127.0.0.1:${port[$1]}"; }

# Keys, the channel's genesis block, and a folder of configuration for each process, all below a new $work.
prepare() {
    local name
    work="$(mktemp -d)"
    crypto_config >"$work/crypto-config.yaml"
    "$fabric/bin/cryptogen" generate --config "$work/crypto-config.yaml" --output "$work/crypto" >/dev/null
    order_at o1
    channel_config >"$work/configtx.yaml"
    quietly "$fabric/bin/configtxgen" -configPath "$work" -profile Trade -channelID "$channel" -outputBlock "$work/genesis.block"
    builder
    endorsers=()
    for name in "${peers[@]}"; do peer_config "$name"; done
    for name in $(firsts); do endorsers+=(--peerAddresses "$(address "$name")" --tlsRootCertFiles "$(tls "$name")/ca.crt"); done
}

crypto_config() {
    local name
    orderer_crypto
    echo "PeerOrgs:"
    for name in "${organisations[@]}"; do
        cat <<-END
	  - Name: $name
	    Domain: $name.example.com
	    EnableNodeOUs: true
	    Template: {Count: 2, SANS: [127.0.0.1]}
	    Users: {Count: 1}
	END
    done
}

# $1: name, $2: MSP's ID, $3: folder of its MSP.
organisation_config() {
    cat <<-END
	  - &$1
	    Name: $1
	    ID: $2
	    MSPDir: $3
	    Policies:
	      Readers: {Type: Signature, Rule: "OR('$2.member')"}
	      Writers: {Type: Signature, Rule: "OR('$2.member')"}
	      Admins: {Type: Signature, Rule: "OR('$2.admin')"}
	      Endorsement: {Type: Signature, Rule: "OR('$2.peer')"}
	END
}

channel_config() {
    local of all=()
    echo "Organizations:"
    organisation_config Orderer OrdererMSP crypto/ordererOrganizations/example.com/msp
    orderer_endpoints
    for of in "${organisations[@]}"; do
        organisation_config "${of^}" "${of^}MSP" "crypto/peerOrganizations/$of.example.com/msp"
        echo "    AnchorPeers: [{Host: 127.0.0.1, Port: ${port[$(firsts "$of")]}}]"
        all+=("*${of^}")
    done
    cat <<-END
	Channel:
	  Policies: &policies
	    Readers: {Type: ImplicitMeta, Rule: "ANY Readers"}
	    Writers: {Type: ImplicitMeta, Rule: "ANY Writers"}
	    Admins: {Type: ImplicitMeta, Rule: "MAJORITY Admins"}
	Profiles:
	  Trade:
	    Policies: *policies
	    Capabilities: {$channel_capability: true}
	    Orderer:
	      OrdererType: $consensus
	      BatchTimeout: 100ms
	      BatchSize: {MaxMessageCount: 100, AbsoluteMaxBytes: 10 MB, PreferredMaxBytes: 2 MB}
	END
    consensus_config
    cat <<-END
	      Organizations: [*Orderer]
	      Policies:
	        <<: *policies
	        BlockValidation: {Type: ImplicitMeta, Rule: "ANY Writers"}
	      Capabilities: {V2_0: true}
	    Application:
	      Organizations: [$(IFS=,; echo "${all[*]}")]
	      Policies:
	        <<: *policies
	        LifecycleEndorsement: {Type: ImplicitMeta, Rule: "MAJORITY Endorsement"}
	        Endorsement: {Type: ImplicitMeta, Rule: "MAJORITY Endorsement"}
	      Capabilities: {$application_capability: true}
	END
}

# A builder for packages of type `ccaas`, so that Fabric's peer needs no folder that a release archive installs elsewhere.
builder() {
    local script
    mkdir -p "$work/builder/bin"
    printf '#!/bin/sh\ngrep -q "\\"type\\": *\\"ccaas\\"" "$2/metadata.json"\n' >"$work/builder/bin/detect"
    printf '#!/bin/sh\ncp -r "$1"/* "$3/"\n' >"$work/builder/bin/build"
    cat >"$work/builder/bin/release" <<-'END'
	#!/bin/sh
	mkdir -p "$2/chaincode/server" && cp "$1/connection.json" "$2/chaincode/server/" || exit
	[ ! -e "$1/META-INF" ] || cp -r "$1"/META-INF/* "$2/"
	END
    for script in "$work"/builder/bin/*; do chmod +x "$script"; done
}

# Fabric's own sample with that builder, and variables over it. The ports after a peer's are for chaincode and operations.
peer_config() {
    local name="$1" of="${organisation[$1]}" at="${port[$1]}"
    mkdir "$work/$name"
    sed -e '/^ *externalBuilders:/,/^ *installTimeout:/{/^ *installTimeout:/!d}' \
        -e "s|^\\( *\\)installTimeout:|\\1externalBuilders: [{name: services, path: $work/builder}]\\n&|" \
        "$fabric/config/core.yaml" >"$work/$name/core.yaml"
    cat >"$work/$name/environment" <<-END
	FABRIC_CFG_PATH=$work/$name
	CORE_PEER_ID=${host[$name]}.$of.example.com
	CORE_PEER_ADDRESS=127.0.0.1:$at
	CORE_PEER_LISTENADDRESS=127.0.0.1:$at
	CORE_PEER_CHAINCODELISTENADDRESS=127.0.0.1:$((at + 1))
	CORE_OPERATIONS_LISTENADDRESS=127.0.0.1:$((at + 2))
	CORE_PEER_GOSSIP_EXTERNALENDPOINT=127.0.0.1:$at
	CORE_PEER_GOSSIP_BOOTSTRAP=127.0.0.1:${port[$(firsts "$of")]}
	CORE_PEER_LOCALMSPID=${of^}MSP
	CORE_PEER_MSPCONFIGPATH=$(msp "$of" "peers/${host[$name]}.$of.example.com")
	CORE_PEER_TLS_ENABLED=true
	CORE_PEER_TLS_CERT_FILE=$(tls "$name")/server.crt
	CORE_PEER_TLS_KEY_FILE=$(tls "$name")/server.key
	CORE_PEER_TLS_ROOTCERT_FILE=$(tls "$name")/ca.crt
	CORE_PEER_FILESYSTEMPATH=$work/$name/data
	CORE_LEDGER_SNAPSHOTS_ROOTDIR=$work/$name/snapshots
	CORE_VM_ENDPOINT=
	${more[$name]:-}
	END
    [ -n "$mutual" ] || return 0
    cat "$work"/crypto/peerOrganizations/*/tlsca/*.pem >"$work/clients.pem"
    cat >>"$work/$name/environment" <<-END
	CORE_PEER_TLS_CLIENTAUTHREQUIRED=true
	CORE_PEER_TLS_CLIENTROOTCAS_FILES=$work/clients.pem
	CORE_PEER_TLS_CLIENTCERT_FILE=$(tls "$name")/server.crt
	CORE_PEER_TLS_CLIENTKEY_FILE=$(tls "$name")/server.key
	END
}

program() { if [ "$1" = fabric ]; then echo "$fabric/bin/peer"; else echo "$ours"; fi; }

# $1: a peer's name, $2: fabric, or what a chaincode of ours is: wasm or service.
start_peer() {
    # shellcheck disable=SC2046 # A line is a variable.
    env FABRIC_LOGGING_SPEC=warn $(cat "$work/$1/environment") "$(program "$2")" node start >>"$work/$1.log" 2>&1 &
    process[$1]=$!
    patiently client "$1" ours channel list
}

# By their names.
stop() {
    local name
    for name in "$@"; do kill -TERM "${process[$name]}" 2>/dev/null || true; done
    for name in "$@"; do
        wait "${process[$name]}" 2>/dev/null || true
        unset "process[$name]"
    done
}

stop_all() {
    local left=$?
    if [ "$left" != 0 ] && [ -n "${work:-}" ]; then tail -n 5 "$work"/*.log | cut -c1-300 >&2 || true; fi
    finish
    rm -rf "$scratch"
}

# Stops the network and forgets it.
finish() {
    stop "${!process[@]}"
    rm -rf "${work:-}"
    work=
}

# A command for peer $1 by its organisation's administrator, with the client of $2: fabric or ours.
client() {
    local name="$1" whose
    whose="$(program "$2")"
    shift 2
    # shellcheck disable=SC2046
    env FABRIC_LOGGING_SPEC=error $(cat "$work/$name/environment") \
        CORE_PEER_MSPCONFIGPATH="$(msp "${organisation[$name]}" "users/Admin@${organisation[$name]}.example.com")" \
        "$whose" "$@"
}

# The network, with peers $2 and on, each as ${kind[name]} says, on the channel and with their package installed by the client
# of $whose. $1: the name of an array that is the command which serves the chaincode.
start_network() {
    local -n serving="$1"
    local name
    shift
    prepare
    start_orderers
    serve 17099 "${serving[@]}"
    for name in "$@"; do
        start_peer "$name" "${kind[$name]}"
        quietly client "$name" "$whose" channel join -b "$work/genesis.block"
        quietly client "$name" "$whose" lifecycle chaincode install "$(package_for "${kind[$name]}")"
    done
}

# Serves chaincode at port $1 by the command that the rest is. Its package: $service.
serve() {
    service="$work/service.$1.tar.gz"
    service_package "$service" "127.0.0.1:$1"
    CHAINCODE_SERVER_ADDRESS="127.0.0.1:$1" CHAINCODE_ID="$(package_id "$service")" \
        "${@:2}" >"$work/chaincode.$1.log" 2>&1 &
    process[chaincode.$1]=$!
}

# A package of type `ccaas` for the service at $2, as $1.
service_package() {
    local folder="$work/package"
    mkdir -p "$folder"
    printf '{"address": "%s", "dial_timeout": "10s", "tls_required": false}' "$2" >"$folder/connection.json"
    printf '{"type": "ccaas", "label": "service_1"}' >"$folder/metadata.json"
    [ -z "$meta_inf" ] || cp -r "$meta_inf" "$folder/META-INF"
    tar -C "$folder" -czf "$folder/code.tar.gz" connection.json ${meta_inf:+META-INF}
    tar -C "$folder" -czf "$1" metadata.json code.tar.gz
}

package_id() { client a fabric lifecycle chaincode calculatepackageid "$1"; }

# Has all organisations agree on chaincode $1, each with the package of its first peer. The rest are flags of the definition.
define() {
    local at
    local -a definition=(-C "$channel" -n "$1" -v 1 --sequence 1 "${@:2}")
    for at in $(firsts); do
        # The orderer may still be electing its leader, and a peer may be behind.
        patiently client "$at" "$whose" lifecycle chaincode approveformyorg "${ordering[@]}" "${definition[@]}" \
            --package-id "$(package_id "$(package_for "${kind[$at]}")")"
    done
    patiently client a "$whose" lifecycle chaincode commit "${ordering[@]}" "${definition[@]}" "${endorsers[@]}"
}

# Of peer $1's channel.
height() { client "$1" fabric channel getinfo -c "$channel" | sed 's/.*"height":\([0-9]*\).*/\1/'; }
at_height() { [ "$(height "$1")" = "$2" ]; }

# Says nothing unless it fails.
quietly() {
    if ! "$@" >"$work/words" 2>&1; then
        cat "$work/words" >&2
        fail "failed: $*"
    fi
}

# Tries until it succeeds, for half a minute.
patiently() {
    local end=$((SECONDS + 30))
    until "$@" >"$work/attempt" 2>&1; do
        if [ "$SECONDS" -ge "$end" ]; then
            cat "$work/attempt" >&2
            fail "in vain: $*"
        fi
        sleep 0.2
    done
}
