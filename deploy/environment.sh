#!/usr/bin/env bash
# Creates the Python environment in .venv and installs exactly what the given lock files name.
#   deploy/environment.sh requirements.txt [requirements-dev.txt]
# A stamp in .venv says what was installed, so a second run does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '== %s\n   %s\n' "$1" "$2"; }
stop() { printf '!! %s\n   %s\n' "$1" "$2" >&2; exit 1; }

suitable() { # a Python from 3.11 on that really starts (a version manager's stand-in may not)
    "$1" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    local name
    for name in "${PYTHON:-}" python3.11 python3 /usr/bin/python3.11 /usr/bin/python3; do
        if [ -n "$name" ] && suitable "$name"; then echo "$name"; return; fi
    done
}

can_make_environments() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

apt_install() { # as root, or through sudo when it asks nothing; false where neither is possible
    local sudo=()
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" != 0 ]; then sudo -n true 2>/dev/null || return 1; sudo=(sudo -n); fi
    "${sudo[@]}" apt-get update -qq &&
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

fingerprint() { # of the lock files and of the Python in use
    { cat "$@"; .venv/bin/python -VV; } | sha256sum | cut -d' ' -f1
}

if ! [ -x .venv/bin/python ] || ! suitable .venv/bin/python || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    [ -n "$python" ] || stop \
        "没有找到 Python 3.11 或更新版本。请先安装,例如:apt-get install python3 python3-venv。" \
        "Python 3.11 or newer was not found. Install it first, e.g. apt-get install python3 python3-venv."
    if ! can_make_environments "$python"; then
        say "缺少 Python 的 venv,正在用 apt 安装 python3-venv。" "Python's venv is missing; installing python3-venv with apt."
        apt_install python3-venv >/dev/null || true
        can_make_environments "$python" || stop \
            "Python 的 venv 不可用。请以管理员身份运行:apt-get install python3-venv,然后重试。" \
            "Python's venv is not available. As an administrator run: apt-get install python3-venv, then try again."
    fi
    say "建立 Python 环境 .venv($("$python" -V))。" "Creating the Python environment .venv ($("$python" -V))."
    rm -rf .venv
    "$python" -m venv .venv
fi

wanted=$(fingerprint "$@")
if [ -e ".venv/installed/$wanted" ]; then exit 0; fi

say "安装依赖(校验哈希,首次约需 2 分钟):$*" "Installing the dependencies (hash-checked, about 2 minutes the first time): $*"
rm -rf .venv/installed # from here on until the end nothing is certain
arguments=()
for lock in "$@"; do arguments+=(-r "$lock"); done
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes "${arguments[@]}" || stop \
    "依赖没有装好。请检查网络或软件源设置后重试;已下载的部分会继续使用。" \
    "The dependencies were not installed. Check the network or the package source, then try again; what was downloaded is kept."
mkdir -p .venv/installed
touch ".venv/installed/$wanted" ".venv/installed/$(fingerprint "$1")" # the larger set holds the first file's too
