# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints of small models in every layout that PyTorch and safetensors write; see make.py."""

import argparse
import collections
import json

import numpy
import torch
from torch import nn

import modules

DTYPES = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64",
          "complex128", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "uint16", "uint32", "uint64"]


def zeroed(model):
    for tensor in [*model.parameters(), *model.buffers()]:
        tensor.data.zero_()
    return model.eval()


def listed(named):
    """[name, shape, dtype, number of the memory that the tensor is in]."""
    memories = {}
    rows = []
    for name, tensor in named.items():
        key = tensor.untyped_storage().data_ptr() if not tensor.is_quantized and not tensor.is_sparse else name
        memory = memories.setdefault(key if key else name, len(memories))
        rows.append([name, list(tensor.shape), str(tensor.dtype).removeprefix("torch."), memory])
    return rows


def tree(model):
    return [[path, type(module).__name__, module.extra_repr()] for path, module in model.named_modules(remove_duplicate=False)]


class Wrapped(torch.Tensor):
    """A subclass, as libraries make them of parameters."""


def whole(model):
    return {"tensors": listed(model.state_dict(keep_vars=True)), "modules": tree(model),
            "buffers": [name for name, _ in model.named_buffers(remove_duplicate=False)]}


def legacy(value, path):
    torch.save(value, path, _use_new_zipfile_serialization=False)


def checkpoints(folder):
    found = {}

    def save(name, value, tensors, write=torch.save, **more):
        write(value, folder / name)
        found[name] = {"tensors": listed(tensors), **more}

    tied, small = zeroed(modules.Tied()), zeroed(modules.Small())
    save("tied_state.pt", tied.state_dict(), tied.state_dict())
    save("tied_state_legacy.pt", tied.state_dict(), tied.state_dict(), legacy)
    save("small_state.pt", small.state_dict(), small.state_dict())
    save("parameters.pt", dict(tied.named_parameters(remove_duplicate=False)),
         dict(tied.named_parameters(remove_duplicate=False)))
    for name in ("whole.pt", "whole_legacy.pt"):
        model = zeroed(nn.Sequential(collections.OrderedDict(scaled=modules.Scaled(6, 0.5, "demo"), small=modules.Small(),
                                                             lstm=nn.LSTM(8, 16), tied=modules.Tied())))
        (legacy if "legacy" in name else torch.save)(model, folder / name)
        found[name] = whole(model)
    training(save, small)
    dtypes(save)
    shards(folder, found, tied)
    from_safetensors(folder, found, small)
    return found


def training(save, model):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    value = {"epoch": 3, "model": model.state_dict(), "optimizer": optimizer.state_dict(),
             "args": argparse.Namespace(lr=1e-3, name="demo"), "best": numpy.float64(0.25),
             "history": numpy.zeros(3), "rng": torch.get_rng_state()}
    save("training.pt", value, model.state_dict(), prefix="model")


def dtypes(save):
    tensors = {name: torch.zeros(2, 3).to(getattr(torch, name)) for name in DTYPES}
    save("dtypes.pt", tensors, tensors)
    base = torch.zeros(4, 6)
    views = {"whole": base, "rows": base[1:3], "turned": base.t(), "one": base[0, 0], "none": torch.zeros(0, 5),
             "expanded": torch.zeros(1).expand(7, 3)}
    save("views.pt", views, views)
    odd = {"subclass": nn.Parameter(torch.zeros(3, 4).as_subclass(Wrapped)), "meta": torch.zeros(5, 2, device="meta"),
           "half": nn.Parameter(torch.zeros(2, 2).half(), requires_grad=False)}
    save("odd.pt", odd, odd)
    quantized = {"per_tensor": torch.quantize_per_tensor(torch.zeros(4, 4), 0.1, 0, torch.qint8),
                 "per_channel": torch.quantize_per_channel(torch.zeros(4, 3), torch.ones(4), torch.zeros(4), 0, torch.qint8),
                 "coo": torch.zeros(3, 3).to_sparse(), "plain": torch.zeros(2)}
    save("quantized.pt", quantized, quantized)


def shards(folder, found, model):
    tensors = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    names = list(tensors)
    places = {name: f"pytorch_model-0000{1 + names.index(name) // 2}-of-00002.bin" for name in names}
    for file in sorted(set(places.values())):
        torch.save({name: tensors[name] for name in names if places[name] == file}, folder / file)
    index = {"metadata": {"total_size": sum(t.numel() * t.element_size() for t in tensors.values())}, "weight_map": places}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=2) + "\n")
    found["pytorch_model.bin.index.json"] = {"tensors": listed(tensors)}


def from_safetensors(folder, found, model):
    from safetensors.torch import save_file
    tensors = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    save_file(tensors, folder / "small.safetensors", metadata={"format": "pt", "note": "zero weights"})
    found["small.safetensors"] = {"tensors": listed(tensors)}
    mixed = {name: torch.zeros(2, 3).to(getattr(torch, name)) for name in DTYPES if "fnuz" not in name and name != "complex128"}
    save_file(mixed, folder / "dtypes.safetensors")
    found["dtypes.safetensors"] = {"tensors": listed(mixed)}
    names = list(tensors)
    places = {name: f"model-0000{1 + 2 * names.index(name) // len(names)}-of-00002.safetensors" for name in names}
    for file in sorted(set(places.values())):
        save_file({name: tensors[name] for name in names if places[name] == file}, folder / file)
    index = {"metadata": {"total_size": sum(t.numel() * t.element_size() for t in tensors.values())}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")
    found["model.safetensors.index.json"] = {"tensors": listed(tensors)}
