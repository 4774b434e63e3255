#!/usr/bin/env bash
# Creates the virtual environment $1, unless a working one is there. Needs a Python of at least 3.11; on Debian and
# Ubuntu the module that creates environments is a package of its own, which root gets installed here.
set -euo pipefail

venv=$1

is_recent_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local candidate
    for candidate in "${PYTHON:-python3}" python3.11 python3.12 python3.13 python3.14 /usr/bin/python3; do
        if is_recent_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

can_create_environments() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null
}

install_system_packages() {
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        return 1
    fi
    echo "Installing with apt-get: $*"
    apt-get update --quiet --quiet
    DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends "$@" >/dev/null
}

if [ -x "$venv/bin/python" ] && is_recent_enough "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi

if ! python=$(find_python); then
    install_system_packages python3 python3-venv || true
    python=$(find_python) || {
        echo "No Python of at least 3.11 was found. Install one (Debian 12: apt-get install python3 python3-venv)," \
            "or name one: make setup PYTHON=/path/to/python3.12" >&2
        exit 1
    }
fi

if ! can_create_environments "$python"; then
    version=$("$python" -c 'import sys; print("python{}.{}".format(*sys.version_info))')
    install_system_packages "$version-venv" || true
    can_create_environments "$python" || {
        echo "$python cannot create virtual environments. Install the module that does" \
            "(Debian, Ubuntu: apt-get install $version-venv, as root), then run make setup again." >&2
        exit 1
    }
fi

"$python" -m venv --clear "$venv"
