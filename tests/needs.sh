#!/usr/bin/env bash
# Makes sure that the programs the tests need are there: a browser, Chinese type, PostgreSQL with PostGIS, nginx.
# Installs them with apt where it may; otherwise one sentence names what is missing. A second run does nothing.
set -euo pipefail

has_browser() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }
has_chinese_type() {
    if command -v fc-list >/dev/null; then [ -n "$(fc-list :lang=zh family)" ]; else [ -d /usr/share/fonts/opentype/noto ]; fi
}
has_postgis() { # the extension beside a server of the same version
    local control
    for control in /usr/share/postgresql/*/extension/postgis.control; do
        local version=${control#/usr/share/postgresql/}
        if [ -e "$control" ] && [ -x "/usr/lib/postgresql/${version%%/*}/bin/initdb" ]; then return 0; fi
    done
    return 1
}

has_nginx() { [ -x /usr/sbin/nginx ] || command -v nginx >/dev/null; }

missing() {
    has_browser || echo chromium
    has_chinese_type || echo fonts-noto-cjk
    has_postgis || echo "postgresql-15 postgresql-15-postgis-3"
    has_nginx || echo nginx-light
}

packages=$(missing | xargs)
if [ -z "$packages" ]; then exit 0; fi

sudo=()
if [ "$(id -u)" != 0 ]; then sudo=(sudo -n); fi
if command -v apt-get >/dev/null && "${sudo[@]}" true 2>/dev/null; then
    echo "== 测试需要 $packages,正在用 apt 安装(约需几分钟)。"
    echo "   The tests need $packages; installing with apt (a few minutes)."
    log=$(mktemp)
    # Debian's packages of PostgreSQL and nginx start a server of their own; the tests start theirs, so none is made here.
    quiet=/etc/postgresql-common/createcluster.d/wangge-tests.conf policy=/usr/sbin/policy-rc.d
    if [ -e "$policy" ]; then policy=$quiet; fi # somebody else's stays
    trap '"${sudo[@]}" rm -f "$quiet" "$policy" "$log"' EXIT
    if [ "$policy" != "$quiet" ]; then printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" install -m 755 /dev/stdin "$policy"; fi
    "${sudo[@]}" mkdir -p "${quiet%/*}"
    echo "create_main_cluster = false" | "${sudo[@]}" tee "$quiet" >/dev/null
    # shellcheck disable=SC2086 # the list is meant to be split
    { "${sudo[@]}" apt-get update && "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends $packages; } >"$log" 2>&1 || tail -n 5 "$log" >&2
    "${sudo[@]}" rm -f "$quiet" "$policy" "$log"
fi

packages=$(missing | xargs)
if [ -n "$packages" ]; then
    echo "!! 测试缺少:$packages。请以管理员身份运行:apt-get install $packages" >&2
    echo "   The tests lack: $packages. As an administrator run: apt-get install $packages" >&2
    exit 1
fi
