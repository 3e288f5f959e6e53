// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playback/stored_detail.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace sunflop {

namespace {

/// What is known of a module.
struct Facts {
    std::span<const Parameter* const> held;
    const CallArguments* call = nullptr;

    const Parameter* parameter(std::string_view name) const
    {
        const auto found =
            std::ranges::find(held, name, [](const Parameter* x) { return std::string_view(x->name); });
        return found != held.end() ? *found : nullptr;
    }
    /// The weight's shape if it has so many dimensions, else one without any.
    Shape weight(std::size_t rank) const
    {
        const Parameter* found = parameter("weight");
        return found != nullptr && found->shape.rank() == rank ? found->shape : Shape();
    }
    std::vector<std::int64_t> integers(std::string_view name) const
    {
        return call != nullptr ? call->integers(name) : std::vector<std::int64_t>();
    }
    std::int64_t integer(std::string_view name, std::int64_t otherwise) const
    {
        return call != nullptr ? call->integer(name).value_or(otherwise) : otherwise;
    }
    bool flag(std::string_view name) const { return integer(name, 0) != 0; }
};

/// Numbers as Python prints them: 1.0, 0.1, 1e-05.
std::string pythonText(double number)
{
    const bool isWhole = std::isfinite(number) && number == std::floor(number) && std::abs(number) < 1e15;
    return isWhole ? fmt::format("{:.1f}", number) : fmt::format("{}", number);
}

std::string_view pythonText(bool flag)
{
    return flag ? "True" : "False";
}

std::string tuple(const std::vector<std::int64_t>& values)
{
    return fmt::format("({}{})", fmt::join(values, ", "), values.size() == 1 ? "," : "");
}

/// A kernel's sizes, which a call may give by one number for all dimensions.
std::vector<std::int64_t> spread(std::vector<std::int64_t> values, std::size_t dimensions)
{
    if (values.size() == 1)
        values.resize(dimensions, values.front());
    return values;
}

/// "3" for equal sizes, as modules keep what they were given by one number.
std::string oneOrAll(const std::vector<std::int64_t>& values)
{
    const bool isOne = std::ranges::adjacent_find(values, std::ranges::not_equal_to()) == values.end();
    return isOne && !values.empty() ? std::to_string(values.front()) : tuple(values);
}

std::string epsilon(const Facts& facts)
{
    const auto eps = facts.call != nullptr ? facts.call->number("eps") : std::nullopt;
    return eps ? fmt::format(", eps={}", pythonText(*eps)) : std::string();
}

std::string linear(const Facts& facts)
{
    const Shape weight = facts.weight(2);
    if (weight.rank() == 0)
        return {};
    return fmt::format("in_features={}, out_features={}, bias={}", weight[1], weight[0],
                       pythonText(facts.parameter("bias") != nullptr));
}

std::string conv1D(const Facts& facts)
{
    const Shape weight = facts.weight(2); // GPT-2's: the transposed of a linear layer's
    return weight.rank() == 0 ? std::string() : fmt::format("nf={}, nx={}", weight[1], weight[0]);
}

std::string embedding(const Facts& facts)
{
    const Shape weight = facts.weight(2);
    if (weight.rank() == 0)
        return {};
    const std::int64_t padding = facts.integer("padding_idx", -1);
    const std::string tail = padding >= 0 ? fmt::format(", padding_idx={}", padding) : std::string();
    return fmt::format("{}, {}{}", weight[0], weight[1], tail);
}

std::string convolution(const Facts& facts, std::size_t dimensions, bool isTransposed)
{
    const Shape weight = facts.weight(dimensions + 2);
    if (weight.rank() == 0)
        return {};
    const std::int64_t groups = std::max<std::int64_t>(1, facts.integer("groups", 1));
    std::vector<std::int64_t> kernel;
    for (std::size_t i = 2; i < weight.rank(); ++i)
        kernel.push_back(weight[i]);
    const std::int64_t other = (Count(weight[1]) * groups).value();
    std::string text = fmt::format("{}, {}, kernel_size={}", isTransposed ? weight[0] : other,
                                   isTransposed ? other : weight[0], tuple(kernel));
    const auto add = [&](std::string_view name, std::string_view argument, std::int64_t usual) {
        const auto values = spread(facts.integers(argument), dimensions);
        if (!values.empty() && std::ranges::any_of(values, [&](auto value) { return value != usual; }))
            text += fmt::format(", {}={}", name, tuple(values));
    };
    if (facts.call != nullptr) {
        const auto stride = spread(facts.integers("stride"), dimensions);
        text += ", stride=" + tuple(stride.empty() ? std::vector<std::int64_t>(dimensions, 1) : stride);
        if (const std::string_view padding = facts.call->text("padding"); !padding.empty())
            text += fmt::format(", padding={}", padding);
    }
    add("padding", "padding", 0);
    add("dilation", "dilation", 1);
    if (isTransposed)
        add("output_padding", "output_padding", 0);
    if (groups != 1)
        text += fmt::format(", groups={}", groups);
    return facts.parameter("bias") != nullptr ? text : text + ", bias=False";
}

std::string rowNorm(const Facts& facts, bool tellsAffine)
{
    const Parameter* weight = facts.parameter("weight");
    std::vector<std::int64_t> shape = facts.integers("normalized_shape");
    if (shape.empty() && weight != nullptr)
        for (std::size_t i = 0; i < weight->shape.rank(); ++i)
            shape.push_back(weight->shape[i]);
    if (shape.empty())
        return {};
    const std::string affine =
        tellsAffine ? fmt::format(", elementwise_affine={}", pythonText(weight != nullptr)) : std::string();
    return tuple(shape) + epsilon(facts) + affine;
}

std::string batchNorm(const Facts& facts)
{
    const Parameter* weight = facts.parameter("weight");
    const Parameter* mean = facts.parameter("running_mean");
    const Parameter* sized = weight != nullptr ? weight : mean;
    if (sized == nullptr || sized->shape.rank() != 1)
        return {};
    const auto momentum = facts.call != nullptr ? facts.call->number("momentum") : std::nullopt;
    return fmt::format("{}{}{}, affine={}, track_running_stats={}", sized->shape[0], epsilon(facts),
                       momentum ? ", momentum=" + pythonText(*momentum) : std::string(),
                       pythonText(weight != nullptr), pythonText(mean != nullptr));
}

std::string groupNorm(const Facts& facts)
{
    const Parameter* weight = facts.parameter("weight");
    const std::int64_t groups = facts.integer("num_groups", facts.integer("group", 0));
    if (weight == nullptr || weight->shape.rank() != 1 || groups == 0)
        return {};
    return fmt::format("{}, {}{}, affine=True", groups, weight->shape[0], epsilon(facts));
}

std::string recurrent(const Facts& facts, std::int64_t gates)
{
    const Parameter* first = facts.parameter("weight_ih_l0");
    if (first == nullptr || first->shape.rank() != 2)
        return {};
    std::string text = fmt::format("{}, {}", first->shape[1], first->shape[0] / gates);
    const auto isInputWeight = [](const Parameter* parameter) {
        return parameter->name.starts_with("weight_ih_l");
    };
    const bool isBoth = facts.parameter("weight_ih_l0_reverse") != nullptr;
    const auto layers = std::ranges::count_if(facts.held, isInputWeight) / (isBoth ? 2 : 1);
    if (const Parameter* projection = facts.parameter("weight_hr_l0"); projection != nullptr)
        if (projection->shape.rank() == 2)
            text += fmt::format(", proj_size={}", projection->shape[0]);
    if (layers > 1)
        text += fmt::format(", num_layers={}", layers);
    if (facts.parameter("bias_ih_l0") == nullptr)
        text += ", bias=False";
    if (facts.flag("batch_first"))
        text += ", batch_first=True";
    return isBoth ? text + ", bidirectional=True" : text;
}

std::string pool(const Facts& facts, bool isMaximum)
{
    const auto kernel = facts.integers("kernel_size");
    if (kernel.empty())
        return {};
    const auto stride = facts.integers("stride");
    const auto sized = [&](std::string_view name, std::string_view usual) {
        const auto values = facts.integers(name);
        return values.empty() ? std::string(usual) : oneOrAll(values);
    };
    const std::string text = fmt::format("kernel_size={}, stride={}, padding={}", oneOrAll(kernel),
                                         oneOrAll(stride.empty() ? kernel : stride), sized("padding", "0"));
    return isMaximum ? fmt::format("{}, dilation={}, ceil_mode={}", text, sized("dilation", "1"),
                                   pythonText(facts.flag("ceil_mode")))
                     : text;
}

std::string adaptivePool(const Facts& facts, std::size_t dimensions)
{
    const auto sizes = facts.integers("output_size");
    if (sizes.empty())
        return {};
    return "output_size=" + (dimensions == 1 ? oneOrAll(sizes) : tuple(sizes));
}

std::string dropout(const Facts& facts)
{
    const auto rate = facts.call != nullptr ? facts.call->number("p") : std::nullopt;
    return rate ? fmt::format("p={}, inplace=False", pythonText(*rate)) : std::string();
}

std::string gelu(const Facts& facts)
{
    if (facts.call == nullptr)
        return {};
    const std::string_view how = facts.call->text("approximate");
    return fmt::format("approximate='{}'", how.empty() ? "none" : how);
}

std::string inPlace(const Facts& facts)
{
    const bool isInPlace = facts.call != nullptr && facts.call->call().target.find("_.") != std::string::npos;
    return isInPlace ? "inplace=True" : "";
}

/// "Conv2d" has 2 dimensions; 0: not of this kind.
std::size_t dimensionsOf(std::string_view className, std::string_view stem)
{
    const bool fits = className.size() == stem.size() + 2 && className.starts_with(stem) &&
                      className.back() == 'd' && className[stem.size()] >= '1' &&
                      className[stem.size()] <= '3';
    return fits ? static_cast<std::size_t>(className[stem.size()] - '0') : 0;
}

std::string poolDetail(std::string_view className, const Facts& facts)
{
    if (dimensionsOf(className, "MaxPool") > 0)
        return pool(facts, true);
    if (dimensionsOf(className, "AvgPool") > 0)
        return pool(facts, false);
    for (const std::string_view stem : {"AdaptiveAvgPool", "AdaptiveMaxPool"})
        if (const std::size_t dimensions = dimensionsOf(className, stem))
            return adaptivePool(facts, dimensions);
    return {};
}

std::string normDetail(std::string_view className, const Facts& facts)
{
    if (className.ends_with("RMSNorm"))
        return rowNorm(facts, className == "RMSNorm");
    if (className.ends_with("LayerNorm") || className == "LayerNorm2d")
        return rowNorm(facts, true);
    if (className.starts_with("BatchNorm"))
        return batchNorm(facts);
    return className == "GroupNorm" ? groupNorm(facts) : std::string();
}

} // namespace

