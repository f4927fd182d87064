# Sourced by the scripts beside it, in the root of the repository: a network of two organisations that `selvedge dev`
# makes, for somebody else's client to talk to. It ends with the script.
# SELVEDGE_BIN: the program; built when it is not set.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/selvedge/target}"
cache="${SELVEDGE_INTEROP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/selvedge/interop}"

# Ends the script, without an error unless SELVEDGE_REQUIRE_NODE is set, where there is no Node 20. $1: what is missed.
need_node() {
    if ! command -v npm >/dev/null || ! command -v node >/dev/null ||
        [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
        echo "SKIPPED: node 20 or later and npm are needed; $1 was not tested" >&2
        [ -z "${SELVEDGE_REQUIRE_NODE:-}" ]
        exit
    fi
}

# Puts tests/interop/$1 into the cache, as $application, with the packages that its lock names.
npm_application() {
    application="$cache/$1"
    mkdir -p "$application"
    cp tests/interop/"$1"/*.js* "$application/"
    cmp -s "$application/package-lock.json" "$application/node_modules/.installed" && return
    # No scripts of packages run: none is needed.
    (cd "$application" && npm ci --ignore-scripts --no-audit --no-fund)
    cp "$application/package-lock.json" "$application/node_modules/.installed"
}

# Starts the network with the chaincode in folder $1. $net: its folder; $addresses: those of its peers, as JSON.
start_network() {
    local program="${SELVEDGE_BIN:-}"
    if [ -z "$program" ]; then
        cargo build --locked --workspace --bin selvedge
        program="$CARGO_TARGET_DIR/debug/selvedge"
    fi
    work="$(mktemp -d)"
    net="$work/net"
    network=
    trap stop_network EXIT
    touch "$work/events"
    "$program" dev --json --no-session --dir "$net" "$1" >"$work/events" 2>"$work/log" &
    network=$!
    until grep -q '"event":"up"' "$work/events"; do
        if ! kill -0 "$network" 2>/dev/null; then
            cat "$work/log" >&2
            exit 1
        fi
        sleep 0.2
    done
    addresses="$(sed -n 's/.*"event":"network-ready".*"peers":\(\[[^]]*\]\).*/\1/p' "$work/events" |
        grep -o '"address":"[^"]*"' | sed 's/"address"://' | paste -sd, | sed 's/.*/[&]/')"
}

stop_network() {
    if [ -n "$network" ]; then
        kill -INT "$network" 2>/dev/null || true
        wait "$network" 2>/dev/null || true
    fi
    rm -rf "$work"
}
