// SPDX-License-Identifier: GPL-3.0-or-later
// Source: torch/_utils.py, torch/_tensor.py and torch/serialization.py of PyTorch 0.4 to 2.11.

#include "core/formats/torchsave/pickled_tensor.h"

#include "core/base/plain_text.h"
#include "core/base/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sunflop {

namespace {

using Kind = PickleValue::Kind;

/// Calls within calls: a parameter of a subclass of a tensor.
constexpr int deepest = 8;

/// What torch.load would call.
struct Call {
    std::string_view name;
    PickleValue arguments;
};

Result<PickledTensor> tensorAt(const PickleValue& value, int depth);
Result<PickledTensor> made(const Call& call, int depth);

struct StorageType {
    std::string_view name;
    DType dtype;
};

constexpr std::array storageTypes{
    StorageType{"Double", DType::F64},       StorageType{"Float", DType::F32},
    StorageType{"Half", DType::F16},         StorageType{"BFloat16", DType::BF16},
    StorageType{"Long", DType::I64},         StorageType{"Int", DType::I32},
    StorageType{"Short", DType::I16},        StorageType{"Char", DType::I8},
    StorageType{"Byte", DType::U8},          StorageType{"Bool", DType::Bool},
    StorageType{"ComplexFloat", DType::C64}, StorageType{"ComplexDouble", DType::C128},
    StorageType{"QInt8", DType::I8},         StorageType{"QUInt8", DType::U8},
    StorageType{"QInt32", DType::I32},       StorageType{"QUInt4x2", DType::U4},
    StorageType{"QUInt2x4", DType::U2},      StorageType{"Untyped", DType::U8},
};

tl::unexpected<Error> malformed(const Call& call, std::string detail)
{
    return failure(ErrorKind::Malformed, shortened(call.name), std::move(detail));
}

Result<Sizes> numbers(const PickleValue& value, std::string_view what, const Call& call)
{
    // A torch.Size is a call with the tuple of its sizes.
    const PickleValue list = value.is(Kind::Object) ? value.arguments().item(0) : value;
    constexpr std::size_t mostDimensions = 64;
    if (!list.is(Kind::Tuple) && !list.is(Kind::List))
        return malformed(call, fmt::format("the {} are no tuple of integers", what));
    if (list.size() > mostDimensions)
        return malformed(call,
                         fmt::format("{} dimensions, expected at most {}", list.size(), mostDimensions));
    Sizes sizes;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto number = list.item(i).integer();
        if (!number || *number < 0)
            return malformed(call, fmt::format("the {} hold {}, expected integers from 0 on", what,
                                               number ? std::to_string(*number) : "something else"));
        sizes.push_back(*number);
    }
    return sizes;
}

Count elementsOf(const Sizes& sizes)
{
    Count product = 1;
    for (const std::int64_t size : sizes)
        product *= size;
    return product;
}

/// Elements of a storage of `bytes`. Types of less than a byte are addressed by bytes.
std::int64_t storedElements(std::int64_t bytes, DType dtype)
{
    return isBlockFormat(dtype) ? bytes : bytes / info(dtype).blockBytes;
}

Result<void> checkView(const PickledTensor& tensor, const Call& call)
{
    const Count elements = elementsOf(tensor.sizes);
    if (elements > Count(mostElements))
        return malformed(call,
                         fmt::format("{} elements, expected at most {}", exactText(elements), mostElements));
    if (tensor.strides.size() != tensor.sizes.size())
        return malformed(call,
                         fmt::format("{} strides for {} sizes", tensor.strides.size(), tensor.sizes.size()));
    if (elements.value() == 0)
        return {};
    Count last = tensor.offset;
    for (std::size_t i = 0; i < tensor.sizes.size(); ++i)
        last += Count(tensor.sizes[i] - 1) * tensor.strides[i];
    const std::int64_t stored = storedElements(tensor.storageBytes, tensor.dtype);
    if (last >= Count(stored) && !isBlockFormat(tensor.dtype))
        return malformed(call, fmt::format("the tensor reaches element {} of a storage that has {}",
                                           exactText(last + 1), stored));
    return {};
}

