// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/memory/overheads.h"
#include "core/memory/states.h"
#include "core/model/held.h"
#include "core/quantisation/quantisation.h"
#include "core/sunflop.h"
#include "tests/support/closed_forms.h"
#include "tests/support/published.h"
#include "tests/support/reference.h"

#include <array>
#include <stdexcept>

namespace sunflop::test {

namespace {

Trace traceOf(const Result<Source>& source, std::string_view dtype)
{
    const std::vector<Assignment> assignments{{"text_tokens", "1"}, {"weight_dtype", std::string(dtype)}};
    const auto traced = source.and_then([&](const Source& opened) {
        return inputsOf(opened)
            .and_then([&](const std::vector<Input>& offered) { return Workload::from(offered, assignments); })
            .and_then([&](const Workload& workload) { return trace(opened, workload); });
    });
    if (!traced)
        throw std::runtime_error(traced.error().text());
    return *traced;
}

/// Llama-2-7B has the shapes of the first Llama-7B.
Trace llama7b()
{
    return referenceTrace("huggyllama--llama-7b");
}

Trace llama65b()
{
    return referenceTrace("huggyllama--llama-65b");
}

Count bytesUnder(const Trace& trace, std::string_view quantisation)
{
    return weightBytesOf(trace, quantisationNamed(quantisation).value()).bytes();
}

Prediction ggufBits(std::string_view id)
{
    const std::string_view file = id.substr(std::string_view("gguf-llama31-8b-").size());
    // llama.cpp's table was made with an importance matrix except for the two that it says.
    const bool isGuided = file != "iq4_xs" && file != "iq4_nl";
    const Quantisation method = gguf({.file = ggufFileNamed(file).value(), .hasImportanceMatrix = isGuided});
    return {{weightBytesOf(bundledTrace("llama-3.1-8b"), method).bitsPerWeight()}};
}

Prediction bertBase(std::string_view)
{
    constexpr std::int64_t h = 768;
    constexpr std::int64_t layer = 4 * (h * h + h) + 2 * h * 4 * h + 4 * h + h + 4 * h;
    constexpr std::int64_t embeddings = (28996 + 512 + 2 + 2) * h;
    constexpr std::int64_t params = embeddings + 12 * layer + h * h + h;
    // position_ids and token_type_ids.
    return {{bytesIn(byteSize({params}, DType::F32) + byteSize({2, 512}, DType::I64), mebibyte)}};
}

Prediction resnet50(std::string_view)
{
    // Weights, running means and variances, 53 counts of batches; the largest is a 3 x 3 convolution.
    const Count all = byteSize({25'557'032 + 53'120}, DType::F32) + byteSize({53}, DType::I64);
    return {{bytesIn(all, mebibyte), bytesIn(byteSize({512, 512, 3, 3}, DType::F32), mebibyte)}};
}

Prediction idefics(std::string_view)
{
    constexpr double params = 80e9;
    return {{4 * params / gibibyte, 2 * params / gibibyte, params / gibibyte, params / 2 / gibibyte}};
}

Prediction gptqFiles(std::string_view)
{
    const Trace model = llama7b();
    std::vector<std::optional<double>> sizes;
    for (const std::string_view id : {"gptq-4-g128", "gptq-4-g64", "gptq-4-g32", "awq-4-g128"})
        sizes.emplace_back(bytesIn(bytesUnder(model, id), gigabyte));
    return {sizes};
}

Prediction doubleQuantisation(std::string_view)
{
    const Shape matrix{22016, 8192};
    std::vector<std::optional<double>> bits;
    for (const bool isDouble : {false, true}) {
        const PackedBytes bytes = packedBytes(matrix, packing::bitsandbytes4("nf4", isDouble));
        bits.emplace_back(8.0 * bytesIn(bytes.companions, 1) / bytesIn(matrix.elements(), 1));
    }
    return {bits};
}

/// GPTBigCode: one key head of 128 beside 48 query heads, MLP of four times the width, tied head.
Prediction octocoder(std::string_view id)
{
    constexpr std::int64_t h = 6144;
    constexpr std::int64_t params = 15'517'456'384;
    constexpr std::int64_t linear = 40 * (h * (h + 2 * 128) + h * h + 2 * 4 * h * h);
    const bool is8Bit = id == "hf-octocoder-int8";
    const WeightFormat format = is8Bit ? packing::bitsandbytesInt8() : packing::bitsandbytes4("nf4", false);
    const Count rest = Count(2) * (params - linear);
    if (id == "hf-octocoder-bf16")
        return {{2 * static_cast<double>(params) / gibibyte}};
    return {{bytesIn(packedBytes({linear / h, h}, format).total() + rest, gibibyte)}};
}

/// Whole files and loaded models.
std::vector<PublishedFigure> publishedSizes()
{
    std::vector<PublishedFigure> figures;
    for (const std::string_view id :
         {"gguf-llama31-8b-iq1_s",   "gguf-llama31-8b-iq1_m",  "gguf-llama31-8b-iq2_xxs",
          "gguf-llama31-8b-iq2_xs",  "gguf-llama31-8b-iq2_s",  "gguf-llama31-8b-iq2_m",
          "gguf-llama31-8b-iq3_xxs", "gguf-llama31-8b-iq3_xs", "gguf-llama31-8b-iq3_s",
          "gguf-llama31-8b-iq3_m",   "gguf-llama31-8b-iq4_xs", "gguf-llama31-8b-iq4_nl",
          "gguf-llama31-8b-q2_k_s",  "gguf-llama31-8b-q2_k",   "gguf-llama31-8b-q3_k_s",
          "gguf-llama31-8b-q3_k_l",  "gguf-llama31-8b-q4_k_s", "gguf-llama31-8b-q4_k_m",
          "gguf-llama31-8b-q5_k_s",  "gguf-llama31-8b-q5_k_m", "gguf-llama31-8b-q6_k",
          "gguf-llama31-8b-q8_0",    "gguf-llama31-8b-f16"})
        figures.push_back({id, ggufBits});
    const auto add = [&](std::string_view id, Prediction (*predict)(std::string_view)) {
        figures.push_back({id, predict});
    };
    add("gguf-llama2-7b-q4km-buffers", [](std::string_view) -> Prediction {
        return {{bytesIn(bytesUnder(llama7b(), "gguf-q4_k_m"), mebibyte)}};
    });
    add("gguf-llama31-8b-q4km-buffers", [](std::string_view) -> Prediction {
        return {{bytesIn(bytesUnder(bundledTrace("llama-3.1-8b"), "gguf-q4_k_m"), mebibyte)}};
    });
    add("gguf-llama2-7b-f16-buffers", [](std::string_view) -> Prediction {
        return {{bytesIn(bytesUnder(llama7b(), "gguf-f16"), mebibyte)}};
    });
    add("llama2-7b-bf16",
        [](std::string_view) -> Prediction { return {{bytesIn(bytesUnder(llama7b(), "none"), gibibyte)}}; });
    add("vllm-llama3-8b-weights", [](std::string_view) -> Prediction {
        return {{bytesIn(bytesUnder(bundledTrace("llama-3-8b"), "none"), gibibyte)}};
    });
    return figures;
}

} // namespace

Trace bundledTrace(std::string_view model, std::string_view dtype)
{
    return traceOf(open(model), dtype);
}

Trace referenceTrace(std::string_view config, std::string_view dtype)
{
    const auto path = referenceFolder() / "configs" / (std::string(config) + ".json");
    return traceOf(openFile(path), dtype);
}

double paramsOf(const Trace& trace)
{
    Count params;
    for (const HeldTensor& tensor : heldTensors(trace))
        params +=
            trace.parameters[static_cast<std::size_t>(tensor.parameter)].shape.elements() * tensor.instances;
    return bytesIn(params, 1);
}

std::vector<PublishedFigure> publishedWeights()
{
    std::vector<PublishedFigure> figures = publishedSizes();
    const auto add = [&](std::string_view id, Prediction (*predict)(std::string_view)) {
        figures.push_back({id, predict});
    };
    add("acc-bert-base", bertBase);
    add("acc-resnet50", resnet50);
    add("acc-idefics80b", idefics);
    add("hf-anatomy-bert-large", [](std::string_view) -> Prediction {
        return {{bytesIn(byteSize({335'140'000}, DType::F32), mebibyte)}};
    });
    add("qlora-dq", doubleQuantisation);
    add("qlora-65b-saving", [](std::string_view) -> Prediction {
        const Trace model = llama65b();
        return {{bytesIn(bytesUnder(model, "bnb-nf4") - bytesUnder(model, "bnb-nf4-dq"), gigabyte)}};
    });
    add("qlora-65b-48", [](std::string_view) -> Prediction {
        return {{bytesIn(bytesUnder(llama65b(), "bnb-nf4-dq"), gigabyte)}, Bound::AtMost};
    });
    add("qlora-7b-parts", [](std::string_view) -> Prediction {
        return {{{}, {}, {}, bytesIn(bytesUnder(llama7b(), "bnb-nf4-dq"), 1e6)}};
    });
    add("gptq-llama2-7b", gptqFiles);
    for (const std::string_view id : {"hf-octocoder-bf16", "hf-octocoder-int8", "hf-octocoder-int4"})
        add(id, octocoder);
    add("lora-r8-qv", [](std::string_view) -> Prediction {
        constexpr std::array<std::string_view, 2> adapted{"q_proj", "v_proj"};
        return {{bytesIn(loraParams(llama7b(), adapted, 8), 1)}};
    });
    return figures;
}

} // namespace sunflop::test