std::string detailOf(std::string_view className, std::span<const Parameter* const> held,
                     const CallArguments* call)
{
    const Facts facts{held, call};
    if (className.ends_with("Linear"))
        return linear(facts);
    if (className == "Conv1D")
        return conv1D(facts);
    if (className.ends_with("Embedding"))
        return embedding(facts);
    if (const std::size_t dimensions = dimensionsOf(className, "Conv"))
        return convolution(facts, dimensions, false);
    if (const std::size_t dimensions = dimensionsOf(className, "ConvTranspose"))
        return convolution(facts, dimensions, true);
    if (className.find("Norm") != std::string_view::npos)
        return normDetail(className, facts);
    if (className.ends_with("d"))
        return poolDetail(className, facts);
    if (className == "LSTM" || className == "GRU" || className == "RNN")
        return recurrent(facts, className == "LSTM" ? 4 : className == "GRU" ? 3 : 1);
    if (className == "Dropout")
        return dropout(facts);
    if (className == "GELU")
        return gelu(facts);
    if (className == "ReLU" || className == "ReLU6" || className == "SiLU" || className == "Hardswish")
        return inPlace(facts);
    return {};
}

void describeModules(Trace& trace, const Recorded* recorded, std::span<const RecordedCall* const> firstCalls)
{
    std::vector<std::vector<const Parameter*>> held(trace.modules.size());
    for (const Parameter& parameter : trace.parameters)
        held[static_cast<std::size_t>(parameter.module)].push_back(&parameter);
    for (std::size_t i = 0; i < trace.modules.size(); ++i) {
        Module& module = trace.modules[i];
        const bool isLeaf = module.end == static_cast<std::int32_t>(i) + 1;
        if (!isLeaf || !module.detail.empty())
            continue;
        std::optional<CallArguments> call;
        if (recorded != nullptr && i < firstCalls.size() && firstCalls[i] != nullptr)
            call.emplace(*recorded, *firstCalls[i]);
        module.detail = detailOf(module.className, held[i], call ? &*call : nullptr);
    }
}

} // namespace sunflop
