# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs calflops and fvcore on a model: figures of every module by its path.

Their sources are imported from where they lie; what both need besides PyTorch and numpy only for other ends is left out.
To calflops the signs + * / @ are added, as in the reports that the convention of its name reproduces: it replaces
functions and methods by name alone.
"""

import importlib
import logging
import sys
import types

import torch


def package(name, folder):
    """A package whose own __init__ does not run."""
    made = types.ModuleType(name)
    made.__path__ = [str(folder)]
    sys.modules[name] = made


def named_modules(model, prefix=""):
    yield prefix, model
    for name, child in model.named_children():
        yield from named_modules(child, f"{prefix}.{name}".lstrip("."))


def load(calflops, fvcore):
    package("calflops", calflops / "calflops")
    for name in ("fvcore", "fvcore.common", "fvcore.nn"):
        package(name, fvcore / name.replace(".", "/"))
    sys.modules["fvcore.common.checkpoint"] = types.SimpleNamespace(_named_modules_with_dup=named_modules)
    logging.getLogger("fvcore").setLevel(logging.ERROR)


class Signs:
    """While it is entered, operators on tensors count as the methods of the same name do."""

    COUNTED = {"__add__": "_add", "__radd__": "_add", "__mul__": "_mul", "__rmul__": "_mul", "__truediv__": "_mul",
               "__matmul__": "_matmul"}

    def __init__(self, pipeline):
        self.pipeline = pipeline
        self.kept = {}

    def __enter__(self):
        rules = importlib.import_module("calflops.pytorch_ops")
        for name, rule in self.COUNTED.items():
            self.kept[name] = getattr(torch.Tensor, name)
            setattr(torch.Tensor, name, self.counting(self.kept[name], getattr(rules, rule + "_flops_compute")))

    def counting(self, operator, rule):
        def counted(a, b):
            flops, macs = rule(a, b)
            if self.pipeline.module_flop_count:
                self.pipeline.module_flop_count[-1].append(("sign", flops))
                self.pipeline.module_mac_count[-1].append(("sign", macs))
            return operator(a, b)
        return counted

    def __exit__(self, *_):
        for name, operator in self.kept.items():
            setattr(torch.Tensor, name, operator)


def calflops(model, arguments):
    """[MACs, FLOPs] of every module."""
    pipeline = importlib.import_module("calflops.calculate_pipline")
    utils = importlib.import_module("calflops.utils")
    run = pipeline.CalFlopsPipline(model, False, 2.0, False)
    run.start_flops_calculate()
    with Signs(pipeline):
        model(*arguments)
    figures = {path: [int(utils.get_module_macs(module)), int(utils.get_module_flops(module))]
               for path, module in model.named_modules()}
    run.end_flops_calculate()
    return figures


def fvcore(model, arguments):
    """FLOPs of every module."""
    analysis = importlib.import_module("fvcore.nn.flop_count").FlopCountAnalysis(model, arguments)
    analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    counted = analysis.by_module()
    return {path: int(counted[path]) for path, _ in model.named_modules()}
