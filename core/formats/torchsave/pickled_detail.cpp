// SPDX-License-Identifier: GPL-3.0-or-later
// Attributes of pickled modules as PyTorch's extra_repr() prints them: torch/nn/modules/*.py.

#include "core/base/plain_text.h"
#include "core/base/units.h"
#include "core/formats/torchsave/pickled_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace sunflop {

namespace {

using Kind = PickleValue::Kind;

/// A number, a word or a tuple of numbers as Python prints it; nothing for anything else.
std::optional<std::string> printed(const PickleValue& value)
{
    constexpr std::size_t mostItems = 16;
    switch (value.kind()) {
    case Kind::None: return "None";
    case Kind::Bool: return *value.integer() != 0 ? "True" : "False";
    case Kind::Int: return std::to_string(*value.integer());
    case Kind::Float: return pythonFloat(*value.real());
    case Kind::Text: return fmt::format("'{}'", shortened(value.text()));
    case Kind::Tuple: break;
    default: return std::nullopt;
    }
    if (value.size() > mostItems)
        return std::nullopt;
    std::vector<std::string> items;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (!value.item(i).integer())
            return std::nullopt;
        items.push_back(std::to_string(*value.item(i).integer()));
    }
    return fmt::format("({}{})", fmt::join(items, ", "), items.size() == 1 ? "," : "");
}

struct Layout {
    std::string_view className;
    std::string_view plain; ///< attributes that stand without their names, separated by spaces
    std::string_view named; ///< those with them
    bool hasBias = false;   ///< "bias=True" at the end
};

constexpr std::array layouts{
    Layout{"Linear", "", "in_features out_features", true},
    Layout{"Bilinear", "", "in1_features in2_features out_features", true},
    Layout{"Conv", "in_channels out_channels", "kernel_size stride padding dilation groups"},
    Layout{"BatchNorm", "num_features", "eps momentum affine track_running_stats"},
    Layout{"SyncBatchNorm", "num_features", "eps momentum affine track_running_stats"},
    Layout{"InstanceNorm", "num_features", "eps momentum affine track_running_stats"},
    Layout{"LayerNorm", "normalized_shape", "eps elementwise_affine"},
    Layout{"RMSNorm", "normalized_shape", "eps elementwise_affine"},
    Layout{"GroupNorm", "num_groups num_channels", "eps affine"},
    Layout{"Embedding", "num_embeddings embedding_dim", "padding_idx"},
    Layout{"Dropout", "", "p inplace"},
    Layout{"GELU", "", "approximate"},
    Layout{"LSTM", "input_size hidden_size", "num_layers batch_first bidirectional"},
    Layout{"GRU", "input_size hidden_size", "num_layers batch_first bidirectional"},
    Layout{"RNN", "input_size hidden_size", "num_layers batch_first bidirectional"},
};

/// Layouts are found by the class, or by what it begins with: Conv2d, Dropout1d.
const Layout* layoutOf(std::string_view className)
{
    const auto found = std::ranges::find_if(layouts, [&](const Layout& layout) {
        if (!className.starts_with(layout.className))
            return false;
        const std::string_view rest = className.substr(layout.className.size());
        return rest.empty() || (rest.size() == 2 && rest[1] == 'd');
    });
    return found == layouts.end() ? nullptr : &*found;
}

/// Values that extra_repr() leaves out: those that a module has unless it is told otherwise.
bool isDefault(std::string_view name, const PickleValue& value)
{
    const auto all = [&](std::int64_t expected) {
        for (std::size_t i = 0; i < value.size(); ++i)
            if (value.item(i).integer() != expected)
                return false;
        return value.size() > 0;
    };
    if (name == "padding")
        return all(0);
    if (name == "dilation")
        return all(1);
    if (name == "groups" || name == "num_layers")
        return value.integer() == 1;
    if (name == "padding_idx")
        return value.is(Kind::None);
    return (name == "batch_first" || name == "bidirectional") && value.integer() == 0;
}

void add(std::vector<std::string>& parts, const PickleValue& module, std::string_view names, bool isNamed)
{
    while (!names.empty()) {
        const std::string_view name = names.substr(0, names.find(' '));
        names.remove_prefix(std::min(names.size(), name.size() + 1));
        const PickleValue value = module.attribute(name);
        const auto text = printed(value);
        if (text && !isDefault(name, value))
            parts.push_back(isNamed ? fmt::format("{}={}", name, *text) : *text);
    }
}

/// Numbers and tuples that an unknown class keeps, private ones left out.
void addOwn(std::vector<std::string>& parts, const PickleValue& module)
{
    constexpr std::size_t mostParts = 12;
    const PickleValue state = module.state();
    for (std::size_t i = 0; i < state.entries() && parts.size() < mostParts; ++i) {
        const std::string_view name = state.key(i).text();
        const PickleValue value = state.value(i);
        const bool isShown =
            !name.empty() && !name.starts_with('_') && name != "training" &&
            (value.is(Kind::Int) || value.is(Kind::Float) || value.is(Kind::Tuple) || value.is(Kind::Bool));
        if (const auto text = isShown ? printed(value) : std::nullopt)
            parts.push_back(fmt::format("{}={}", shortened(name), *text));
    }
}

} // namespace

std::string pickledDetail(const PickleValue& module)
{
    const std::string_view type = module.typeName();
    const std::string_view className = type.substr(type.rfind('.') + 1);
    std::vector<std::string> parts;
    const Layout* layout = layoutOf(className);
    if (layout == nullptr || !type.starts_with("torch.nn.")) {
        addOwn(parts, module);
        return fmt::format("{}", fmt::join(parts, ", "));
    }
    add(parts, module, layout->plain, false);
    add(parts, module, layout->named, true);
    const bool isConvolution = layout->className == "Conv";
    const bool hasBias = isPickledTensor(module.attribute("_parameters")["bias"]);
    if (layout->hasBias)
        parts.push_back(hasBias ? "bias=True" : "bias=False");
    else if (isConvolution && !hasBias)
        parts.push_back("bias=False");
    return fmt::format("{}", fmt::join(parts, ", "));
}

} // namespace sunflop
