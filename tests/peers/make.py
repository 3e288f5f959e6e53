#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes spelled_trace.pt and spelled_script.pt, and figures.json: what calflops and fvcore say of every module of them.

usage: make.py CALFLOPS FVCORE FOLDER       folders with the sources of both; made with PyTorch 1.13 of Debian 12
"""

import io
import json
import pathlib
import sys
import warnings
import zipfile

import torch

import peers
from spelled import SIZES, spelled


def save(program, path):
    """As torch.jit.save does, with members deflated."""
    buffer = io.BytesIO()
    torch.jit.save(program, buffer)
    with zipfile.ZipFile(buffer) as stored, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for member in stored.infolist():
            packed.writestr(zipfile.ZipInfo(member.filename), stored.read(member), zipfile.ZIP_DEFLATED, 9)


def main():
    calflops, fvcore, folder = map(pathlib.Path, sys.argv[1:])
    warnings.simplefilter("ignore")
    peers.load(calflops, fvcore)
    torch.manual_seed(0)
    model, arguments = spelled(folder)
    figures = {"arguments": ["x".join(map(str, size)) for size in SIZES.values()],
               "calflops": peers.calflops(model, arguments), "fvcore": peers.fvcore(model, arguments)}
    save(torch.jit.trace(model, arguments, check_trace=False), folder / "spelled_trace.pt")
    save(torch.jit.script(model), folder / "spelled_script.pt")
    text = json.dumps(figures, indent=0).replace("[\n", "[").replace(",\n", ", ")
    (folder / "figures.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
