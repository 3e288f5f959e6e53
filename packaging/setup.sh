#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs what Sunflop is built from, builds it and runs it.
# usage: packaging/setup.sh [SUNFLOP ARGUMENT...]        without arguments: the report on a bundled model
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
if [[ $# -eq 0 ]]; then
    set -- report ovis2-4b
fi
asCaller "$root/build/release/app/sunflop" "$@"
