#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the programs and checkpoints of the folder files, and counts.json: what PyTorch's own FlopCounterMode counts of
each, "arguments" in the order of forward().

usage: make.py FOLDER, then repack.py FOLDER            made with PyTorch 2.11 and safetensors 0.8
All weights are zero. FLOPs are counted on the meta device, where fused attention is computed as two products; those of
recurrent layers on a GPU, where they are one kernel, for which FlopCounterMode has no formula.
"""

import argparse
import collections
import json
import pathlib
import warnings

import torch
from torch import nn
from torch.export import Dim
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

import modules
from checkpoints import checkpoints

BATCH = Dim("batch", max=64)
TIME = Dim("time", min=2, max=512)
HALF = Dim("half", min=2, max=128)
AUTO = Dim.AUTO


def f(*shape):
    return torch.zeros(shape)


def i(*shape):
    return torch.zeros(shape, dtype=torch.int64)


#       name: (module, arguments of each run, dynamic_shapes)
EXPORTED = {
    "lstm": (lambda: modules.Recurrent(nn.LSTM, bidirectional=True), [(f(2, 6, 8),)], None),
    "gru": (lambda: modules.Recurrent(nn.GRU), [(f(3, 5, 8),)], None),
    "rnn": (lambda: modules.Recurrent(nn.RNN, bias=False), [(f(1, 4, 8),)], None),
    "shared": (modules.Shared, [(f(2, 12),), (f(5, 12),)], ({0: BATCH},)),
    "tied": (modules.Tied, [(i(2, 7),), (i(3, 9),)], ({0: BATCH, 1: TIME},)),
    "condition": (modules.Condition, [(f(2, 6),), (f(9, 6),)], ({0: BATCH},)),
    "integers": (modules.Integers, [(i(2, 9), 4), (i(3, 12), 5)], ({0: AUTO, 1: AUTO}, Dim.DYNAMIC)),
    "pair": (modules.Pair, [(f(2, 5, 8), f(2, 7, 6)), (f(3, 4, 8), f(3, 11, 6))], ({0: AUTO, 1: AUTO}, {0: AUTO, 1: AUTO})),
    "mapping": (modules.Mapping, [({"left": f(2, 5), "right": f(2, 3)},), ({"left": f(6, 5), "right": f(6, 3)},)],
                ({"left": {0: BATCH}, "right": {0: BATCH}},)),
    "parts": (modules.Parts, [((f(2, 4), f(3, 4)), f(4)), ((f(5, 4), f(9, 4)), f(4))], (({0: AUTO}, {0: AUTO}), None)),
    "convolutions": (modules.Convolutions, [(f(2, 3, 17), f(2, 3, 9, 12), f(1, 1, 4, 5, 6)),
                                            (f(4, 3, 32), f(3, 3, 20, 8), f(1, 1, 7, 4, 9))],
                     ({0: AUTO, 2: AUTO}, {0: AUTO, 2: AUTO, 3: AUTO}, {2: AUTO, 3: AUTO, 4: AUTO})),
    "norms": (modules.Norms, [(f(2, 6, 4, 8),), (f(3, 6, 10, 8),)], ({0: AUTO, 2: AUTO},)),
    "attention": (modules.Attention, [(f(2, 5, 16),), (f(3, 11, 16),)], ({0: AUTO, 1: AUTO},)),
    "products": (modules.Products, [(i(2, 3), f(2, 5)), (i(4, 6), f(4, 5))], ({0: AUTO, 1: AUTO}, {0: AUTO})),
    "resample": (modules.Resample, [(f(2, 2, 20, 24),), (f(3, 2, 33, 40),)], ({0: AUTO, 2: AUTO, 3: AUTO},)),
    "in_place": (modules.InPlace, [(f(2, 6),), (f(7, 6),)], ({0: BATCH},)),
    "derived": (modules.Derived, [(f(2, 8, 3), f(2, 4, 3)), (f(3, 14, 3), f(3, 7, 3))],
                ({0: BATCH, 1: 2 * HALF}, {0: BATCH, 1: HALF})),
    "chosen": (modules.Chosen, [(f(2, 4), torch.tensor(5))], ({0: BATCH}, None)),
    "static": (modules.Small, [(f(2, 3, 16, 20),)], None),
    "small": (modules.Small, [(f(2, 3, 16, 20),), (f(5, 3, 30, 24),)], ({0: BATCH, 2: AUTO, 3: AUTO},)),
    "decoder": (modules.Decoder, [(i(2, 7),), (i(3, 20),), (i(1, 100),)], ({0: BATCH, 1: TIME},)),
    "scaled": (lambda: modules.Scaled(6, 0.5, "demo"), [(f(2, 6),), (f(8, 6),)], ({0: BATCH},)),
}
DECOMPOSED = ["decoder", "small", "rnn"]
META = ["decoder", "tied"]
HALF_PRECISION = ["tied"]

SCRIPTED = {
    "lstm": (EXPORTED["lstm"][0], [(f(2, 6, 8),), (f(3, 10, 8),)]),
    "gru": (EXPORTED["gru"][0], [(f(3, 5, 8),), (f(1, 9, 8),)]),
    "looped": (modules.Looped, [(f(2, 5, 6),), (f(3, 8, 6),)]),
    "listed": (modules.Listed, [([f(3, 8, 9), f(3, 5, 4)],), ([f(3, 20, 30)],)]),
    "mapping": (modules.Mapping, []),
    "integers": (modules.Integers, [(i(2, 9), 4), (i(3, 12), 5)]),
    "pair": (modules.Pair, EXPORTED["pair"][1]),
    "shared": (modules.Shared, EXPORTED["shared"][1]),
    "tied": (modules.Tied, EXPORTED["tied"][1]),
    "convolutions": (modules.Convolutions, EXPORTED["convolutions"][1]),
    "resample": (modules.Resample, EXPORTED["resample"][1]),
    "small": (modules.Small, EXPORTED["small"][1]),
    "decoder": (modules.Decoder, EXPORTED["decoder"][1]),
    "in_place": (modules.InPlace, EXPORTED["in_place"][1]),
}
TRACED = {
    "small": (modules.Small, EXPORTED["small"][1]),
    "lstm": SCRIPTED["lstm"],
    "decoder": (modules.Decoder, [(i(2, 7),)]),
    "attention": (modules.Attention, [(f(2, 5, 16),)]),
    "baked": (modules.Baked, [(f(1, 5, 8),)]),
    "tied": (modules.Tied, EXPORTED["tied"][1]),
}


def zeroed(make):
    model = make().eval()
    for tensor in [*model.parameters(), *model.buffers()]:
        tensor.data.zero_()
    return model


def moved(value, device):
    if isinstance(value, torch.Tensor):
        return value.to(device)
    if isinstance(value, dict):
        return {key: moved(item, device) for key, item in value.items()}
    return type(value)(moved(item, device) for item in value) if isinstance(value, (list, tuple)) else value


def flops(make, arguments, device):
    """FLOPs per module path; the model itself has the empty path."""
    model = make().eval().to(device)
    with FlopCounterMode(display=False) as counter:
        model(*moved(arguments, device))
    name = type(model).__name__
    modules_of = {path.removeprefix(name).lstrip("."): int(sum(counts.values()))
                  for path, counts in counter.get_flop_counts().items() if path != "Global"}
    return counter.get_total_flops(), {path: count for path, count in sorted(modules_of.items()) if count}


def text(value):
    if isinstance(value, torch.Tensor):
        return "x".join(map(str, value.shape)) or "scalar"
    if isinstance(value, list):
        return ",".join(map(text, value))
    return str(value)


def facts(make, runs, flatten, is_decomposed=False):
    model = zeroed(make)
    is_recurrent = any(isinstance(module, nn.RNNBase) for module in model.modules())
    device = "cuda" if is_recurrent and not is_decomposed else "meta"
    rows = []
    for arguments in runs:
        row = {"arguments": list(map(text, tree_leaves(arguments) if flatten else arguments))}
        if not isinstance(model, modules.Chosen):  # which reads a value, and the meta device has none
            row["flops"], row["modules"] = flops(make, arguments, device)
            row["modules"].pop("narrow", None)  # of a condition the total takes the dearer branch, modules have both
            rows.append(row)
    aliases = collections.defaultdict(list)  # one module, counted under its first name, may be called under others
    for path, module in model.named_modules(remove_duplicate=False):
        aliases[id(module)].append(path)
    return {"class": type(model).__name__, "params": sum(p.numel() for p in model.parameters()), "runs": rows,
            "aliases": {paths[0]: paths for paths in aliases.values() if len(paths) > 1}}


def slim(program):
    """Without the source lines, which are half of a file."""
    for module in program.graph_module.modules():
        for node in getattr(module, "graph", torch.fx.Graph()).nodes:
            node.meta.pop("stack_trace", None)
    return program


def export(folder, counts, name, make, runs, dynamic, suffix="", change=lambda program: program, device="cpu"):
    file = f"{name}{suffix}.pt2"
    try:
        model = zeroed(make).to(device)
        arguments = moved(runs[0], device)
        program = change(torch.export.export(model, arguments, dynamic_shapes=dynamic))
        torch.export.save(slim(program), folder / file)
        # Moving to the meta device unties parameters.
        counts[file] = facts(lambda: make().to(device), runs, True, suffix == "_decomposed")
        print(file, (folder / file).stat().st_size, program.range_constraints)
    except Exception as error:
        print("FAILED", file, type(error).__name__, str(error)[:600])


def save_script(folder, counts, name, make, runs, traced):
    file = f"{name}_{'trace' if traced else 'script'}.pt"
    try:
        model = zeroed(make)
        program = torch.jit.trace(model, runs[0], check_trace=False) if traced else torch.jit.script(model)
        program.save(str(folder / file))
        counts[file] = facts(make, runs, False) | {"isTrace": traced}
        print(file, (folder / file).stat().st_size, program.forward.schema)
    except Exception as error:
        print("FAILED", file, type(error).__name__, str(error)[:600])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    folder.mkdir(exist_ok=True)
    warnings.simplefilter("ignore")
    programs = {}
    for name, (make, runs, dynamic) in EXPORTED.items():
        export(folder, programs, name, make, runs, dynamic)
    for name in DECOMPOSED:
        make, runs, dynamic = EXPORTED[name]
        export(folder, programs, name, make, runs, dynamic, "_decomposed", lambda program: program.run_decompositions())
    for name in META:
        make, runs, dynamic = EXPORTED[name]
        export(folder, programs, name, make, runs, dynamic, "_meta", device="meta")
    for name in HALF_PRECISION:
        make, runs, dynamic = EXPORTED[name]
        export(folder, programs, name, lambda: make().bfloat16(), runs, dynamic, "_bf16")
    for name, (make, runs) in SCRIPTED.items():
        save_script(folder, programs, name, make, runs, False)
    for name, (make, runs) in TRACED.items():
        save_script(folder, programs, name, make, runs, True)
    document = {"torch": torch.__version__, "programs": programs, "checkpoints": checkpoints(folder)}
    with open(folder / "counts.json", "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
