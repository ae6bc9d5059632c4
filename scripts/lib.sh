# Shared by the scripts beside it: packages, scratch space, steps, throwaway servers, builds.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
scratch=
child=
servers=() # pids
export LC_ALL=C.UTF-8

build_packages=(meson ninja-build gcc libc6-dev pkg-config libpq-dev libsqlite3-dev libxxhash-dev
    libssl-dev)
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
    stop_servers
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

# serve NAME COMMAND...: starts a server that ends with the script; what it says goes to NAME.log.
serve() {
    local log=$scratch/$1.log
    shift
    set -m
    as_server "$@" </dev/null >"$log" 2>&1 &
    servers+=($!)
    set +m
}

# await NAME PORT: until the server started last answers there.
await() {
    local _
    for _ in {1..300}; do
        "$bin/pg_isready" -q -h "$home/socket" -p "$2" -U quercus && return 0
        kill -0 "${servers[-1]}" || break
        sleep 0.1
    done
    cat "$scratch/$1.log"
    return 1
}

stop_servers() {
    local i
    for ((i = ${#servers[@]} - 1; i >= 0; i--)); do
        kill -QUIT "${servers[i]}" 2>/dev/null || true
        wait "${servers[i]}" 2>/dev/null || true
    done
    servers=()
}

# Starts a PostgreSQL of our own in $scratch, on a Unix socket only; exports QUERCUS_TEST_PG.
start_postgres() {
    bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    home=$scratch/server
    mkdir -m 777 "$home"
    (as_server mkdir -m 700 "$home/data" "$home/socket")
    step "PostgreSQL: make a cluster" as_server "$bin/initdb" -D "$home/data" -U quercus \
        --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync
    serve postgres "$bin/postgres" -D "$home/data" -k "$home/socket" -c listen_addresses= \
        -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=100 -c max_prepared_transactions=10
    step "PostgreSQL: start" await postgres 5432
    QUERCUS_TEST_PG=$(url_of 5432)
    export QUERCUS_TEST_PG
}

# url_of PORT [DATABASE]
url_of() {
    echo "postgresql://quercus@/${2:-postgres}?host=$home/socket&port=$1"
}

# start_standby: a standby of that server, which streams; exports QUERCUS_TEST_STANDBY. It may be
# read, not promoted: other tests rely on it.
start_standby() {
    step "Standby: copy the cluster" as_server "$bin/pg_basebackup" -h "$home/socket" -U quercus \
        -D "$home/standby" -X stream -c fast -R --no-sync
    serve standby "$bin/postgres" -D "$home/standby" -k "$home/socket" -c port=5433 \
        -c listen_addresses= -c fsync=off -c max_connections=100 -c max_prepared_transactions=10
    step "Standby: start" await standby 5433
    QUERCUS_TEST_STANDBY=$(url_of 5433)
    export QUERCUS_TEST_STANDBY
}

# start_pgbouncer MODE PORT: PgBouncer before that server, in mode session or transaction. Exports
# QUERCUS_TEST_PGBOUNCER_MODE; the database "two" has two server connections at most.
start_pgbouncer() {
    local file=$scratch/pgbouncer-$1.ini
    echo '"quercus" ""' >"$scratch/pgbouncer-users"
    cat >"$file" <<-END
	[databases]
	two = host=$home/socket dbname=postgres pool_size=2
	* = host=$home/socket
	[pgbouncer]
	listen_addr =
	listen_port = $2
	unix_socket_dir = $home/socket
	auth_type = trust
	auth_file = $scratch/pgbouncer-users
	pool_mode = $1
	default_pool_size = 10
	max_client_conn = 200
	END
    serve "pgbouncer-$1" "$(PATH=$PATH:/usr/sbin type -P pgbouncer)" "$file"
    step "PgBouncer: start, mode $1" await "pgbouncer-$1" "$2"
    export "QUERCUS_TEST_PGBOUNCER_${1^^}=$(url_of "$2")"
}

# configure DIRECTORY OPTION...: sets up a build directory, unless it is already.
configure() {
    local directory=$1
    shift
    [ ! -f "$directory/build.ninja" ] || return 0
    rm -rf "$directory"
    meson setup "$directory" "$root" "$@"
}

# The build that the demo and the installation share.
configure_release() {
    configure "$root/build/release" --buildtype=release --prefix="$root/build/prefix" \
        -Dlibdir=lib -Dtests=false -Dexamples=true
}
