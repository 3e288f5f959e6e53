# SPDX-License-Identifier: GPL-3.0-or-later
"""Small modules of our own, each for something that readers of programs have to get right; see make.py."""

from typing import Dict, List, Optional, Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional


class Recurrent(nn.Module):
    """x [batch, time, 8] through one of the recurrent layers."""

    def __init__(self, kind, **options):
        super().__init__()
        self.layer = kind(8, 16, num_layers=2, batch_first=True, **options)
        self.head = nn.Linear(16 * (2 if self.layer.bidirectional else 1), 4)

    def forward(self, x):
        states, _ = self.layer(x)
        return self.head(states)


class Shared(nn.Module):
    """One layer under two names, called twice under each of them."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(12, 12)
        self.second = self.first
        self.last = nn.Linear(12, 3)

    def forward(self, x):
        x = self.first(torch.relu(self.first(x)))
        return self.last(self.second(torch.relu(self.second(x))))


class Tied(nn.Module):
    """An embedding whose weight is the head's."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(50, 12)
        self.mix = nn.Linear(12, 12)
        self.head = nn.Linear(12, 50, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, tokens):
        return self.head(torch.tanh(self.mix(self.embed(tokens))))


class Condition(nn.Module):
    """Both branches of a condition that only values decide."""

    def __init__(self):
        super().__init__()
        self.wide = nn.Linear(6, 20)
        self.back = nn.Linear(20, 6)
        self.narrow = nn.Linear(6, 6)

    def forward(self, x):
        return torch.cond(x.sum() > 0, lambda x: self.back(self.wide(x)), lambda x: self.narrow(x), (x,))


class Integers(nn.Module):
    """An integer beside tensors: how many tokens of the prompt are kept."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(30, 8)
        self.head = nn.Linear(8, 30)

    def forward(self, tokens, keep: int):
        return self.head(self.embed(tokens)[:, :keep])


class Pair(nn.Module):
    """Two tensors of the same batch, and other lengths."""

    def __init__(self):
        super().__init__()
        self.query = nn.Linear(8, 8)
        self.key = nn.Linear(6, 8)

    def forward(self, queries, keys):
        return torch.bmm(self.query(queries), self.key(keys).transpose(1, 2)).softmax(-1)


class Mapping(nn.Module):
    """A dictionary in, a dictionary out."""

    def __init__(self):
        super().__init__()
        self.left = nn.Linear(5, 7)
        self.right = nn.Linear(3, 7)

    def forward(self, batch: Dict[str, Tensor]) -> Dict[str, Tensor]:
        left = self.left(batch["left"])
        return {"left": left, "both": left + self.right(batch["right"])}


class Parts(nn.Module):
    """A tuple of tensors in, a tuple out."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, parts: Tuple[Tensor, Tensor], scale: Tensor):
        first, second = parts
        return self.layer(first) * scale, self.layer(second)


class Convolutions(nn.Module):
    """Every convolution: strided, padded, dilated, grouped, transposed."""

    def __init__(self):
        super().__init__()
        self.line = nn.Conv1d(3, 4, 5, stride=2, padding=2)
        self.line_back = nn.ConvTranspose1d(4, 3, 4, stride=2, padding=1)
        self.plane = nn.Conv2d(3, 8, 3, padding="same", dilation=2)
        self.depth = nn.Conv2d(8, 8, (3, 1), padding=(1, 0), groups=8, bias=False)
        self.plane_back = nn.ConvTranspose2d(8, 6, 3, stride=2, padding=1, output_padding=1, groups=2)
        self.room = nn.Conv3d(1, 2, 3, padding=1, padding_mode="replicate")
        self.room_back = nn.ConvTranspose3d(2, 1, 2, stride=2)

    def forward(self, line, plane, room):
        return (self.line_back(self.line(line)), self.plane_back(self.depth(self.plane(plane))),
                self.room_back(self.room(room)))


class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.batch = nn.BatchNorm2d(6)
        self.group = nn.GroupNorm(3, 6)
        self.instance = nn.InstanceNorm2d(6, affine=True)
        self.layer = nn.LayerNorm(8)
        self.rms = nn.RMSNorm(8)
        self.local = nn.LocalResponseNorm(2)
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        x = self.local(self.instance(self.group(self.batch(x))))
        return self.head(self.rms(self.layer(x)))


class Attention(nn.Module):
    """nn.MultiheadAttention with and without weights, a causal call, and grouped queries."""

    def __init__(self):
        super().__init__()
        self.mixed = nn.MultiheadAttention(16, 4, batch_first=True)
        self.crossed = nn.MultiheadAttention(16, 2, kdim=12, vdim=10, batch_first=True)
        self.q = nn.Linear(16, 32, bias=False)
        self.kv = nn.Linear(16, 32, bias=False)
        self.out = nn.Linear(32, 16, bias=False)

    def forward(self, x):
        x = self.mixed(x, x, x, need_weights=False)[0] + self.crossed(x, x[..., :12], x[..., :10])[0]
        batch, tokens, _ = x.shape
        q = self.q(x).view(batch, tokens, 8, 4).transpose(1, 2)
        k, v = self.kv(x).view(batch, tokens, 2, 4, 4).unbind(2)
        y = functional.scaled_dot_product_attention(q, k.transpose(1, 2), v.transpose(1, 2), is_causal=True,
                                                    enable_gqa=True)
        return self.out(y.transpose(1, 2).reshape(batch, tokens, 32))


