#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts torchvision's models with calflops and fvcore: figures of every module.

usage: count.py CALFLOPS FVCORE peers.json FIGURES.json      folders with the sources of both
peer_figures.json.gz was made with PyTorch 1.13 and torchvision 0.14 of Debian 12.
"""

import json
import pathlib
import sys
import warnings

import torch
import torchvision

from save import build, leave_uninitialised

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "peers"))
import peers  # noqa: E402


def main():
    calflops, fvcore, models, target = map(pathlib.Path, sys.argv[1:])
    warnings.simplefilter("ignore")
    leave_uninitialised()
    peers.load(calflops, fvcore)
    counted = {}
    for row in json.loads(models.read_text(encoding="utf-8"))["models"]:
        model, arguments = build(row), (torch.zeros(row["input"]),)
        by_calflops, by_fvcore = peers.calflops(model, arguments), peers.fvcore(model, arguments)
        counted[row["name"]] = {path: [*by_calflops[path], by_fvcore[path]] for path in by_calflops}
        print(row["name"], counted[row["name"]][""], flush=True)
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__}
    target.write_text(json.dumps(versions | {"models": counted}, separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    main()
