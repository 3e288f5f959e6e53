#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs Debian's PyTorch and torchvision for Python, with which tst_torchvision saves its models. Only on request:
# without them that test is skipped.
# usage: tests/torchvision/install.sh
set -euo pipefail
# shellcheck source=packaging/common.sh
source "$(dirname "$(realpath "$0")")/../../packaging/common.sh"

installPackages models