class Products(nn.Module):
    """Products that are no linear layer."""

    def __init__(self):
        super().__init__()
        self.bags = nn.EmbeddingBag(40, 6, mode="sum")
        self.bilinear = nn.Bilinear(6, 5, 4)
        self.table = nn.Parameter(torch.zeros(3, 6, 7))

    def forward(self, bags, x):
        y = self.bilinear(self.bags(bags), x)
        z = torch.einsum("bi,kij->bkj", self.bags(bags), self.table)
        w = torch.baddbmm(z, z, torch.ones(7, 7, device=z.device).expand(z.shape[0], 7, 7))
        return y, torch.matmul(w, self.table[0].t()), torch.addmm(y, y, y.new_ones(4, 4)), torch.outer(x[0], x[0])


class Resample(nn.Module):
    """Pools and interpolations."""

    def __init__(self):
        super().__init__()
        self.max = nn.MaxPool2d(3, stride=2, padding=1)
        self.average = nn.AvgPool2d(2)
        self.adaptive = nn.AdaptiveAvgPool2d((4, 6))
        self.adaptive_max = nn.AdaptiveMaxPool2d(3)
        self.near = nn.Upsample(scale_factor=2.0)
        self.head = nn.Conv2d(2, 2, 1)

    def forward(self, x):
        y = self.near(self.average(self.max(x)))
        y = functional.interpolate(y, size=(9, 11), mode="bilinear", align_corners=False)
        y = functional.interpolate(self.adaptive(y), scale_factor=1.5, mode="bicubic")
        return self.head(self.adaptive_max(y)), functional.pixel_shuffle(torch.cat((x, x), 1), 2)


class InPlace(nn.Module):
    """Results that overwrite what they are made from, and a buffer that is written."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 6)
        self.register_buffer("calls", torch.zeros(6))

    def forward(self, x):
        y = self.layer(x)
        y.relu_().add_(1).mul_(y)
        y[:, 1:3] = 0
        self.calls.add_(1)
        return functional.hardtanh_(y) + self.calls


class Derived(nn.Module):
    """x [batch, 2 n] against y [batch, n]."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 4)

    def forward(self, x, y):
        return self.layer(x.reshape(x.shape[0], -1, 2, 3).sum(2) + y)


class Chosen(nn.Module):
    """As many rows as values decide: a size that no argument tells."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 6)
        self.rest = nn.Linear(6, 2)

    def forward(self, x, count):
        rows = count.item()
        torch._check(rows >= 2)
        torch._check(rows <= 64)
        return self.rest(self.first(x)), self.rest(x.new_zeros(rows, 6))


class Scaled(nn.Module):
    """A module of our own with hyperparameters that only Python knows."""

    def __init__(self, width: int, factor: float, name: str):
        super().__init__()
        self.width = width
        self.factor = factor
        self.name = name
        self.body = nn.Sequential(nn.Linear(width, 2 * width, bias=False), nn.GELU(), nn.Dropout(0.25),
                                  nn.Linear(2 * width, width))
        self.scales = nn.ParameterList([nn.Parameter(torch.zeros(width)) for _ in range(2)])
        self.heads = nn.ModuleDict({"left": nn.Linear(width, 3), "right": nn.Linear(width, 5)})

    def forward(self, x):
        x = self.body(x) * self.factor * self.scales[0] + self.scales[1]
        return self.heads["left"](x), self.heads["right"](x)


class Small(nn.Module):
    """An image network: convolution, batch norm, pool, linear."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        self.blocks = nn.ModuleList([nn.Conv2d(8, 8, 3, padding=1, groups=4) for _ in range(3)])
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = x + block(x)
        return self.head(x.mean((2, 3)))


class Looped(nn.Module):
    """A loop as long as the input, a condition on sizes, an optional argument."""

    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(6, 8)
        self.odd = nn.Linear(8, 3)
        self.even = nn.Linear(8, 8)

    def forward(self, x, start: Optional[Tensor] = None):
        state = x.new_zeros(x.size(0), 8) if start is None else start
        for step in range(x.size(1)):
            state = self.cell(x[:, step], state)
        if x.size(1) % 2 == 0:
            state = self.even(state)
        return self.odd(state)


class Listed(nn.Module):
    """A list of images of any size, as detectors take it."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, images: List[Tensor]) -> List[Dict[str, Tensor]]:
        results: List[Dict[str, Tensor]] = []
        for image in images:
            results.append({"mean": self.stem(image.unsqueeze(0)).mean((2, 3))})
        return results


class Baked(nn.Module):
    """Traced at batch 1, it believes in batch 1."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(8, 8)

    def forward(self, x):
        return self.layer(x.reshape(1, -1, 8))


class Decoder(nn.Module):
    """Two pre-norm blocks with fused causal attention, as exported language models have them."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(64, 16)
        self.blocks = nn.ModuleList([DecoderBlock() for _ in range(2)])
        self.norm = nn.LayerNorm(16)
        self.head = nn.Linear(16, 64, bias=False)

    def forward(self, tokens):
        x = self.embed(tokens)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


class DecoderBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(16)
        self.qkv = nn.Linear(16, 48)
        self.out = nn.Linear(16, 16)

    def forward(self, x):
        batch, tokens, width = x.shape
        q, k, v = self.qkv(self.norm(x)).view(batch, tokens, 3, 4, 4).permute(2, 0, 3, 1, 4).unbind(0)
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return x + self.out(y.transpose(1, 2).reshape(batch, tokens, width))
