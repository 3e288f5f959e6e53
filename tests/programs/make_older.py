#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes TorchScript files that PyTorch 1.13 writes: what only training runs, frozen and mobile programs, quantised
layers. All weights are zero but for those that are quantised.

usage: make_older.py FOLDER        made with PyTorch 1.13, Debian's python3-torch
"""

import pathlib
import sys
from typing import Dict, List

import torch
from torch import nn


class Frozen(nn.Module):
    """Two linear layers of which the first is not trained."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(8, 8, bias=False), nn.Linear(8, 8, bias=False)
        self.first.weight.requires_grad_(False)

    def forward(self, x):
        return self.second(self.first(x))


class Detached(nn.Module):
    """Two linear layers of which the first is not followed by autograd."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(8, 8, bias=False), nn.Linear(8, 8, bias=False)

    def forward(self, x):
        with torch.no_grad():
            y = self.first(x)
        return self.second(y)


class Modal(nn.Module):
    """Does one thing in training and another in inference."""

    def __init__(self):
        super().__init__()
        self.linear, self.norm, self.drop = nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(0.5)

    def forward(self, x):
        y = self.drop(self.norm(self.linear(x)))
        if self.training:
            y = torch.sigmoid(y)
        return y


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.norm, self.drop = nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(0.5)

    def forward(self, x):
        return self.drop(self.norm(self.linear(x)))


class Printed(nn.Module):
    """Writes tensors down in every way that TorchScript has."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 6)

    def forward(self, x):
        y = self.linear(x)
        print("y", y, [y, y], (1, y))
        text = "{} of {}".format(y.shape, y) + f"{y}" + "%s" % y + str(y)
        print(text)
        return y


def helped(given: Dict[str, torch.Tensor]):
    return given["helped"].sum()


class Part(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 3)

    def forward(self, scale: float, given: Dict[str, torch.Tensor]):
        return self.linear(given["deep"]) * scale


class Handed(nn.Module):
    """Hands its dictionary on: to modules, to a method of its own, to a function."""

    def __init__(self):
        super().__init__()
        self.near, self.part, self.parts = nn.Linear(4, 3), Part(), nn.ModuleList([Part()])

    def own(self, inner: Dict[str, torch.Tensor]):
        return inner["own"].sum()

    def forward(self, batch: Dict[str, torch.Tensor]):
        y = self.near(batch["near"])
        for part in self.parts:
            y = y + part(2.0, batch)
        return y + self.part(1.0, batch) + self.own(batch) + helped(batch)


class Steps(nn.Module):
    """An LSTM whose first dimension is time."""

    def __init__(self):
        super().__init__()
        self.layer, self.head = nn.LSTM(4, 6), nn.Linear(6, 2)

    def forward(self, x):
        return self.head(self.layer(x)[1][0][-1])


class Forked(nn.Module):
    """Two branches at once, then three at once out of a list."""

    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(8, 16, bias=False), nn.Linear(8, 4, bias=False)
        self.heads = nn.ModuleList(nn.Linear(16, 2, bias=False) for _ in range(3))

    def forward(self, x: torch.Tensor) -> List[torch.Tensor]:
        left = torch.jit.fork(self.left, x)
        right = self.right(x)
        hidden = torch.jit.wait(left)
        futures: List[torch.jit.Future[torch.Tensor]] = []
        for head in self.heads:
            futures.append(torch.jit.fork(head, hidden))
        results: List[torch.Tensor] = [right]
        for future in futures:
            results.append(torch.jit.wait(future))
        return results


class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.relu, self.fc = nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Linear(8, 5)
        self.quantise, self.restore = torch.ao.quantization.QuantStub(), torch.ao.quantization.DeQuantStub()

    def forward(self, x):
        x = self.relu(self.conv(self.quantise(x)))
        x = torch.flatten(nn.functional.adaptive_avg_pool2d(x, 1), 1)
        return self.restore(self.fc(x))


def zeroed(module):
    for tensor in [*module.parameters(), *module.buffers()]:
        tensor.data.zero_()
    return module


def script(module):
    return torch.jit.script(zeroed(module).eval())


def quantised():
    torch.backends.quantized.engine = "qnnpack"
    torch.manual_seed(0)
    model = Pooled().eval()
    model.qconfig = torch.ao.quantization.get_default_qconfig("qnnpack")
    model = torch.ao.quantization.prepare(torch.ao.quantization.fuse_modules(model, [["conv", "relu"]]))
    model(torch.randn(1, 3, 8, 8))
    return torch.ao.quantization.convert(model)


def main():
    folder = pathlib.Path(sys.argv[1])
    script(Frozen()).save(folder / "first_frozen_script.pt")
    script(Detached()).save(folder / "detached_script.pt")
    script(Forked()).save(folder / "forked_script.pt")
    script(Modal()).save(folder / "modal_script.pt")
    torch.jit.trace(zeroed(Plain()).eval(), torch.zeros(2, 4)).save(folder / "modal_trace.pt")
    torch.jit.trace(zeroed(Plain()).train(), torch.zeros(2, 4), check_trace=False).save(folder / "modal_train_trace.pt")
    script(Printed()).save(folder / "printed_script.pt")
    script(Handed()).save(folder / "handed_script.pt")
    torch.jit.trace(zeroed(Steps()).eval(), torch.zeros(1, 3, 4)).save(folder / "steps_trace.pt")
    frozen = torch.jit.freeze(script(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 1))))
    frozen.save(folder / "frozen_script.pt")
    script(Plain())._save_for_lite_interpreter(str(folder / "plain_script.ptl"))
    frozen._save_for_lite_interpreter(str(folder / "frozen_script.ptl"))
    torch.jit.script(quantised()).save(folder / "quantised_script.pt")
    torch.jit.freeze(torch.jit.script(quantised())).save(folder / "quantised_frozen_script.pt")
    dynamic = torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2)).eval(),
                                                     {nn.Linear}, dtype=torch.qint8)
    torch.jit.script(dynamic).save(folder / "quantised_dynamic_script.pt")


if __name__ == "__main__":
    main()
