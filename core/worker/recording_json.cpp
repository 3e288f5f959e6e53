// SPDX-License-Identifier: GPL-3.0-or-later
// The form is that of app/worker/recorder.h.
#include "core/worker/recording_json.h"

#include "core/model/argument.h"
#include "core/model/spelling.h"

#include <fmt/format.h>

#include <limits>
#include <map>
#include <string_view>
#include <utility>

namespace sunflop {

namespace {

using nlohmann::json;

constexpr std::size_t mostTensors = 4 << 20;
constexpr std::size_t mostDimensions = 64; // PyTorch's own limit
constexpr std::size_t longestText = 8192;

tl::unexpected<Error> unreadable(std::string_view what)
{
    return failure(ErrorKind::Malformed, {},
                   fmt::format("the program that runs TorchScript answered what cannot be read: {}", what));
}

/// An integer from -1 to below `count`; else nothing.
std::optional<std::int32_t> indexBelow(const json& value, std::size_t count)
{
    if (!value.is_number_integer())
        return std::nullopt;
    const auto index = value.get<std::int64_t>();
    if (index < -1 || index >= static_cast<std::int64_t>(count))
        return std::nullopt;
    return static_cast<std::int32_t>(index);
}

/// Element types that only PyTorch's quantised tensors have are those of their numbers.
DType dtypeOf(std::string_view name)
{
    if (name.starts_with('q'))
        name.remove_prefix(1);
    return dtypeNamed(name).value_or(DType::U8);
}

/// Not negative, and together few enough elements that sizes stay far from overflow.
Result<std::vector<RecordedSize>> sizesOf(const json& value)
{
    if (!value.is_array() || value.size() > mostDimensions)
        return unreadable("no list of sizes");
    std::vector<RecordedSize> sizes;
    std::int64_t elements = 1;
    for (const json& size : value) {
        const std::int64_t number = size.is_number_integer() ? size.get<std::int64_t>() : -1;
        if (number < 0 || number > mostElements / elements)
            return failure(ErrorKind::OutOfRange, {},
                           fmt::format("a tensor of more than {} elements, or no size", mostElements));
        elements *= std::max<std::int64_t>(number, 1);
        sizes.push_back({number});
    }
    return sizes;
}

class Reader {
public:
    Reader(const TorchNumbers& numbers) : m_numbers(numbers) {}

    Result<void> readTensor(const json& value);
    Result<void> readCall(const json& value);
    Result<void> readOutputs(const json& values);
    Result<TorchStop> readStop(const json& value) const;

    TorchRun take() { return std::move(m_run); }
    void reserve(std::size_t tensors, std::size_t calls)
    {
        m_run.graph.tensors.reserve(tensors);
        m_run.graph.calls.reserve(calls);
    }

private:
    std::optional<std::int32_t> tensorIndex(const json& value) const
    {
        return indexBelow(value, m_run.graph.tensors.size());
    }
    std::int32_t moduleAt(const json& value) const
    {
        const auto index = indexBelow(value, m_numbers.modules.size());
        return index && *index >= 0 ? m_numbers.modules[static_cast<std::size_t>(*index)] : 0;
    }
    Result<RecordedValue> readValue(const json& value) const;
    Result<RecordedValue> readTagged(std::string_view tag, const json& value) const;

