# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way of calling the operators that calflops and fvcore have a rule for, a module each: as a module, as a function
of torch.nn.functional or of torch, as a tensor's method, with a sign, and in place. The classes are written to a file,
since TorchScript reads their source."""

import importlib.util
import pathlib

import torch

# Arguments of a call: x [2, 4, 8], y the same, image [2, 4, 6, 8], volume [1, 2, 4, 4, 6], row [2, 8], v [8].
X = (2, 4, 8)
SIZES = {"x": X, "y": X, "image": (2, 4, 6, 8), "volume": (1, 2, 4, 4, 6), "row": (2, 8), "v": (8,)}

# Calls of modules: what is made once, and what it is given.
MODULES = {
    "linear": ("nn.Linear(8, 5)", "x"), "linear_plain": ("nn.Linear(8, 5, bias=False)", "x"),
    "relu": ("nn.ReLU()", "x"), "relu_in_place": ("nn.ReLU(inplace=True)", "x.clone()"),
    "silu": ("nn.SiLU()", "x"), "silu_in_place": ("nn.SiLU(inplace=True)", "x.clone()"),
    "leaky": ("nn.LeakyReLU()", "x"), "leaky_in_place": ("nn.LeakyReLU(inplace=True)", "x.clone()"),
    "elu": ("nn.ELU()", "x"), "elu_in_place": ("nn.ELU(inplace=True)", "x.clone()"),
    "relu6": ("nn.ReLU6()", "x"), "relu6_in_place": ("nn.ReLU6(inplace=True)", "x.clone()"),
    "selu": ("nn.SELU()", "x"), "celu": ("nn.CELU()", "x"), "rrelu": ("nn.RReLU()", "x"), "prelu": ("nn.PReLU()", "x"),
    "gelu": ("nn.GELU()", "x"), "gelu_tanh": ("nn.GELU(approximate='tanh')", "x"), "mish": ("nn.Mish()", "x"),
    "sigmoid": ("nn.Sigmoid()", "x"), "tanh": ("nn.Tanh()", "x"), "hardswish": ("nn.Hardswish()", "x"),
    "hardsigmoid": ("nn.Hardsigmoid()", "x"), "hardtanh": ("nn.Hardtanh()", "x"), "softplus": ("nn.Softplus()", "x"),
    "tanhshrink": ("nn.Tanhshrink()", "x"), "softsign": ("nn.Softsign()", "x"), "glu": ("nn.GLU()", "x"),
    "softmax": ("nn.Softmax(-1)", "x"), "softmin": ("nn.Softmin(-1)", "x"), "log_softmax": ("nn.LogSoftmax(-1)", "x"),
    "softmax2d": ("nn.Softmax2d()", "image"), "dropout": ("nn.Dropout()", "x"),
    "layer_norm": ("nn.LayerNorm(8)", "x"), "layer_norm_plain": ("nn.LayerNorm(8, elementwise_affine=False)", "x"),
    "group_norm": ("nn.GroupNorm(2, 4)", "image"), "group_norm_plain": ("nn.GroupNorm(2, 4, affine=False)", "image"),
    "batch_norm": ("nn.BatchNorm2d(4)", "image"), "batch_norm_plain": ("nn.BatchNorm2d(4, affine=False)", "image"),
    "batch_norm_own": ("nn.BatchNorm2d(4, track_running_stats=False)", "image"),
    "instance_norm": ("nn.InstanceNorm2d(4)", "image"),
    "instance_norm_affine": ("nn.InstanceNorm2d(4, affine=True)", "image"),
    "response_norm": ("nn.LocalResponseNorm(2)", "image"),
    "conv1d": ("nn.Conv1d(4, 6, 3, padding=1)", "x"), "conv2d": ("nn.Conv2d(4, 6, 3, stride=2)", "image"),
    "conv2d_groups": ("nn.Conv2d(4, 6, 3, groups=2, bias=False)", "image"),
    "conv2d_same": ("nn.Conv2d(4, 6, (4, 3), padding='same')", "image"),
    "conv2d_valid": ("nn.Conv2d(4, 6, 2, padding='valid')", "image"),
    "conv2d_circular": ("nn.Conv2d(4, 6, 3, padding=1, padding_mode='circular')", "image"),
    "conv3d": ("nn.Conv3d(2, 3, 2, dilation=2)", "volume"),
    "transposed1d": ("nn.ConvTranspose1d(4, 6, 3, stride=2)", "x"),
    "transposed2d": ("nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1)", "image"),
    "transposed2d_plain": ("nn.ConvTranspose2d(4, 6, 3, bias=False)", "image"),
    "transposed2d_groups": ("nn.ConvTranspose2d(4, 6, 3, groups=2)", "image"),
    "transposed2d_small": ("nn.ConvTranspose2d(4, 6, (9, 2), stride=2)", "image"),
    "transposed3d": ("nn.ConvTranspose3d(2, 3, 2)", "volume"),
    "max_pool1d": ("nn.MaxPool1d(2)", "x"), "max_pool2d": ("nn.MaxPool2d(2)", "image"),
    "max_pool3d": ("nn.MaxPool3d(2)", "volume"), "avg_pool1d": ("nn.AvgPool1d(2)", "x"),
    "avg_pool2d": ("nn.AvgPool2d(2)", "image"), "avg_pool3d": ("nn.AvgPool3d(2)", "volume"),
    "adaptive_avg_pool1d": ("nn.AdaptiveAvgPool1d(2)", "x"), "adaptive_avg_pool2d": ("nn.AdaptiveAvgPool2d(2)", "image"),
    "adaptive_avg_pool3d": ("nn.AdaptiveAvgPool3d(2)", "volume"), "adaptive_max_pool1d": ("nn.AdaptiveMaxPool1d(2)", "x"),
    "adaptive_max_pool2d": ("nn.AdaptiveMaxPool2d(2)", "image"),
    "adaptive_max_pool3d": ("nn.AdaptiveMaxPool3d(2)", "volume"),
    "lp_pool1d": ("nn.LPPool1d(2, 2)", "x"), "lp_pool2d": ("nn.LPPool2d(2, 2)", "image"),
    "upsample_size": ("nn.Upsample(size=(12, 20))", "image"), "upsample_factor": ("nn.Upsample(scale_factor=2.0)", "image"),
    "upsample_bilinear": ("nn.Upsample(size=(12, 20), mode='bilinear', align_corners=False)", "image"),
    "pixel_shuffle": ("nn.PixelShuffle(2)", "image"), "bilinear": ("nn.Bilinear(8, 8, 3)", "x, y"),
    "cosine": ("nn.CosineSimilarity(-1)", "x, y"), "identity": ("nn.Identity()", "x"),
    "rnn": ("nn.RNN(8, 5, num_layers=2)", "x"), "gru": ("nn.GRU(8, 5, batch_first=True, bias=False)", "x"),
    "lstm": ("nn.LSTM(8, 5, bidirectional=True, num_layers=2)", "x"), "lstm_projected": ("nn.LSTM(8, 5, proj_size=3)", "x"),
    "rnn_cell": ("nn.RNNCell(8, 5)", "row"), "gru_cell": ("nn.GRUCell(8, 5, bias=False)", "row"),
    "lstm_cell": ("nn.LSTMCell(8, 5)", "row"), "attention": ("nn.MultiheadAttention(8, 2)", "x, x, x, need_weights=False"),
    "encoder": ("nn.TransformerEncoderLayer(8, 2, 16)", "x"),
}
PAIRS = ("nn.RNN(", "nn.GRU(", "nn.LSTM(", "nn.LSTMCell(", "nn.MultiheadAttention(")  # return the result and more

# What fvcore and PyTorch check their own counters with, at the sizes that they take; tst_peers.cpp derives the figures.
MODULES |= {
    "same_size": ("nn.Conv2d(10, 3, 3, padding=1)", "torch.zeros(5, 10, 15, 15)"),
    "every_second": ("nn.Conv2d(10, 6, 3, stride=2, padding=1)", "torch.zeros(2, 10, 20, 20)"),
    "four_groups": ("nn.Conv2d(16, 8, 5, padding=2, groups=4)", "torch.zeros(5, 16, 15, 15)"),
    "eight_groups": ("nn.Conv2d(16, 8, 3, padding=1, groups=8)", "torch.zeros(5, 16, 15, 15)"),
    "sequence": ("nn.Conv1d(10, 3, 3, padding=1)", "torch.zeros(5, 10, 15)"),
    "cube": ("nn.Conv3d(10, 3, 3, padding=1)", "torch.zeros(5, 10, 15, 15, 15)"),
    "back": ("nn.ConvTranspose2d(10, 3, 3, padding=1)", "torch.zeros(5, 10, 15, 15)"),
    "back_by_two": ("nn.ConvTranspose2d(10, 3, 3, stride=2, padding=1)", "torch.zeros(5, 10, 15, 15)"),
    "back_by_three": ("nn.ConvTranspose2d(10, 3, 3, stride=3, padding=1, output_padding=2)", "torch.zeros(5, 10, 15, 15)"),
    "back_small": ("nn.ConvTranspose2d(1, 1, 2, bias=False)", "torch.zeros(1, 1, 2, 2)"),
    "back_twice_as_large": ("nn.ConvTranspose2d(4, 8, (2, 2), stride=2)", "torch.zeros(1, 4, 30, 2)"),
    "one_to_one": ("nn.Conv2d(1, 1, 1, bias=False)", "torch.zeros(1, 1, 2, 2)"),
    "rows": ("nn.Linear(10, 20)", "torch.zeros(5, 10)"), "planes": ("nn.Linear(10, 20)", "torch.zeros(5, 5, 10)"),
    "hundred": ("nn.BatchNorm1d(10, affine=False)", "torch.zeros(10, 10)"),
    "own_images": ("nn.BatchNorm2d(10, affine=False, track_running_stats=False)", "torch.zeros(10, 10, 5, 5)"),
    "own_volumes": ("nn.BatchNorm3d(10, affine=False, track_running_stats=False)", "torch.zeros(10, 10, 5, 5, 5)"),
    "three": ("nn.Sequential(nn.Conv2d(2, 5, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 3), nn.Linear(3, 1))",
              "torch.zeros(4, 2, 10, 10)"),
    "repeated": ("(lambda layer: nn.Sequential(layer, nn.ReLU(), layer))(nn.Linear(8, 8))", "x"),
}

# Calls of one function, method or sign.
CALLS = {
    "f_relu": "F.relu(x)", "f_relu_in_place": "F.relu(x.clone(), inplace=True)", "torch_relu": "torch.relu(x)",
    "method_relu": "x.relu()", "method_relu_in_place": "x.clone().relu_()", "f_relu_underscore": "F.relu_(x.clone())",
    "f_silu": "F.silu(x)", "f_gelu": "F.gelu(x)", "f_elu": "F.elu(x)", "f_leaky_relu": "F.leaky_relu(x)",
    "f_selu": "F.selu(x)", "torch_selu": "torch.selu(x)", "torch_celu": "torch.celu(x)", "f_relu6": "F.relu6(x)",
    "f_hardtanh": "F.hardtanh(x)", "f_prelu": "F.prelu(x, v[:4])", "torch_prelu": "torch.prelu(x, v[:4])",
    "f_rrelu": "F.rrelu(x)", "f_hardswish": "F.hardswish(x)", "f_threshold": "F.threshold(x, 0.1, 0.0)",
    "f_softmax": "F.softmax(x, dim=-1)", "torch_softmax": "torch.softmax(x, dim=-1)", "method_softmax": "x.softmax(-1)",
    "f_log_softmax": "F.log_softmax(x, dim=-1)", "f_softmin": "F.softmin(x, dim=-1)",
    "f_normalize": "F.normalize(x, dim=-1)", "f_linear": "F.linear(x, y[0])", "f_bilinear": "F.bilinear(x, y, torch.zeros(3, 8, 8))",
    "f_layer_norm": "F.layer_norm(x, [8])", "torch_layer_norm": "torch.layer_norm(x, [8])",
    "f_batch_norm": "F.batch_norm(image, v[:4], v[:4])", "f_batch_norm_training": "F.batch_norm(image, v[:4].clone(), v[:4].clone(), training=True)",
    "f_group_norm": "F.group_norm(image, 2)", "torch_group_norm": "torch.group_norm(image, 2)",
    "f_instance_norm": "F.instance_norm(image)",
    "f_conv1d": "F.conv1d(x, torch.zeros(6, 4, 3))", "torch_conv2d_by_f": "F.conv2d(image, torch.zeros(6, 4, 3, 3))",
    "f_conv_transpose2d": "F.conv_transpose2d(image, torch.zeros(4, 6, 3, 3), v[:6])",
    "f_max_pool2d": "F.max_pool2d(image, 2)", "torch_max_pool2d": "torch.max_pool2d(image, [2, 2])",
    "f_avg_pool1d": "F.avg_pool1d(x, 2)", "f_avg_pool2d": "F.avg_pool2d(image, 2)",
    "f_adaptive_avg_pool2d": "F.adaptive_avg_pool2d(image, [1, 1])",
    "f_upsample": "F.upsample(image, size=[12, 20])", "f_interpolate": "F.interpolate(image, size=[12, 20], mode='bicubic')",
    "f_interpolate_factor": "F.interpolate(image, scale_factor=2.0)", "f_grid_sample": "F.grid_sample(image, torch.zeros(2, 3, 5, 2), align_corners=False)",
    "f_pad": "F.pad(x, [1, 1])", "f_pad_reflect": "F.pad(x, [1, 1], mode='reflect')",
    "f_embedding": "F.embedding(x.long(), y[0])", "f_cosine": "F.cosine_similarity(x, y, dim=-1)",
    "f_mse": "F.mse_loss(x, y)", "f_dropout": "F.dropout(x, 0.5, True)", "f_dropout_in_place": "F.dropout(x.clone(), 0.5, True, True)",
    "torch_matmul": "torch.matmul(x, y.transpose(1, 2))", "method_matmul": "x.matmul(y.transpose(1, 2))",
    "sign_matmul": "x @ y.transpose(1, 2)", "matmul_broadcast": "torch.matmul(x, y[0].t())",
    "matmul_left": "torch.matmul(x[0], y.transpose(1, 2))", "matmul_column": "torch.matmul(x, v.unsqueeze(-1))",
    "torch_mm": "torch.mm(x[0], y[0].t())", "method_mm": "x[0].mm(y[0].t())", "torch_bmm": "torch.bmm(x, y.transpose(1, 2))",
    "method_bmm": "x.bmm(y.transpose(1, 2))", "torch_mv": "torch.mv(x[0], v)", "torch_dot": "torch.dot(v, v)",
    "torch_addmm": "torch.addmm(v[:4], x[0], y[0].t())", "method_addmm": "row[:, :4].addmm(row, y[0].t())",
    "torch_baddbmm": "torch.baddbmm(x[:, :, :4], x, y.transpose(1, 2))",
    "method_baddbmm": "x[:, :, :4].baddbmm(x, y.transpose(1, 2))", "torch_addbmm": "torch.addbmm(x[0, :, :4], x, y.transpose(1, 2))",
    "torch_inner": "torch.inner(x, y)", "torch_outer": "torch.outer(v, v)", "torch_tensordot": "torch.tensordot(x[0], y[0].t(), 1)",
    "einsum_pairs": "torch.einsum('bij,bkj->bik', x, y)", "einsum_inner": "torch.einsum('nct,ncp->ntp', x, y)",
    "einsum_three": "torch.einsum('bij,bkj,bkm->bim', x, y, y)", "einsum_sum": "torch.einsum('bij->j', x)",
    "einsum_outer": "torch.einsum('i,j->ij', v, v)", "einsum_dots": "torch.einsum('...ij,...kj->...ik', x, y)",
    "einsum_weighted": "torch.einsum('bi,bijk->jk', row[:, :4], image)", "einsum_implicit": "torch.einsum('bij,jk', x, y[0].t())",
    "torch_add": "torch.add(x, y)", "method_add": "x.add(y)", "sign_add": "x + y", "add_in_place": "x.clone().add_(y)",
    "add_number": "x + 2.0", "number_add": "2.0 + x", "add_vector": "x + v", "add_to_vector": "v + x",
    "torch_mul": "torch.mul(x, y)", "method_mul": "x.mul(y)", "sign_mul": "x * y", "mul_in_place": "x.clone().mul_(y)",
    "mul_number": "x * 2.0", "mul_vector": "v * x", "multiply": "torch.multiply(x, y)", "torch_sub": "torch.sub(x, y)",
    "sign_sub": "x - y", "number_sub": "1.0 - x", "sign_div": "x / y", "number_div": "1.0 / x",
    "negative": "-x", "sign_pow": "x ** 2.0", "rsqrt": "torch.rsqrt(x)", "mean": "x.mean(-1)", "sum": "x.sum(-1)",
    "exp": "x.exp()", "cos": "x.cos()", "sqrt": "torch.sqrt(x)", "addcmul": "torch.addcmul(x, x, y)",
    "cumsum": "x.cumsum(-1)", "norm": "x.norm()", "argmax": "x.argmax(-1)", "max": "x.max()", "max_dim": "x.max(-1)[0]",
    "maximum": "torch.maximum(x, y)", "where": "torch.where(x > y, x, y)", "masked_fill": "x.masked_fill(x > 0, 1.0)",
    "masked_fill_in_place": "x.clone().masked_fill_(y > 0, 1.0)", "clamp": "x.clamp(0.0, 1.0)", "clamp_in_place": "x.clone().clamp_(0.0, 1.0)",
    "clamp_min": "x.clamp_min(0.0)", "floor": "x.floor()", "ceil": "x.ceil()", "remainder": "x % 2.0",
    "roll": "torch.roll(x, [1], [1])", "flip": "x.flip([1])", "gather": "x.gather(1, y.long())", "index": "x[:, [0, 1]]",
    "index_select": "x.index_select(1, torch.zeros(2).long())", "cat": "torch.cat([x, y])", "stack": "torch.stack([x, y])",
    "clone": "x.clone()", "to": "x.to(torch.float64)", "double": "x.double()", "type_as": "x.type_as(y.double())", "repeat": "x.repeat(2, 1, 1)",
    "reshape": "x.transpose(0, 1).reshape(8, 8)", "contiguous": "x.transpose(0, 1).contiguous()", "tril": "x.tril()",
    "flatten": "x.transpose(0, 1).flatten(1)", "equal": "x == y", "less": "x < y", "greater": "x >= y", "invert": "~(x > y)",
    "both": "(x > y) & (y > x)", "zeros_like": "torch.zeros_like(x)", "new_zeros": "x.new_zeros([2])", "sort": "x.sort(-1)[0]",
}

CALLS |= {
    "matrices": "torch.matmul(torch.zeros(20, 10), torch.zeros(10, 100))",
    "batch_of_one": "torch.matmul(torch.zeros(1, 20, 10), torch.zeros(1, 10, 100))",
    "batches": "torch.matmul(torch.zeros(2, 2, 20, 10), torch.zeros(2, 2, 10, 100))",
    "one_by_matrix": "torch.matmul(torch.zeros(1, 20, 10), torch.zeros(10, 100))",
    "two_by_matrix": "torch.matmul(torch.zeros(2, 20, 10), torch.zeros(10, 100))",
    "pairs": "torch.bmm(torch.zeros(2, 5, 2), torch.zeros(2, 2, 12))",
    "einsum_first": "torch.einsum('nct,ncp->ntp', torch.zeros(1, 5, 2), torch.zeros(1, 5, 12))",
    "einsum_second": "torch.einsum('ntg,ncg->nct', torch.zeros(1, 2, 6), torch.zeros(1, 5, 6))",
    "einsum_third": "torch.einsum('nc,nchw->hw', torch.zeros(3, 4), torch.zeros(3, 4, 2, 3))",
    "given": "F.batch_norm(torch.zeros(2, 2, 2, 2), v[:2], v[:2], v[:2], v[:2])",
    "given_plain": "F.batch_norm(torch.zeros(2, 2, 2, 2), v[:2], v[:2])",
    "learnt": "F.batch_norm(torch.zeros(2, 2, 2, 2), v[:2].clone(), v[:2].clone(), v[:2], v[:2], True)",
    "grouped": "F.group_norm(torch.zeros(2, 2, 2, 2), 2, v[:2], v[:2])", "grouped_plain": "F.group_norm(torch.zeros(2, 2, 2, 2), 2)",
    "doubled": "F.interpolate(torch.zeros(2, 2, 2, 2), None, 2.0, 'bilinear', False)",
    "three_by_five": "torch.mm(torch.zeros(3, 4), torch.zeros(4, 5))", "four_by_six": "torch.mm(torch.zeros(4, 5), torch.zeros(5, 6))",
    "three_of_them": "torch.bmm(torch.zeros(3, 4, 5), torch.zeros(3, 5, 6))",
    "added": "torch.addmm(torch.zeros(4, 6), torch.zeros(4, 5), torch.zeros(5, 6))",
    "added_column": "torch.addmm(torch.zeros(4, 1), torch.zeros(4, 5), torch.zeros(5, 6))",
    "added_row": "torch.addmm(torch.zeros(6), torch.zeros(4, 5), torch.zeros(5, 6), beta=0.5, alpha=0.5)",
    "added_three": "torch.baddbmm(torch.zeros(3, 4, 6), torch.zeros(3, 4, 5), torch.zeros(3, 5, 6))",
    "padded_images": "torch.conv2d(torch.zeros(2, 3, 6, 6), torch.zeros(6, 3, 4, 4), padding=1)",
    "padded_sequence": "torch.conv1d(torch.zeros(2, 3, 6), torch.zeros(6, 3, 4), padding=1)",
    "squared": "torch.mm(x[0, :, :4], x[0, :, :4])", "einsum_matrices": "torch.einsum('ab,bc->ac', torch.zeros(6, 7), torch.zeros(7, 8))",
}


# Operators that LibTorch 1.13 gives no shapes for; a counted function behind each has its work from the shape.
CALLS |= {name: f"F.relu(({call}).float())" for name, call in {
    "f_softsign": "F.softsign(x)", "abs": "x.abs()", "isinf": "x.isinf()", "isfinite": "torch.isfinite(x)",
    "logical_not": "x.logical_not()", "diag": "torch.diag(v)", "median": "x.median(1)[0]", "kthvalue": "x.kthvalue(2, 1)[0]",
    "corrcoef": "x[0].corrcoef()", "pinverse": "x[0].pinverse()", "quantile": "torch.quantile(x, 0.5, 1)",
    "take_along_dim": "torch.take_along_dim(x, y[:, :2].long(), 1)", "one_hot": "F.one_hot(x.long(), 5)",
    "multinomial": "row.multinomial(3)", "f_lp_pool1d": "F.lp_pool1d(x, 2.0, 2)", "f_lp_pool2d": "F.lp_pool2d(image, 2.0, [2, 3])",
}.items()}


def source():
    """The text of the file of classes; "Spelled" calls each of them once."""
    names = ", ".join(SIZES)
    lines = ["import torch", "import torch.nn.functional as F", "from torch import nn, Tensor", ""]
    for name, call in CALLS.items():
        lines += ["", f"class {name.title().replace('_', '')}(nn.Module):",
                  f"    def forward(self, {', '.join(n + ': Tensor' for n in SIZES)}):", f"        return {call}", ""]
    lines += ["", "class Spelled(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    lines += [f"        self.{name} = {made}" for name, (made, _) in MODULES.items()]
    lines += [f"        self.call_{name} = {name.title().replace('_', '')}()" for name in CALLS]
    lines += ["", f"    def forward(self, {', '.join(n + ': Tensor' for n in SIZES)}):", "        results = []"]
    lines += [f"        results.append(self.{name}({given}){'[0]' if made.startswith(PAIRS) else ''}.float().sum())"
              for name, (made, given) in MODULES.items()]
    lines += [f"        results.append(self.call_{name}({names}).float().sum())" for name in CALLS]
    return "\n".join(lines + ["        return torch.stack(results)", ""])


def spelled(folder):
    path = pathlib.Path(folder) / "spelled_classes.py"
    path.write_text(source(), encoding="utf-8")
    specification = importlib.util.spec_from_file_location("spelled_classes", path)
    classes = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(classes)
    return classes.Spelled().eval(), tuple(torch.rand(size) for size in SIZES.values())
