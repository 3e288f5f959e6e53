// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/torchscript/examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sunflop {

namespace {

using Kind = ScriptArgument::Kind;

constexpr std::int64_t largestSize = std::int64_t{1} << 24;
constexpr int deepest = 8;
constexpr std::size_t mostArguments = 256;

/// A tensor as it was pickled: sizes and element type, of its call to torch._utils.
std::optional<ExampleTensor> exampleOf(const PickleValue& value)
{
    // _rebuild_tensor_v2(storage, offset, sizes, strides, ...); the storage's second word is its class.
    const PickleValue sizes = value.arguments().item(2);
    const PickleValue storage = value.arguments().item(0).identity().item(1);
    if (!sizes.is(PickleValue::Kind::Tuple))
        return std::nullopt;
    constexpr std::array<std::pair<std::string_view, std::string_view>, 9> storages = {
        {{"torch.LongStorage", "int64"},
         {"torch.IntStorage", "int32"},
         {"torch.ShortStorage", "int16"},
         {"torch.CharStorage", "int8"},
         {"torch.ByteStorage", "uint8"},
         {"torch.BoolStorage", "bool"},
         {"torch.HalfStorage", "float16"},
         {"torch.BFloat16Storage", "bfloat16"},
         {"torch.DoubleStorage", "float64"}}};
    const auto found =
        std::ranges::find(storages, storage.text(), &std::pair<std::string_view, std::string_view>::first);
    ExampleTensor example{{Sizes()}, std::string(found == storages.end() ? "float32" : found->second)};
    for (std::size_t i = 0; i < sizes.size(); ++i)
        example.shapes.front().push_back(sizes.item(i).integer().value_or(-1));
    const auto isSize = [](std::int64_t size) { return size >= 0 && size <= largestSize; };
    const bool isShape = example.shapes.front().size() <= Shape::maxRank &&
                         std::ranges::all_of(example.shapes.front(), isSize);
    return isShape ? std::optional(std::move(example)) : std::nullopt;
}

/// Without the types that TorchScript wraps containers in.
PickleValue untagged(PickleValue value)
{
    for (int i = 0; i < deepest && value.typeName().ends_with("restore_type_tag"); ++i)
        value = value.arguments().item(0);
    return value;
}

bool takeExample(PickleValue value, ScriptArgument& argument);

bool takeTensor(const PickleValue& value, ScriptArgument& argument)
{
    auto example = exampleOf(value);
    if (!example)
        return argument.isOptional && value.is(PickleValue::Kind::None);
    argument.example = *std::move(example);
    argument.isOptional = false;
    return true;
}

bool takeList(const PickleValue& value, ScriptArgument& argument)
{
    for (std::size_t i = 0; i < value.size(); ++i) {
        auto example = exampleOf(untagged(value.item(i)));
        if (!example)
            return false;
        argument.example.shapes.push_back(std::move(example->shapes.front()));
        argument.example.dtype = example->dtype;
    }
    return value.size() > 0;
}

/// The keys are those of the example.
bool takeDict(const PickleValue& value, ScriptArgument& argument)
{
    argument.keys.clear();
    argument.parts.clear();
    for (std::size_t i = 0; i < value.entries() && i < mostArguments; ++i) {
        argument.keys.emplace_back(value.key(i).text());
        argument.parts.push_back(
            {.kind = Kind::Tensor, .id = fmt::format("{}.{}", argument.id, argument.keys.back())});
        if (!takeExample(value.value(i), argument.parts.back()))
            return false;
    }
    return true;
}

bool takeExample(PickleValue value, ScriptArgument& argument)
{
    value = untagged(value);
    switch (argument.kind) {
    case Kind::Tensor: return takeTensor(value, argument);
    case Kind::TensorList: return takeList(value, argument);
    case Kind::Dict: return takeDict(value, argument);
    case Kind::Tuple:
        for (std::size_t i = 0; i < argument.parts.size(); ++i)
            if (!takeExample(value.item(i), argument.parts[i]))
                return false;
        return value.size() == argument.parts.size();
    case Kind::Int:
        if (const auto number = value.integer())
            argument.value = fmt::format("{}", *number);
        return true;
    default: return true;
    }
}

/// PyTorch's name of the element type that goes along with weights of this one.
std::string computedIn(DType weights)
{
    switch (weights) {
    case DType::F16: return "float16";
    case DType::BF16: return "bfloat16";
    case DType::F64: return "float64";
    default: return "float32";
    }
}

ExampleTensor example(Sizes sizes, std::string dtype = "float32")
{
    return {{std::move(sizes)}, std::move(dtype)};
}

/// The input of a layer of this class whose weight has this shape; nothing where it does not tell.
std::optional<ExampleTensor> inputOf(std::string_view className, const Shape& weight, std::int64_t groups)
{
    if (className.starts_with("Embedding"))
        return example({2, 64}, "int64");
    const bool isTransposed = className.starts_with("ConvTranspose");
    if (weight.rank() < 2)
        return std::nullopt;
    const std::int64_t channels = isTransposed ? weight[0] : weight[1] * std::max<std::int64_t>(groups, 1);
    switch (weight.rank()) {
    case 5: return example({1, channels, 16, 112, 112});
    case 4: return example(isTransposed ? Sizes{1, channels, 16, 16} : Sizes{1, channels, 224, 224});
    case 3: return example({1, channels, 256});
    case 2:
        return className == "LSTM" || className == "GRU" || className == "RNN" ? example({1, 64, weight[1]})
                                                                               : example({1, weight[1]});
    default: return std::nullopt;
    }
}

/// A layer as far as its first weight tells.
struct StoredLayer {
    std::string_view className;
    Shape weight;
    DType dtype{};
    std::int64_t groups = 1;
};

/// The first layers with matrices, in the order of the file.
std::vector<StoredLayer> firstLayers(const Stored& stored)
{
    constexpr std::size_t mostLooked = 12;
    std::vector<StoredLayer> layers;
    for (const StoredTensor& tensor : stored.tensors) {
        const std::size_t dot = tensor.name.rfind('.');
        const std::string_view path =
            std::string_view(tensor.name).substr(0, dot == std::string::npos ? 0 : dot);
        const auto module = std::ranges::find(stored.modules, path, &StoredModule::path);
        if (module == stored.modules.end() || tensor.shape.rank() < 2)
            continue;
        constexpr std::string_view groups = "groups=";
        const std::size_t at = module->detail.find(groups);
        const std::int64_t count =
            at == std::string::npos ? 1 : std::atoll(module->detail.c_str() + at + groups.size());
        layers.push_back({module->className, tensor.shape, tensor.dtype, count});
        if (layers.size() == mostLooked)
            break;
    }
    return layers;
}

/// Different shapes, in the order in which they are to be tried.
struct Likely {
    std::vector<ExampleTensor> tensors;