/// ("storage", torch.FloatStorage, key, device, elements) and, in old files, a view of another storage:
/// (key, offset, elements).
Result<PickledTensor> storageOf(const Call& call)
{
    const PickleValue id = call.arguments.item(0).identity();
    const auto elements = id.item(4).integer();
    if (!id.is(Kind::Tuple) || id.item(0).text() != "storage" || !elements)
        return malformed(call, "the first argument is no stored memory");
    if (*elements < 0 || *elements > mostElements)
        return malformed(call,
                         fmt::format("a storage of {} elements, expected 0 to {}", *elements, mostElements));
    const auto dtype = pickledDType(id.item(1));
    if (!dtype)
        return failure(dtype.error());
    PickledTensor tensor{.dtype = *dtype};
    const PickleValue key = id.item(2);
    tensor.storage = key.integer() ? std::to_string(*key.integer()) : std::string(key.text());
    if (tensor.storage.empty())
        return malformed(call, "a storage has no key");
    tensor.storageBytes = *elements * (isBlockFormat(*dtype) ? 1 : info(*dtype).blockBytes);
    const auto view = id.item(5).item(1).integer();
    if (view && (*view < 0 || *view > mostElements))
        return malformed(call, fmt::format("a view of a storage at {}", *view));
    tensor.offset = view.value_or(0);
    return tensor;
}

/// (storage, offset, sizes, strides, ...): what every version of torch._utils._rebuild_tensor begins with.
Result<PickledTensor> plainTensor(const Call& call, int depth)
{
    auto tensor = storageOf(call);
    if (!tensor)
        return tensor;
    const PickleValue arguments = call.arguments;
    const auto offset = arguments.item(1).integer();
    if (!offset || *offset < 0 || *offset > mostElements)
        return malformed(call, "the offset is no integer from 0 on");
    tensor->offset += *offset;
    const auto sizes = numbers(arguments.item(2), "sizes", call);
    const auto strides = sizes ? numbers(arguments.item(3), "strides", call) : sizes;
    if (!strides)
        return failure(strides.error());
    tensor->sizes = *sizes;
    tensor->strides = *strides;
    if (call.name == "torch._utils._rebuild_tensor_v3") {
        const auto dtype = pickledDType(arguments.item(6));
        if (!dtype)
            return failure(dtype.error());
        tensor->dtype = *dtype;
    }
    const std::size_t requiresAt = call.name == "torch._utils._rebuild_qtensor" ? 5 : 4;
    tensor->requiresGradient = arguments.item(requiresAt).integer().value_or(0) != 0;
    // Scales and zero points of each channel.
    const PickleValue quantizer = arguments.item(4);
    for (std::size_t i = 0; i < quantizer.size() && i < 4; ++i)
        if (isPickledTensor(quantizer.item(i))) {
            auto part = tensorAt(quantizer.item(i), depth + 1);
            if (!part)
                return part;
            tensor->parts.push_back(*std::move(part));
        }
    return checkView(*tensor, call).map([&] { return *std::move(tensor); });
}

/// A tensor without memory of its own: sizes and a type.
Result<PickledTensor> describedTensor(const Call& call, std::size_t dtypeAt)
{
    const auto dtype = pickledDType(call.arguments.item(dtypeAt));
    if (!dtype)
        return failure(dtype.error());
    auto sizes = numbers(call.arguments.item(dtypeAt + 1), "sizes", call);
    if (!sizes)
        return failure(sizes.error());
    if (elementsOf(*sizes) > Count(mostElements))
        return malformed(call, fmt::format("more than {} elements", mostElements));
    return PickledTensor{.dtype = *dtype, .sizes = *std::move(sizes)};
}

/// The tensors among the values of a tuple, list or dict, and one level deeper.
Result<void> addParts(PickledTensor& whole, const PickleValue& holder, int depth)
{
    constexpr std::size_t mostParts = 64;
    const std::size_t count = std::min(mostParts, std::max(holder.size(), holder.entries()));
    for (std::size_t i = 0; i < count; ++i) {
        const PickleValue value = holder.entries() > 0 ? holder.value(i) : holder.item(i);
        if (isPickledTensor(value)) {
            auto part = tensorAt(value, depth + 1);
            if (!part)
                return failure(part.error());
            whole.parts.push_back(*std::move(part));
        } else if (depth < deepest && (value.size() > 0 || value.entries() > 0 || value.state())) {
            const auto added = addParts(whole, value.state() ? value.state() : value, depth + 1);
            if (!added || whole.parts.size() > mostParts)
                return added;
        }
    }
    return {};
}

/// (layout, (indices, values, sizes, ...)), or in compressed layouts (starts, indices, values, sizes).
Result<PickledTensor> sparseTensor(const Call& call, int depth)
{
    const PickleValue data = call.arguments.item(1);
    PickledTensor whole;
    if (const auto added = addParts(whole, data, depth); !added)
        return failure(added.error());
    if (whole.parts.size() < 2)
        return malformed(call, "a sparse tensor without indices and values");
    whole.dtype = whole.parts.back().dtype;
    auto sizes = numbers(data.item(whole.parts.size()), "sizes", call);
    if (!sizes)
        return failure(sizes.error());
    if (elementsOf(*sizes) > Count(mostElements))
        return malformed(call, fmt::format("more than {} elements", mostElements));
    whole.sizes = *std::move(sizes);
    return whole;
}

