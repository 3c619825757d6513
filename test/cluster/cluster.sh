#!/usr/bin/env bash
# Two ClickHouse servers on loopback as two shards of the cluster "laptop", for tests and for trying things out.
#
#   test/cluster/cluster.sh start DIRECTORY    starts them (in the directory, which it makes) and waits until they answer
#   test/cluster/cluster.sh stop DIRECTORY     ends them; their data stay in the directory
#
# They answer HTTP on ports 18123 and 18124, or on PORT and PORT + 1 where PORT is set.
set -euo pipefail

action=${1:-} directory=${2:-} port=${PORT:-18123}
if [[ ! $action =~ ^(start|stop)$ || -z $directory ]]; then
  sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi

# the servers are no part of a login's path everywhere
server=$(PATH=$PATH:/usr/sbin command -v clickhouse-server || true)

stop() {
  for shard in 1 2; do
    local file=$directory/$shard/pid
    [[ -f $file ]] || continue
    local pid; pid=$(< "$file")
    kill "$pid" 2> /dev/null || true
    for _ in $(seq 100); do kill -0 "$pid" 2> /dev/null || break; sleep 0.1; done
    kill -9 "$pid" 2> /dev/null || true
    rm -f "$file"
  done
}

configure() {
  local shard=$1 home=$directory/$1
  mkdir -p "$home/data" "$home/tmp"
  cat > "$home/config.xml" << XML
<yandex>
  <logger><level>warning</level><log>$home/server.log</log><errorlog>$home/server.err.log</errorlog></logger>
  <listen_host>127.0.0.1</listen_host>
  <http_port>$((port + shard - 1))</http_port>
  <tcp_port>$((port + 10 + shard - 1))</tcp_port>
  <path>$home/data/</path>
  <tmp_path>$home/tmp/</tmp_path>
  <users_config>$home/users.xml</users_config>
  <default_profile>default</default_profile>
  <default_database>default</default_database>
  <mark_cache_size>67108864</mark_cache_size>
  <keep_alive_timeout>10</keep_alive_timeout>
  <remote_servers>
    <laptop>
      <shard><replica><host>127.0.0.1</host><port>$((port + 10))</port></replica></shard>
      <shard><replica><host>127.0.0.1</host><port>$((port + 11))</port></replica></shard>
    </laptop>
  </remote_servers>
</yandex>
XML
  cat > "$home/users.xml" << XML
<yandex>
  <profiles>
    <default><max_memory_usage>4000000000</max_memory_usage></default>
    <readonly><readonly>1</readonly></readonly>
  </profiles>
  <users>
    <default>
      <password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
    </default>
    <reader>
      <password>pass word</password><networks><ip>127.0.0.1</ip></networks><profile>readonly</profile><quota>default</quota>
    </reader>
  </users>
  <quotas><default></default></quotas>
</yandex>
XML
}

# whether a server answers on a port
answers() {
  exec 3<> "/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET /ping HTTP/1.0\r\n\r\n' >&3
  grep -q 'Ok' <&3
} 2> /dev/null

start() {
  if [[ -z $server ]]; then
    echo 'expected clickhouse-server, found none: apt-get install clickhouse-server' >&2
    exit 1
  fi
  stop
  mkdir -p "$directory"
  directory=$(cd "$directory" && pwd)
  for shard in 1 2; do
    if answers $((port + shard - 1)); then
      echo "port $((port + shard - 1)) is taken: set PORT to another" >&2
      exit 1
    fi
    configure "$shard"
    nohup "$server" --config-file="$directory/$shard/config.xml" > "$directory/$shard/out" 2>&1 < /dev/null &
    echo $! > "$directory/$shard/pid"
  done
  for shard in 1 2; do
    for attempt in $(seq 300); do
      (answers $((port + shard - 1))) && continue 2
      kill -0 "$(< "$directory/$shard/pid")" 2> /dev/null || break
      sleep 0.1
    done
    echo "server $shard does not answer; $directory/$shard/server.err.log may say why" >&2
    tail -n 5 "$directory/$shard/server.err.log" "$directory/$shard/out" >&2 || true
    stop
    exit 1
  done
  echo "http://127.0.0.1:$port"
}

"$action"
