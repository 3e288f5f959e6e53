#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs what Sunflop is built from, builds it and runs it.
# usage: packaging/setup.sh [SUNFLOP ARGUMENT...]
# Without arguments the window opens on a bundled model; where there is no display, its report is printed and its
# sunburst written as a picture.
set -euo pipefail
# shellcheck source=packaging/common.sh
source "$(dirname "$(realpath "$0")")/common.sh"

prepare() {
    installPackages build
    cd "$root"
    # Without the tests, which need far more packages than the program.
    asCaller cmake --preset release -DBUILD_TESTING=OFF
    asCaller cmake --build --preset release
}

# In a subshell and on standard error: the caller's folder and standard output are for the program.
(prepare) >&2
sunflop() {
    asCaller "$root/build/release/app/sunflop" "$@"
}
model=ovis2-4b
if [[ $# -gt 0 ]]; then
    sunflop "$@"
elif [[ -n ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]]; then
    sunflop "$model"
else
    sunflop report "$model"
    sunflop figure "$model" --view sunburst --size 900x900 -o "$root/build/$model.png"
    echo "No display to open the window on: the sunburst is in build/$model.png" >&2
fi