    const TorchNumbers& m_numbers;
    TorchRun m_run;
};

Result<void> Reader::readTensor(const json& value)
{
    if (!value.is_array() || value.size() != 6 || !value[0].is_string() || !value[1].is_string())
        return unreadable("no tensor");
    static const std::map<std::string_view, RecordedTensor::Kind> kinds = {
        {"value", RecordedTensor::Kind::Value},
        {"argument", RecordedTensor::Kind::Argument},
        {"stored", RecordedTensor::Kind::Stored},
        {"constant", RecordedTensor::Kind::Constant}};
    const auto kind = kinds.find(value[0].get_ref<const std::string&>());
    const auto memory = indexBelow(value[2], mostTensors);
    auto sizes = sizesOf(value[3]);
    if (!sizes)
        return failure(sizes.error());
    if (kind == kinds.end() || !memory)
        return unreadable("no kind or memory of a tensor");
    RecordedTensor tensor{.kind = kind->second,
                          .dtype = dtypeOf(value[1].get_ref<const std::string&>()),
                          .sizes = *std::move(sizes),
                          .memory = *memory};
    if (value[4].is_array() && value[4].size() == tensor.sizes.size())
        for (const json& stride : value[4])
            tensor.strides.push_back({stride.is_number_integer() ? stride.get<std::int64_t>() : 0});
    if (tensor.kind == RecordedTensor::Kind::Stored) {
        const auto origin = indexBelow(value[5], m_numbers.tensors.size());
        tensor.stored = origin && *origin >= 0 ? m_numbers.tensors[static_cast<std::size_t>(*origin)] : -1;
        if (tensor.stored < 0)
            tensor.kind = RecordedTensor::Kind::Constant;
    }
    m_run.graph.tensors.push_back(std::move(tensor));
    return {};
}

/// A number that JSON may have no word for.
std::optional<double> realOf(const json& value)
{
    if (value.is_number())
        return value.get<double>();
    if (!value.is_string())
        return std::nullopt;
    const auto& word = value.get_ref<const std::string&>();
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return word == "inf" ? infinity : word == "-inf" ? -infinity : std::numeric_limits<double>::quiet_NaN();
}

Result<RecordedValue> Reader::readTagged(std::string_view tag, const json& value) const
{
    const auto list = [&](auto elements, auto read) -> Result<RecordedValue> {
        for (const json& element : value) {
            const auto one = read(element);
            if (!one)
                return unreadable("an element of a list");
            elements.push_back({*one});
        }
        return RecordedValue(std::move(elements));
    };
    const auto index = [&](const json& element) { return tensorIndex(element); };
    const auto whole = [](const json& element) {
        return element.is_number_integer() ? std::optional(element.get<std::int64_t>()) : std::nullopt;
    };
    if (tag == "t")
        if (const auto tensor = tensorIndex(value))
            return RecordedValue(TensorIndex{*tensor});
    if (tag == "f")
        if (const auto number = realOf(value))
            return RecordedValue(*number);
    if ((tag == "s" || tag == "d") && value.is_string() &&
        value.get_ref<const std::string&>().size() < longestText)
        return tag == "s" ? RecordedValue(value.get<std::string>())
                          : RecordedValue(dtypeOf(value.get_ref<const std::string&>()));
    if (value.is_array() && tag == "ts")
        return list(std::vector<TensorIndex>(), index);
    if (value.is_array() && tag == "is")
        return list(std::vector<RecordedSize>(), whole);
    if (value.is_array() && tag == "fs")
        return list(std::vector<double>(), realOf);
    return unreadable("a value");
}

Result<RecordedValue> Reader::readValue(const json& value) const
{
    if (value.is_boolean())
        return RecordedValue(value.get<bool>());
    if (value.is_number_integer())
        return RecordedValue(RecordedSize{value.get<std::int64_t>()});
    if (value.is_object() && value.size() == 1)
        return readTagged(value.begin().key(), value.begin().value());
    return unreadable("a value");
}

/// "aten.relu_.default" is called "relu_".
std::string_view operatorName(std::string_view target)
{
    target = target.substr(0, target.rfind('.'));
    return target.starts_with("aten.") ? target.substr(5) : target;
}

/// Of an operator that is written down as `target`. A site that says nothing is not known.
CalledAs calledFrom(const json& site, std::string_view target)
{
    const auto text = [&](const char* key) {
        const auto found = site.find(key);
        return found != site.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    const std::string called = text("called");
    const std::string written = text("text");
    const auto functions = site.find("functions");
    std::vector<std::string> running;
    if (functions != site.end() && functions->is_array())
        for (const json& function : *functions)
            if (function.is_string())
                running.push_back(function.get<std::string>());
    const auto known = site.find("known");
    return calledAs({.called = operatorName(called.empty() ? target : called),
                     .functions = running,
                     .isKnown = known != site.end() && known->is_boolean() && known->get<bool>(),
                     .text = written});
}

Result<void> Reader::readCall(const json& value)
{
    if (!value.is_array() || value.size() != 5 || !value[4].is_object() || !value[0].is_string() ||
        !value[2].is_array() || !value[3].is_array())
        return unreadable("no call");
    RecordedCall call{.target = value[0].get<std::string>(), .module = moduleAt(value[1])};
    const std::string_view target = call.target;
    if (target.size() > longestText)
        return unreadable("an operator's name");
    CalledAs as = calledFrom(value[4], target);
    call.spelling = as.spelling;
    call.function = std::move(as.function);
    const auto detached = value[4].find("detached");
    call.isDetached = detached != value[4].end() && detached->is_boolean() && detached->get<bool>();
    for (std::size_t i = 0; i + 1 < value[2].size(); i += 2) {
        auto argument = readValue(value[2][i + 1]);
        if (!argument)
            return failure(argument.error());
        if (!value[2][i].is_string())
            return unreadable("an argument without a name");
        call.arguments.push_back({value[2][i].get<std::string>(), *std::move(argument)});
    }
    for (const json& result : value[3]) {
        const auto tensor = tensorIndex(result);
        if (!tensor)
            return unreadable("a result");
        call.results.push_back({*tensor});
    }
    m_run.graph.calls.push_back(std::move(call));
    return {};
}

Result<void> Reader::readOutputs(const json& values)
{
    for (const json& value : values) {
        const auto tensor = tensorIndex(value);
        if (!tensor)
            return unreadable("an output");
        m_run.graph.outputs.push_back({*tensor});
    }
    return {};
}

Result<TorchStop> Reader::readStop(const json& value) const
{
    const auto text = [&](const char* key) {
        const auto found = value.find(key);
        return found != value.end() && found->is_string() ? found->get<std::string>().substr(0, longestText)
                                                          : std::string();
    };
    if (!value.is_object() || !value.contains("module"))
        return unreadable("an error");
    const std::string dependence = text("dependent");
    return TorchStop{.message = text("message"),
                     .target = dependence.empty() ? text("operator") : dependence,
                     .module = moduleAt(value["module"]),
                     .dependsOnValues = !dependence.empty()};
}

} // namespace

Result<TorchRun> readRecording(const json& answer, const TorchNumbers& numbers)
{
    const auto member = [&](const char* key) -> const json& {
        static const json none;
        const auto found = answer.find(key);
        return found != answer.end() && found->is_array() ? *found : none;
    };
    if (!answer.is_object() || !member("tensors").is_array() || !member("calls").is_array())
        return unreadable("no tensors or calls");
    if (member("tensors").size() > mostTensors)
        return unreadable("too many tensors");
    Reader reader(numbers);
    reader.reserve(member("tensors").size(), member("calls").size());
    for (const json& tensor : member("tensors"))
        if (const auto read = reader.readTensor(tensor); !read)
            return failure(read.error());
    for (const json& call : member("calls"))
        if (const auto read = reader.readCall(call); !read)
            return failure(read.error());
    const auto error = answer.find("error");
    if (error == answer.end()) {
        if (const auto read = reader.readOutputs(member("outputs")); !read)
            return failure(read.error());
        return reader.take();
    }
    auto stop = reader.readStop(*error);
    if (!stop)
        return failure(stop.error());
    TorchRun run = reader.take();
    run.stop = *std::move(stop);
    return run;
}

} // namespace sunflop
