// SPDX-License-Identifier: GPL-3.0-or-later
// Source of the names: torch/nn/functional.py and torch/_tensor.py, PyTorch 1.6 to 2.11.
#include "core/model/spelling.h"

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

template<std::size_t size>
bool isOneOf(std::string_view name, const std::array<std::string_view, size>& names)
{
    return std::ranges::find(names, name) != names.end();
}

/// Functions of torch.nn.functional that are PyTorch's own operators: no frame of Python tells of them.
bool isBuiltIn(std::string_view name)
{
    static constexpr std::array<std::string_view, 19> names{"_convolution",
                                                            "_convolution_mode",
                                                            "convolution",
                                                            "linear",
                                                            "conv1d",
                                                            "conv2d",
                                                            "conv3d",
                                                            "conv_transpose1d",
                                                            "conv_transpose2d",
                                                            "conv_transpose3d",
                                                            "avg_pool1d",
                                                            "avg_pool2d",
                                                            "avg_pool3d",
                                                            "gelu",
                                                            "prelu",
                                                            "softplus",
                                                            "bilinear",
                                                            "adaptive_avg_pool1d",
                                                            "scaled_dot_product_attention"};
    return isOneOf(name, names);
}

/// "_max_pool2d" and "max_pool2d_with_indices" are what max_pool2d() chooses from.
std::string_view chosenBy(std::string_view function)
{
    constexpr std::string_view suffix = "_with_indices";
    if (function.starts_with('_'))
        function.remove_prefix(1);
    if (function.ends_with(suffix))
        function.remove_suffix(suffix.size());
    return function;
}

/// relu6() once called hardtanh(), and upsample() calls interpolate(): both names count.
std::string_view wholeFunction(std::span<const std::string> functions)
{
    const std::string_view inner = chosenBy(functions.front());
    if (functions.size() > 1 && ((inner == "interpolate" && functions[1] == "upsample") ||
                                 (inner == "hardtanh" && functions[1] == "relu6")))
        return functions[1];
    return inner;
}

/// By the text of a call: "torch.softmax", "x.softmax", "softmax"; anything else is an expression of signs.
Spelling spellingIn(std::string_view text, std::string_view name)
{
    const bool isNamed = text.ends_with(name);
    const std::string_view owner = isNamed ? text.substr(0, text.size() - name.size()) : std::string_view();
    if (isNamed && (owner == "F." || owner.ends_with("functional.")))
        return Spelling::Functional;
    if (isNamed && (owner == "torch." || owner.empty()))
        return Spelling::Function;
    if (isNamed && owner.ends_with('.'))
        return Spelling::Method;
    return Spelling::Operator;
}

bool isInPlace(std::string_view called)
{
    return called.starts_with("__") ? called.starts_with("__i") && called != "__invert__"
                                    : called.ends_with('_');
}

Spelling ofArithmetic(const CallSite& site)
{
    if (isInPlace(site.called))
        return Spelling::InPlace;
    return site.text.empty() ? Spelling::Operator : spellingIn(site.text, site.called);
}

} // namespace

bool isArithmetic(std::string_view name)
{
    static constexpr std::array<std::string_view, 19> names{
        "add", "sub", "mul", "div", "true_divide", "pow",         "matmul",     "neg", "remainder",   "eq",
        "ne",  "lt",  "le",  "gt",  "ge",          "bitwise_and", "bitwise_or", "abs", "floor_divide"};
    return isOneOf(name, names) || name == "rsub" || (name.starts_with("__") && name.ends_with("__"));
}

bool isComposedInPython(std::string_view function)
{
    static constexpr std::array<std::string_view, 17> names{"multi_head_attention_forward",
                                                            "in_projection",
                                                            "in_projection_packed",
                                                            "scaled_dot_product_attention",
                                                            "local_response_norm",
                                                            "lp_pool1d",
                                                            "lp_pool2d",
                                                            "lp_pool3d",
                                                            "gumbel_softmax",
                                                            "softmin",
                                                            "normalize",
                                                            "upsample_nearest",
                                                            "upsample_bilinear",
                                                            "softsign",
                                                            "tanhshrink",
                                                            "dice_loss",
                                                            "triplet_margin_with_distance_loss"};
    return isOneOf(function, names);
}

CalledAs calledAs(const CallSite& site)
{
    std::string_view name = site.called;
    if (isInPlace(name) && !name.starts_with("__"))
        name.remove_suffix(1);
    const CallSite plain{.called = site.called, .text = site.text};
    if (isArithmetic(name))
        return {ofArithmetic(plain), std::string(name)};
    if (!site.functions.empty() && !isComposedInPython(chosenBy(site.functions.front())))
        return {Spelling::Functional, std::string(wholeFunction(site.functions))};
    if (isBuiltIn(name) && (site.text.empty() || !site.functions.empty()))
        return {Spelling::Functional, std::string(name)};
    if (isInPlace(site.called) && site.isKnown)
        return {Spelling::InPlace, std::string(name)};
    if (!site.text.empty()) {
        const Spelling spelling = spellingIn(site.text, name);
        return {spelling == Spelling::Operator ? Spelling::Method : spelling, std::string(name)};
    }
    return {site.isKnown ? Spelling::Function : Spelling::Functional, std::string(name)};
}

} // namespace sunflop