    void add(ExampleTensor tensor, DType weights)
    {
        if (tensor.dtype == "float32")
            tensor.dtype = computedIn(weights);
        const auto isKnown = [&](const ExampleTensor& known) { return known.shapes == tensor.shapes; };
        if (std::ranges::none_of(tensors, isKnown))
            tensors.push_back(std::move(tensor));
    }
};

/// Sizes that networks are made for which do not take any: those of well-known data, whose edges the first
/// linear layer behind a flattening has baked in, longer signals and shorter sequences.
void addOtherSizes(const StoredLayer& layer, Likely& likely)
{
    const auto input = inputOf(layer.className, layer.weight, layer.groups);
    if (!input)
        return;
    Sizes sizes = input->shapes.front();
    const auto add = [&](std::size_t from, std::initializer_list<std::int64_t> edges) {
        for (const std::int64_t edge : edges) {
            std::fill(sizes.begin() + static_cast<std::ptrdiff_t>(from), sizes.end(), edge);
            likely.add(example(sizes, input->dtype), layer.dtype);
        }
    };
    if (layer.className.starts_with("Embedding"))
        return add(1, {16, 8, 1});
    switch (layer.weight.rank()) {
    case 5: return add(2, {16, 32, 64});
    case 4: return add(2, {32, 28, 64, 96, 128, 256, 299, 384, 512, 84, 16, 8});
    case 3: return add(2, {1024, 16'000, 64, 16});
    case 2: break;
    default: return;
    }
    // A picture that is flattened first, and the layer's width as the last of three dimensions.
    const std::int64_t width = sizes.back();
    for (const std::int64_t channels : {1, 3}) {
        const auto edge =
            static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(width / channels))));
        if (edge > 1 && channels * edge * edge == width)
            likely.add(example({1, channels, edge, edge}), layer.dtype);
    }
    likely.add(example({1, 64, width}), layer.dtype);
}

} // namespace

bool takeExamples(const PickleValue& tracedInputs, std::vector<ScriptArgument>& arguments)
{
    const PickleValue inputs = untagged(untagged(tracedInputs)["forward"]);
    if (inputs.size() == 0 || inputs.size() > arguments.size())
        return false;
    std::vector<ScriptArgument> taken = arguments;
    for (std::size_t i = 0; i < inputs.size(); ++i)
        if (!takeExample(inputs.item(i), taken[i]))
            return false;
    arguments = std::move(taken);
    return true;
}

std::vector<ExampleTensor> likelyTensors(const Stored& stored)
{
    Likely likely;
    const std::vector<StoredLayer> layers = firstLayers(stored);
    for (const StoredLayer& layer : layers)
        if (auto input = inputOf(layer.className, layer.weight, layer.groups))
            likely.add(*std::move(input), layer.dtype);
    likely.add(example({1, 3, 224, 224}), DType::F32);
    likely.add(example({2, 64}, "int64"), DType::F32);
    if (!stored.tensors.empty() && stored.tensors.front().shape.rank() > 0) {
        const Shape& first = stored.tensors.front().shape;
        likely.add(example({1, 64, first[first.rank() - 1]}), DType::F32);
        likely.add(example({1, first[first.rank() - 1]}), DType::F32);
    }
    likely.add(example({1, 1, 28, 28}), DType::F32);
    for (const StoredLayer& layer : layers)
        addOtherSizes(layer, likely);
    likely.add(example({}), DType::F32);
    return std::move(likely.tensors);
}

} // namespace sunflop
