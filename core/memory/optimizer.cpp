// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/optimizer.h"

#include "core/base/nearest.h"
#include "core/base/plain_text.h"
#include "core/base/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <string>
#include <vector>

namespace sunflop {

namespace {

using Tensor = TrainedTensor;
using Settings = OptimizerSettings;

constexpr std::int64_t fp32Bytes = 4;

/// A tensor as a matrix: the innermost dimension and everything else.
struct Sides {
    Count rows = 1;
    Count columns = 1;

    Count shorter() const { return std::min(rows, columns); }
    Count longer() const { return std::max(rows, columns); }
};

Sides sides(const Shape& shape)
{
    if (shape.rank() == 0)
        return {};
    const std::int64_t columns = shape[shape.rank() - 1];
    return {columns == 0 ? Count(0) : Count(shape.elements().value() / columns), columns};
}

bool isHiddenMatrix(const Tensor& t)
{
    return t.isHidden && t.shape.rank() >= 2;
}

/// `copies` tensors of the parameter's shape in the dtype of the states.
Count copies(const Tensor& t, std::int64_t count)
{
    return byteSize(t.shape, t.stateDType) * count;
}

Count none(const Tensor&, const Settings&)
{
    return 0;
}

Count one(const Tensor& t, const Settings&)
{
    return copies(t, 1);
}

Count two(const Tensor& t, const Settings&)
{
    return copies(t, 2);
}

Count three(const Tensor& t, const Settings&)
{
    return copies(t, 3);
}

/// bitsandbytes: one byte an element and a 32-bit maximum per 256; small tensors stay in 32 bit.
Count blockwise8(const Tensor& t, std::int64_t states)
{
    constexpr std::int64_t block = 256;
    constexpr std::int64_t smallest = 4096;
    const Count n = t.shape.elements();
    if (n < Count(smallest))
        return n * fp32Bytes * states;
    return (n + Count((n.value() + block - 1) / block) * fp32Bytes) * states;
}

Count adam8(const Tensor& t, const Settings&)
{
    return blockwise8(t, 2);
}

Count lion8(const Tensor& t, const Settings&)
{
    return blockwise8(t, 1);
}

/// Shazeer and Stern 2018: a row and a column of fp32 means for each matrix of the last two dimensions.
Count adafactor(const Tensor& t, const Settings&)
{
    const Count n = t.shape.elements();
    if (t.shape.rank() < 2)
        return n * fp32Bytes;
    const std::int64_t rows = t.shape[t.shape.rank() - 2];
    const std::int64_t columns = t.shape[t.shape.rank() - 1];
    if (rows == 0 || columns == 0)
        return 0;
    return (Count(n.value() / columns) + Count(n.value() / rows)) * fp32Bytes;
}

Count adafactorMomentum(const Tensor& t, const Settings& s)
{
    return adafactor(t, s) + t.shape.elements() * fp32Bytes;
}

/// The squared gradient, the update and a copy of the parameter.
Count adafactorTemporary(const Tensor& t, const Settings&)
{
    return t.shape.elements() * fp32Bytes * 3;
}

Count muon(const Tensor& t, const Settings&)
{
    return copies(t, isHiddenMatrix(t) ? 1 : 2);
}

/// Newton-Schulz in bf16: two copies of the matrix and two square products of its shorter side.
Count newtonSchulz(const Tensor& t, const Settings&)
{
    if (!isHiddenMatrix(t))
        return copies(t, 1);
    const Count shorter = sides(t.shape).shorter();
    return Count(2 * 2) * t.shape.elements() + Count(2 * 2) * shorter * shorter;
}

/// Gupta et al. 2018: a preconditioner and its root for both sides of a matrix; vectors keep a diagonal.
Count shampoo(const Tensor& t, const Settings&)
{
    if (t.shape.rank() < 2)
        return t.shape.elements() * fp32Bytes;
    const Sides s = sides(t.shape);
    return (s.rows * s.rows + s.columns * s.columns) * (fp32Bytes * 2);
}

/// Zhao et al. 2024: Adam's two states of rank x longer side, and a projector of shorter side x rank.
Count galore(const Tensor& t, const Settings& settings)
{
    if (!isHiddenMatrix(t))
        return copies(t, 2);
    const Sides s = sides(t.shape);
    const Count rank = std::min(Count(settings.rank), s.shorter());
    const std::int64_t bytes = info(t.stateDType).blockBytes;
    return rank * s.longer() * (2 * bytes) + rank * s.shorter() * bytes;
}

} // namespace

std::span<const Optimizer> optimizers()
{
    static constexpr std::array table{
        Optimizer{"adamw", "AdamW", two, one, true, true},
        Optimizer{"adam", "Adam", two, one, true, true},
        Optimizer{"adamw-amsgrad", "AdamW, AMSGrad", three, one, true, true},
        Optimizer{"adamw-8bit", "AdamW, 8 bit (bitsandbytes)", adam8, none},
        Optimizer{"sgd", "SGD", none, none, true},
        Optimizer{"sgd-momentum", "SGD with momentum", one, none, true},
        Optimizer{"adagrad", "Adagrad", one, one, true},
        Optimizer{"rmsprop", "RMSprop", one, one, true},
        Optimizer{"adafactor", "Adafactor", adafactor, adafactorTemporary},
        Optimizer{"adafactor-momentum", "Adafactor with momentum", adafactorMomentum, adafactorTemporary},
        Optimizer{"lion", "Lion", one, one},
        Optimizer{"lion-8bit", "Lion, 8 bit (bitsandbytes)", lion8, none},
        Optimizer{"muon", "Muon, AdamW beside it", muon, newtonSchulz},
        Optimizer{"lamb", "LAMB", two, one},
        Optimizer{"shampoo", "Shampoo", shampoo, one},
        Optimizer{"galore", "GaLore with Adam", galore, one},
    };
    return table;
}

Result<const Optimizer*> optimizerNamed(std::string_view id)
{
    if (const Optimizer* const found = entryNamed(optimizers(), id))
        return found;
    return failure(
        ErrorKind::NotFound, {},
        fmt::format("\"{}\" is no optimizer, {}", shortened(id), expectedName(id, idsOf(optimizers()))));
}

Count stateBytes(const Optimizer& optimizer, const TrainedTensor& tensor, const OptimizerSettings& settings)
{
    const bool counts = optimizer.countsSteps && settings.step == OptimizerStep::Fused;
    return optimizer.stateBytes(tensor, settings) + Count(counts ? fp32Bytes : 0);
}

OptimizerBytes optimizerBytes(const Optimizer& optimizer, std::span<const TrainedTensor> tensors,
                              std::span<const Count> instances, const OptimizerSettings& settings)
{
    assert(tensors.size() == instances.size());
    const bool isFused = settings.step == OptimizerStep::Fused && optimizer.hasForeach;
    const bool isForeach = settings.step == OptimizerStep::Foreach && optimizer.hasForeach;
    OptimizerBytes bytes;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        bytes.states += stateBytes(optimizer, tensors[i], settings) * instances[i];
        const Count temporary = optimizer.temporaryBytes(tensors[i], settings);
        if (isForeach)
            bytes.transient += temporary * instances[i];
        else if (!isFused)
            bytes.transient = std::max(bytes.transient, temporary);
    }
    return bytes;
}

} // namespace sunflop
