# Sourced by scripts after network.sh: calls of the chaincode that does as it is told, and what must be the same on all peers.
# What the chaincode is to do, as JSON, goes into JSON.
arguments() {
    local text="${1//\\/\\\\}"
    printf '{"Args":["run","%s"]}' "${text//\"/\\\"}"
}
invoke() { client "$1" "$whose" chaincode invoke "${ordering[@]}" -C "$channel" -n script --waitForEvent -c "$(arguments "$2")"; }
query() { client "$1" "$whose" chaincode query -C "$channel" -n script -c "$(arguments "$2")"; }

# The policy that any $1 (member, peer) of organisations $2 and on satisfies.
any_of() {
    local of text=
    for of in "${@:2}"; do text+=",'${of^}MSP.$1'"; done
    echo "OR(${text#,})"
}

# Peer $1 answers $3 to $2.
answers() { [ "$(query "$1" "$2" 2>&1)" = "$3" ]; }

collections() {
    local policy
    policy="$(any_of member "${organisations[@]}")"
    printf '[{"name":"both","policy":"%s","requiredPeerCount":0,"maxPeerCount":3,"blockToLive":0,"memberOnlyRead":true},' "$policy"
    printf '{"name":"pushed","policy":"%s","requiredPeerCount":0,"maxPeerCount":3,"blockToLive":0,"memberOnlyRead":true},' "$policy"
    printf '{"name":"pulled","policy":"%s","requiredPeerCount":0,"maxPeerCount":0,"blockToLive":0,"memberOnlyRead":true}]' "$policy"
}

# Block $1 of peer $2, into $work/$2.block. The orderers of BFT each have signatures of their own choice below it, which
# are left out.
one_block() {
    quietly client "$2" fabric channel fetch "$1" "$work/$2.block" -c "$channel"
    [ "$consensus" = BFT ] || return 0
    "$fabric/bin/configtxlator" proto_decode --type common.Block --input "$work/$2.block" >"$work/$2.decoded"
    sed '/^\t\t"metadata": \[/{n;d}' "$work/$2.decoded" >"$work/$2.block"
}

# Blocks from number $1 on, and all that a commit adds to them, are the same on every peer.
same_blocks() {
    local to number name
    to="$(height a)"
    for name in "${peers[@]}"; do patiently at_height "$name" "$to"; done
    for ((number = $1; number < to; number++)); do
        for name in "${peers[@]}"; do
            one_block "$number" "$name"
            cmp "$work/a.block" "$work/$name.block" || fail "block $number of peers a and $name"
        done
    done
    say "blocks $1 to $((to - 1)) are the same on all peers"
}

same_snapshots() {
    local name last digests
    last=$(($(height a) - 1))
    for name in "${peers[@]}"; do
        quietly client "$name" "$whose" snapshot submitrequest -c "$channel" -b 0 \
            --peerAddress "$(address "$name")" --tlsRootCertFile "$(tls "$name")/ca.crt"
    done
    for name in "${peers[@]}"; do
        snapshot="$work/$name/snapshots/completed/$channel/$last"
        patiently test -d "$snapshot"
        (cd "$snapshot" && sha256sum ./*) >"$work/$name.digests"
        cmp "$work/a.digests" "$work/$name.digests" || fail "snapshots of peers a and $name"
    done
    say "snapshots after block $last are the same on all peers"
}

# Transactions that meet in one block: all peers must find the same ones invalid, by their reads and by their ranges.
# $1, $2: the peers that are asked.
contended() {
    local turn
    local -a meeting=()
    for turn in 1 2 3 4 5 6; do
        invoke "$1" "[[\"add\",\"n\",1]]" >"$work/met.$turn" 2>&1 &
        meeting+=($!)
        invoke "$2" "[[\"range\",\"o\",\"p\"],[\"put\",\"o$turn\",\"v\"]]" >"$work/met.b$turn" 2>&1 &
        meeting+=($!)
    done
    for turn in "${meeting[@]}"; do wait "$turn" || true; done
    grep -q MVCC_READ_CONFLICT "$work"/met.* || fail "no conflict of reads: $(cat "$work"/met.*)"
    grep -q PHANTOM_READ_CONFLICT "$work"/met.* || fail "no conflict of ranges: $(cat "$work"/met.*)"
    say "conflicts are found"
}

# Test $1 of interop::beside with the peers that the rest names.
beside() {
    local name
    local -a asked=()
    for name in "${@:2}"; do asked+=("$(address "$name")=$(tls "$name")/ca.crt"); done
    SELVEDGE_BESIDE_PEERS="${asked[*]}" SELVEDGE_BESIDE_USER="$(dirname "$(msp org1 users/User1@org1.example.com)")" \
        SELVEDGE_BESIDE_RELEASE="$release" \
        quietly cargo test --locked --workspace --test scenarios -- --ignored --nocapture "interop::beside::$1"
}

# At most $1 rounds of random scripts, fewer if ROUNDS says so, endorsed by the peers that the rest names and submitted by
# their gateways. Not where blocks come by gossip, which is every ten seconds.
random() {
    local rounds="${ROUNDS:-300}"
    SELVEDGE_BESIDE_ROUNDS="$((rounds < $1 ? rounds : $1))" beside random "${@:2}"
    say "random scripts: $(grep endorsed, "$work/words")"
}

# What peer $1 tells Fabric's own tool of the channel, in an order of its lines that does not depend on the peer.
discovered() {
    local user
    user="$(msp org1 users/User1@org1.example.com)"
    "$fabric/bin/discover" --peerTLSCA "$(tls "$1")/ca.crt" --userKey "$user"/keystore/*_sk \
        --userCert "$user"/signcerts/*.pem --MSP Org1MSP --tlsCert "${user%/msp}/tls/client.crt" \
        --tlsKey "${user%/msp}/tls/client.key" "${@:2}" --channel "$channel" \
        --server "$(address "$1")" 2>"$work/words" | tr -d , | sort >"$work/$1.discovered"
}

# Heights of others come by gossip, and so the same is told in the end.
discovers_as_a() {
    discovered a "${@:2}" && discovered "$1" "${@:2}" && [ -s "$work/a.discovered" ] &&
        diff "$work/a.discovered" "$work/$1.discovered"
}

same_discovery() {
    [ -x "$fabric/bin/discover" ] || return 0
    local name
    for name in "${peers[@]:1}"; do
        patiently discovers_as_a "$name" peers
        patiently discovers_as_a "$name" config
        patiently discovers_as_a "$name" endorsers --chaincode script
    done
    say "discovery tells the same at all peers"
}
