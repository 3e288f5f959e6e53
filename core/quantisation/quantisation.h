// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Quantisation methods: which weights they store how, and the bytes of a model under one of them.

#include "core/model/held.h"
#include "core/model/workload.h"
#include "core/quantisation/gguf_mix.h"
#include "core/quantisation/module_names.h"
#include "core/quantisation/weight_format.h"
#include "core/quantisation/weight_kind.h"

#include <optional>
#include <string>
#include <vector>

namespace sunflop {

/// Weights of these kinds in these modules get `format`.
struct StorageRule {
    std::vector<WeightKind> kinds;      ///< empty: all
    ModuleNames modules;                ///< empty: all
    std::optional<WeightFormat> format; ///< nothing: they stay as they are
    bool onlyLinears = false;     ///< weights of torch.nn.Linear modules, not a module's own stacked matrices
    std::int64_t rowMultiple = 1; ///< rows of other lengths stay as they are
};

/// A llama-quantize file: the mix decides instead of rules. Towers lie in a file of their own, in 16 bit.
struct GgufChoice {
    GgufFile file = GgufFile::Q4_K_M;
    bool hasImportanceMatrix = false;
};

/// A method. The first rule that fits a weight decides; what none fits keeps its own dtype, or `rest`.
struct Quantisation {
    std::string id;
    std::string title;
    std::vector<StorageRule> rules;
    std::optional<DType> rest; ///< dtype that unquantised floating-point weights are cast to
    std::optional<GgufChoice> gguf;
};

/// A stored parameter: `count` equal instances.
struct PackedWeight {
    std::int32_t parameter = 0; ///< index into Trace::parameters; of tied ones the first
    std::string format;
    Count count = 1;
    PackedBytes each;
};

/// A model's weights under a method. Tied tensors count once.
struct QuantisedWeights {
    std::vector<PackedWeight> weights;
    std::vector<PackedBytes> modules; ///< by module, everything below it, all instances
    Count elements;                   ///< of all weights
    Count bytes() const { return modules.front().total(); }
    /// Bits per weight of the whole model.
    double bitsPerWeight() const;
};

/// The methods with their usual settings, "none" first. Others are made by the functions below.
std::vector<Quantisation> quantisations();
/// A method by id; "gptq-<bits>-g<group>", "awq-...", "hqq-..." with any bits 2 to 8 and any group, and
/// "gguf-<file type>" included.
Result<Quantisation> quantisationNamed(std::string_view id);

/// Kinds that torch.nn.Linear modules other than the head are of.
std::vector<WeightKind> linearKinds();
/// Those and the head.
std::vector<WeightKind> matrixKinds();
/// All linear layers but the head, as bitsandbytes replaces them; what it stores as module parameters stays.
Quantisation bitsandbytes(WeightFormat format, std::string title);
/// Matrices of the language model's layers; router, head, embeddings and towers stay.
Quantisation layerMatrices(WeightFormat format, std::string title);
/// The experts of a mixture only, as gpt-oss is published.
Quantisation expertMatrices(WeightFormat format, std::string title);
Quantisation gguf(const GgufChoice& choice);

/// The method of a workload's weights; nothing where their dtype says all. Requires a known id.
std::optional<Quantisation> quantisationOf(const Workload& workload);

/// How one distinct tensor is stored. Folded layers are taken apart where a mix, or a list of modules,
/// differs from layer to layer: one entry for every format.
class WeightPacking {
public:
    /// Both must outlive this. What is trained keeps its dtype in training.
    WeightPacking(const Trace& trace, const Quantisation& quantisation, Mode mode = Mode::Inference);

    std::vector<PackedWeight> of(const HeldTensor& tensor) const;
    /// All instances.
    Count bytesOf(const HeldTensor& tensor) const;
    /// The format of a weight's first instance; null: none but its dtype.
    const WeightFormat* formatOf(const Parameter& parameter) const;

private:
    const StorageRule* ruleFor(const Parameter& parameter, WeightKind kind, const std::string& path) const;
    PackedWeight stored(const HeldTensor& tensor, const StorageRule* rule, Count count) const;
    std::vector<PackedWeight> byRules(const HeldTensor& tensor) const;
    std::vector<PackedWeight> byMix(const HeldTensor& tensor) const;
    bool isQuantised(const Parameter& parameter) const;

    const Trace& m_trace;
    const Quantisation& m_quantisation;
    Mode m_mode;
    std::optional<GgufModel> m_mix;
};

/// Bytes of every weight of a trace.
QuantisedWeights weightBytesOf(const Trace& trace, const Quantisation& quantisation,
                               Mode mode = Mode::Inference);

/// Bytes of tensor data in a GGUF file: every tensor padded to `alignment`. Header and tokenizer come on top.
Count ggufFileBytes(const QuantisedWeights& weights, std::int64_t alignment = 32);

} // namespace sunflop