/// (function, class, its arguments, attributes): a tensor of a subclass.
Result<PickledTensor> typedTensor(const Call& call, int depth)
{
    auto tensor = made({call.arguments.item(0).typeName(), call.arguments.item(2)}, depth + 1);
    if (!tensor)
        return tensor;
    const std::string_view type = call.arguments.item(1).typeName();
    tensor->isParameter = tensor->isParameter || type.ends_with(".Parameter");
    if (type != "torch.Tensor" && type != "torch.nn.parameter.Parameter")
        tensor->subclass = type;
    if (tensor->storage.empty() && tensor->parts.empty())
        if (const auto added = addParts(*tensor, call.arguments.item(3), depth); !added)
            return failure(added.error());
    return tensor;
}

/// A call whose first argument is the tensor.
Result<PickledTensor> wrapped(const Call& call, int depth)
{
    return tensorAt(call.arguments.item(0), depth + 1);
}

Result<PickledTensor> parameter(const Call& call, int depth)
{
    auto tensor = wrapped(call, depth);
    if (tensor) {
        tensor->isParameter = true;
        tensor->requiresGradient = call.arguments.item(1).integer().value_or(1) != 0;
    }
    return tensor;
}

struct Rebuilder {
    std::string_view name;
    Result<PickledTensor> (*read)(const Call& call, int depth);
};

Result<PickledTensor> metaTensor(const Call& call, int)
{
    return describedTensor(call, 0);
}

Result<PickledTensor> wrapper(const Call& call, int)
{
    return describedTensor(call, 1);
}

constexpr std::array rebuilders{
    Rebuilder{"torch._utils._rebuild_tensor", plainTensor},
    Rebuilder{"torch._utils._rebuild_tensor_v2", plainTensor},
    Rebuilder{"torch._utils._rebuild_tensor_v3", plainTensor},
    Rebuilder{"torch._utils._rebuild_qtensor", plainTensor},
    Rebuilder{"torch._utils._rebuild_parameter", parameter},
    Rebuilder{"torch._utils._rebuild_parameter_with_state", parameter},
    Rebuilder{"torch.nn.parameter.Parameter", parameter},
    Rebuilder{"torch._utils._rebuild_device_tensor_from_cpu_tensor", wrapped},
    Rebuilder{"torch._utils._rebuild_meta_tensor_no_storage", metaTensor},
    Rebuilder{"torch._utils._rebuild_wrapper_subclass", wrapper},
    Rebuilder{"torch._utils._rebuild_sparse_tensor", sparseTensor},
    Rebuilder{"torch._utils._rebuild_sparse_csr_tensor", sparseTensor},
    Rebuilder{"torch._tensor._rebuild_from_type_v2", typedTensor},
    Rebuilder{"torch._tensor._rebuild_from_type", typedTensor},
};

const Rebuilder* rebuilder(std::string_view name)
{
    const auto found = std::ranges::find(rebuilders, name, &Rebuilder::name);
    return found == rebuilders.end() ? nullptr : &*found;
}

Result<PickledTensor> made(const Call& call, int depth)
{
    const Rebuilder* function = rebuilder(call.name);
    if (function == nullptr)
        return malformed(call, "a tensor that this function would make, expected one of PyTorch's own");
    if (depth > deepest)
        return malformed(call, fmt::format("calls within calls, expected at most {}", deepest));
    return function->read(call, depth);
}

Result<PickledTensor> tensorAt(const PickleValue& value, int depth)
{
    if (!isPickledTensor(value))
        return failure(ErrorKind::Malformed, shortened(value.typeName()), "no tensor, expected one");
    return made({value.typeName(), value.arguments()}, depth);
}

} // namespace

bool isPickledTensor(const PickleValue& value)
{
    return value.is(Kind::Object) && value.typeName().starts_with("torch.") &&
           rebuilder(value.typeName()) != nullptr;
}

Result<PickledTensor> pickledTensor(const PickleValue& value)
{
    return tensorAt(value, 0);
}

Result<DType> pickledDType(const PickleValue& value)
{
    constexpr std::string_view suffix = "Storage";
    std::string_view name = value.typeName();
    const std::size_t dot = name.rfind('.');
    name.remove_prefix(dot == std::string_view::npos ? 0 : dot + 1);
    if (!name.ends_with(suffix))
        return dtypeNamed(name);
    name.remove_suffix(suffix.size());
    const auto found = std::ranges::find(storageTypes, name, &StorageType::name);
    if (found != storageTypes.end())
        return found->dtype;
    return failure(ErrorKind::Unsupported, shortened(value.typeName()),
                   "a storage of an unknown element type");
}

} // namespace sunflop
