#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rewrites archives that make.py wrote: the flat layout that torch.export.save had before PyTorch 2.8, with expressions as
they were printed before 2.6, and archives of packed members. Needs no PyTorch.

usage: repack.py FOLDER
What the old layout lacks is taken out: the root folder, configs of weights, guards, names of nodes, torch_version.
"""

import json
import pathlib
import sys
import zipfile

FLAT = {"tied.pt2": "tied_flat.pt2", "derived.pt2": "derived_flat.pt2", "small.pt2": "small_flat.pt2"}
PACKED = ["decoder_decomposed.pt2", "small_decomposed.pt2", "attention.pt2"]


class Printed(str):
    """An expression as str() of sympy prints it."""


def infix(sign):
    return lambda *terms: Printed("(" + sign.join(terms) + ")")


NAMES = {"Symbol": lambda name, **assumptions: Printed(name), "Integer": lambda value: Printed(value),
         "Add": infix(" + "), "Mul": infix("*"), "Pow": infix("**"), "FloorDiv": infix("//"), "Mod": infix(" % "),
         "Max": lambda *terms: Printed(f"Max({', '.join(terms)})"), "Equality": infix(" == "),
         "GreaterThan": infix(" >= "), "LessThan": infix(" <= ")}


def printed(text):
    whole = str(eval(text, {"__builtins__": {}}, NAMES))
    return whole[1:-1] if whole.startswith("(") and whole.count("(") == 1 else whole


def older(value):
    if isinstance(value, list):
        return [older(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "expr_str" in value:
        return {**value, "expr_str": printed(value["expr_str"])}
    without = {"guards_code", "torch_version", "verifiers", "treespec_namedtuple_fields"}
    if "target" in value:
        without |= {"name", "is_hop_single_tensor_return"}
    return {key: older(item) for key, item in value.items() if key not in without}


def flatten(source, target):
    with zipfile.ZipFile(source) as archive:
        path = next(name for name in archive.namelist() if name.endswith("models/model.json"))
        program = older(json.loads(archive.read(path)))
    program["schema_version"] = {"major": 7, "minor": 3}
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(zipfile.ZipInfo("version"), "7.3")
        archive.writestr(zipfile.ZipInfo("serialized_exported_program.json"), json.dumps(program))
        for member in ("serialized_state_dict.pt", "serialized_constants.pt", "serialized_example_inputs.pt"):
            archive.writestr(zipfile.ZipInfo(member), b"")


def pack(path):
    with zipfile.ZipFile(path) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, contents in members:
            archive.writestr(zipfile.ZipInfo(name), contents, zipfile.ZIP_DEFLATED)


def main():
    folder = pathlib.Path(sys.argv[1])
    for source, target in FLAT.items():
        flatten(folder / source, folder / target)
    for name in PACKED:
        pack(folder / name)
    counts = json.loads((folder / "counts.json").read_text(encoding="utf-8"))
    counts["programs"].update({target: counts["programs"][source] for source, target in FLAT.items()})
    (folder / "counts.json").write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
