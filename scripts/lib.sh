# Shared by the scripts beside it: packages, scratch space, steps, a throwaway PostgreSQL, builds.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
scratch=
child=
server=
export LC_ALL=C.UTF-8

build_packages=(meson ninja-build gcc libc6-dev pkg-config libpq-dev libsqlite3-dev libxxhash-dev)
server_packages=(postgresql)

# Installs the Debian packages that are missing, saying which.
need_packages() {
    local package missing=() as_root=()
    command -v dpkg-query >/dev/null || return 0
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    echo "Installing: ${missing[*]}"
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Makes $scratch, which goes away with the script, however that ends. Others may pass through it,
# and its path leaves room for a socket's name (sockaddr_un holds 107 bytes).
make_scratch() {
    local parent=${TMPDIR:-/tmp}
    [ ${#parent} -le 60 ] || parent=/tmp
    trap clean_up EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    scratch=$(mktemp -d "$parent/quercus.XXXXXX")
    chmod 711 "$scratch"
}

clean_up() {
    trap '' HUP INT TERM
    set +e
    if [ -n "$child" ]; then
        kill -TERM -- "-$child"
        wait "$child"
    fi 2>/dev/null
    stop_postgres
    [ -z "$scratch" ] || rm -rf "$scratch"
}

# Runs a command in a process group of its own, so that a signal to the script ends all of it.
run() {
    local status=0
    set -m
    "$@" </dev/null &
    child=$!
    set +m
    wait "$child" || status=$?
    child=
    return "$status"
}

# step LABEL COMMAND...: a line with what is done and how long it took; the output only on failure.
step() {
    local label=$1 status=0 word=ok begin=${EPOCHREALTIME/./} tenths
    shift
    printf '%-56s ' "$label"
    run "$@" >"$scratch/step.log" 2>&1 || status=$?
    [ "$status" -eq 0 ] || word=FAILED
    tenths=$(((${EPOCHREALTIME/./} - begin) / 100000))
    printf '%-6s %3d.%d s\n' "$word" $((tenths / 10)) $((tenths % 10))
    [ "$status" -eq 0 ] || tail -n 200 "$scratch/step.log"
    return "$status"
}

# A server refuses to run as root: its programs then run as postgres, or as nobody.
as_server() {
    local user=postgres drop=()
    if [ "$(id -u)" -eq 0 ]; then
        id -u postgres >/dev/null 2>&1 || user=nobody
        drop=(setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups)
    fi
    cd "$scratch"
    exec "${drop[@]}" "$@"
}

# Starts a PostgreSQL of our own in $scratch, on a Unix socket only; exports QUERCUS_TEST_PG.
start_postgres() {
    local bin home=$scratch/server
    bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    mkdir -m 777 "$home"
    (as_server mkdir -m 700 "$home/data" "$home/socket")
    step "PostgreSQL: make a cluster" as_server "$bin/initdb" -D "$home/data" -U quercus \
        --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync
    set -m
    as_server "$bin/postgres" -D "$home/data" -k "$home/socket" -c listen_addresses= \
        -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=60 \
        </dev/null >"$scratch/postgres.log" 2>&1 &
    server=$!
    set +m
    step "PostgreSQL: start" await_postgres "$bin" "$home/socket"
    export QUERCUS_TEST_PG="postgresql://quercus@/postgres?host=$home/socket"
}

await_postgres() {
    local _
    for _ in {1..300}; do
        "$1/pg_isready" -q -h "$2" -U quercus && return 0
        kill -0 "$server" || break
        sleep 0.1
    done
    cat "$scratch/postgres.log"
    return 1
}

stop_postgres() {
    [ -n "$server" ] || return 0
    kill -QUIT "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
}

# configure DIRECTORY OPTION...: sets up a build directory, unless it is already.
configure() {
    local directory=$1
    shift
    [ ! -f "$directory/build.ninja" ] || return 0
    rm -rf "$directory"
    meson setup "$directory" "$root" "$@"
}

# The build that the demo, the benchmarks and the installation share.
configure_release() {
    configure "$root/build/release" --buildtype=release --prefix="$root/build/prefix" \
        -Dlibdir=lib -Dtests=false -Dexamples=true -Dbench=true
}
