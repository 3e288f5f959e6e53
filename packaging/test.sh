#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs what Sunflop and its tests are built from, builds them and runs the tests.
# usage: packaging/test.sh [dev|asan|sanitized|release]  a workflow of CMakePresets.json, dev if not said
set -euo pipefail
# shellcheck source=packaging/common.sh
source "$(dirname "$(realpath "$0")")/common.sh"

# CMakePresets.json reads this variable.
if [[ ${CI:-} == true ]]; then
    export SUNFLOP_WERROR=ON
fi

workflow=${1:-dev}
groups=(build test)
if [[ $workflow == sanitized ]]; then
    groups+=(sanitized)
fi
installPackages "${groups[@]}"
cd "$root"
asCaller cmake --workflow --preset "$workflow"
