# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# What packaging/setup.sh and packaging/test.sh share. To be sourced; sets $root, the project's folder.

root=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")

# installPackages GROUP...: installs what is missing of these groups of packages.txt; runs nothing if all is there.
installPackages() {
    local wanted group package missing=() asRoot=()
    for wanted in "$@"; do
        while read -r group package _; do
            if [[ $group == "$wanted" ]] && ! isInstalled "$package"; then
                missing+=("$package")
            fi
        done <"$root/packaging/packages.txt"
    done
    if [[ ${#missing[@]} -eq 0 ]]; then
        return
    fi
    if ! command -v apt-get >/dev/null; then
        echo "apt-get not found. Install what your system calls these Debian packages: ${missing[*]}" >&2
        return 1
    fi
    if [[ $EUID -ne 0 ]]; then
        if ! command -v sudo >/dev/null; then
            echo "Neither root nor sudo. Run as root: apt-get install ${missing[*]}" >&2
            return 1
        fi
        asRoot=(sudo)
    fi
    echo "Installing ${missing[*]}"
    # Another apt may be at work on a machine that has just started: wait for its lock.
    local apt=("${asRoot[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
    # One foreign repository out of reach must not stop an installation that may do without it.
    "${apt[@]}" update || echo "apt-get update failed; going on with the package lists at hand" >&2
    "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
}

isInstalled() {
    [[ $(dpkg-query -W -f='${db:Status-Status} ' "$1" 2>/dev/null) == *"installed "* ]]
}

# asCaller COMMAND...: runs it as who called sudo, so that no file of the build belongs to root.
asCaller() {
    if [[ $EUID -ne 0 || ${SUDO_UID:-0} -eq 0 ]]; then
        "$@"
        return
    fi
    mkdir -p "$root/build"
    chown -R "$SUDO_UID:$SUDO_GID" "$root/build"
    setpriv --reuid="$SUDO_UID" --regid="$SUDO_GID" --init-groups \
        env HOME="$(getent passwd "$SUDO_UID" | cut -d: -f6)" "$@"
}
