#!/usr/bin/env bash
# make run: environment, sample county, load, dashboard. Every step is skipped where it is already done.
#   WANGGE_PORT      port of the dashboard; default 8501
#   WANGGE_DATABASE  a database of your own: then nothing is written or loaded here
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '== %s\n   %s\n' "$1" "$2"; }
stop() { printf '!! %s\n   %s\n' "$1" "$2" >&2; exit 1; }

port=${WANGGE_PORT:-8501}
case $port in
'' | *[!0-9]*) stop "WANGGE_PORT 应为端口号,而不是“$port”。" "WANGGE_PORT must be a port number, not \"$port\"." ;;
esac
if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    stop "端口 $port 已被占用:可能已经在运行,请打开 http://localhost:$port ;或换一个端口:WANGGE_PORT=8502 make run" \
        "Port $port is in use: perhaps it already runs, open http://localhost:$port ; or choose another: WANGGE_PORT=8502 make run"
fi

deploy/environment.sh requirements.txt
python=.venv/bin/python

# What the store holds: nothing | old (tables of an earlier version) | sample (one load of the sample) | data
holds() {
    "$python" - <<'PYTHON'
from data.queries import batches
from data.settings import settings
from data.store import is_ready, open_store, reading
from sqlalchemy import inspect

engine = open_store(settings().database)
if not is_ready(engine):
    print("old" if inspect(engine).has_table("batch") else "nothing")
else:
    with reading(engine) as conn:
        loads = batches(conn)
    only_sample = len(loads) == 1 and bool(loads["is_sample"].iloc[0])
    print("sample" if only_sample else "data" if len(loads) else "nothing")
PYTHON
}

# Deletes the sample database; fails, and touches nothing, while a server has it open.
remove_unserved() {
    "$python" -c 'import sys
from data.served import remove_unserved
from data.settings import settings
sys.exit(not remove_unserved(settings().database))'
}

load_sample() {
    local version
    version=$(find etl/sample data/sample requirements.txt -type f -not -name '*.pyc' -print0 | sort -z |
        xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
    if [ "$(cat var/sample.version 2>/dev/null)" != "$version" ]; then
        say "正在生成 422825 宣恩县的示例台账(虚构数据)到 var/sample。" \
            "Writing the ledgers of the sample county 422825 (invented data) to var/sample."
        rm -rf var/sample
        "$python" -m etl sample --out var/sample
        echo "$version" >var/sample.version
    fi

    local held
    held=$(holds)
    if [ "$held" = old ]; then
        say "正在升级数据库。" "Bringing the database to this version."
        "$python" -m etl upgrade
        held=$(holds)
    fi
    if [ "$held" = sample ] && [ "$(cat var/wangge.version 2>/dev/null)" != "$version" ]; then
        if remove_unserved; then
            say "示例数据有了新版本,重新建立示例数据库。" "The sample has a new version; building the sample database again."
            held=nothing
        else
            say "示例数据有了新版本,但 var/wangge.db 正由另一个服务打开,所以没有动它;停止那个服务后再运行一次即可更新。" \
                "The sample has a new version, but a server has var/wangge.db open, so it stays as it is; stop that server and run this again."
        fi
    fi
    if [ "$held" = nothing ]; then
        say "正在把示例台账载入 var/wangge.db。" "Loading the sample ledgers into var/wangge.db."
        "$python" -m etl load var/sample
        echo "$version" >var/wangge.version
    fi
}

if [ -n "${WANGGE_DATABASE:-}" ]; then
    say "使用您设置的数据库(WANGGE_DATABASE),不载入示例数据。" \
        "Using the database you set (WANGGE_DATABASE); no sample data is loaded."
else
    mkdir -p var
    load_sample
fi

say "正在打开网格一张图:请在浏览器访问 http://localhost:$port (按 Ctrl-C 停止)。" \
    "Opening Wangge: visit http://localhost:$port in a browser (Ctrl-C stops it)."
exec "$python" deploy/serve.py "$port"
