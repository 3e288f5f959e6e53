#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes files of releases that no longer run: a TorchScript program as PyTorch 1.0 to 1.3 saved it (model.json, by
caffe2/proto/torch.proto and torch/csrc/jit/serialization/import_legacy.cpp), and a state_dict() that Python 2 pickled,
whose OrderedDict is called with a list of [key, value]. Needs no PyTorch.

usage: make_legacy.py FOLDER
"""

import json
import pathlib
import struct
import sys
import zipfile

ROOT = """op_version_set = 1
def forward(self,
    x: Tensor) -> Tensor:
  _0 = self.conv
  input = torch._convolution(x, _0.weight, _0.bias, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, False, False, True)
  _1 = self.fc
  input0 = torch.flatten(torch.relu(input), 2, -1)
  return torch.matmul(torch.mean(input0, [2], False), torch.t(_1.weight))
"""


def tensor(key, sizes, trained):
    strides = [1]
    for size in reversed(sizes[1:]):
        strides.insert(0, strides[0] * size)
    return {"dims": [str(size) for size in sizes], "offset": "0", "strides": [str(stride) for stride in strides],
            "requiresGrad": trained, "dataType": "FLOAT", "data": {"key": f"tensors/{key}"}, "device": "cpu"}


def part(name, parameters):
    return {"torchscriptArena": {"key": f"code/net_{name}.py"}, "name": name, "optimize": True,
            "parameters": [{"isBuffer": False, "tensorId": str(number), "name": key}
                           for key, number in parameters.items()]}


def script(path):
    """A convolution of 3 to 4 channels, 3 x 3, whose weight is frozen, and a linear layer of 4 to 5 without bias."""
    sizes = [[4, 3, 3, 3], [4], [5, 4]]
    model = {"protoVersion": "3", "producerName": "pytorch", "producerVersion": "1.0",
             "mainModule": {"torchscriptArena": {"key": "code/net.py"}, "name": "Net", "optimize": True,
                            "submodules": [part("conv", {"weight": 0, "bias": 1}), part("fc", {"weight": 2})]},
             "tensors": [tensor(i, size, i > 0) for i, size in enumerate(sizes)]}
    members = {"version": b"1\n", "model.json": json.dumps(model).encode(), "attributes.pkl": b"\x80\x02).",
               "code/net.py": ROOT.encode(), "code/net_conv.py": b"op_version_set = 1\n",
               "code/net_fc.py": b"op_version_set = 1\n"}
    for i, size in enumerate(sizes):
        count = 1
        for edge in size:
            count *= edge
        members[f"tensors/{i}"] = bytes(4 * count)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, contents in members.items():
            archive.writestr(zipfile.ZipInfo("net/" + name), contents)


def text(value):
    return b"U" + bytes([len(value)]) + value.encode()


def number(value):
    return b"K" + bytes([value]) if value < 256 else b"M" + struct.pack("<H", value)


def numbers(values):
    return b"(" + b"".join(map(number, values)) + b"t"


def state(path):
    """As LPIPS publishes them: lin0.model.1.weight of 1 x 64 x 1 x 1, lin1.model.1.weight of 1 x 128 x 1 x 1."""
    ordered = b"ccollections\nOrderedDict\n"
    entries = b""
    keys = b""
    storages = b""
    for i, channels in enumerate([64, 128]):
        key = f"{94000 + i}"
        storage = (b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text(key) + text("cpu") + number(channels) +
                   b"NtQ")
        value = (b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(0) + numbers([1, channels, 1, 1]) +
                 numbers([channels, 1, 1, 1]) + b"\x89" + ordered + b"]\x85RtR")
        entries += b"](" + text(f"lin{i}.model.1.weight") + value + b"e"
        keys += text(key)
        storages += struct.pack("<q", channels) + bytes(4 * channels)
    saved = ordered + b"](" + entries + b"e\x85R."
    path.write_bytes(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." + b"\x80\x02M\xe9\x03." + b"\x80\x02}." +
                     b"\x80\x02" + saved + b"\x80\x02](" + keys + b"e." + storages)


def main():
    folder = pathlib.Path(sys.argv[1])
    script(folder / "legacy_script.pt")
    state(folder / "python2_state.pth")


if __name__ == "__main__":
    main()
