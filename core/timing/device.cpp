// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/timing/device.h"

#include "core/base/nearest.h"
#include "core/base/plain_text.h"
#include "core/base/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>

namespace sunflop {

namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, precisionCount> names{"fp32", "tf32", "bf16", "fp16",
                                                             "fp8",  "int8", "fp4"};
constexpr double gibibyte = 1024.0 * 1024 * 1024;
constexpr double mebibyte = 1024.0 * 1024;

/// Classes that stand in for one that a device lacks, nearest first.
std::span<const Precision> standIns(Precision wanted)
{
    static constexpr std::array f4{Precision::F8, Precision::BF16, Precision::F16, Precision::F32};
    static constexpr std::array f8{Precision::BF16, Precision::F16, Precision::F32};
    static constexpr std::array f16{Precision::BF16, Precision::F32};
    static constexpr std::array f32{Precision::F32, Precision::BF16};
    switch (wanted) {
    case Precision::F4: return f4;
    case Precision::F8:
    case Precision::I8: return f8;
    case Precision::F16: return f16;
    case Precision::F32:
    case Precision::TF32:
    case Precision::BF16: break;
    }
    return f32;
}

/// Reads the keys of one device; the first error is kept and later reads are harmless.
class DeviceReader {
public:
    DeviceReader(const Json& json, std::string where) : m_json(json), m_where(std::move(where)) {}

    std::string text(const char* key, bool isNeeded = false)
    {
        if (!m_json.contains(key)) {
            if (isNeeded)
                refuse(key, "missing, expected a text");
            return {};
        }
        const Json& value = m_json[key];
        if (!value.is_string() || (isNeeded && value.get_ref<const std::string&>().empty())) {
            refuse(key, fmt::format("found {}, expected a text", shortened(value.dump())));
            return {};
        }
        return value.get<std::string>();
    }

    /// A number in (0, most].
    std::optional<double> number(const Json& object, const char* key, double most)
    {
        if (!object.contains(key) || object[key].is_null())
            return std::nullopt;
        const Json& value = object[key];
        if (value.is_number() && value.get<double>() > 0 && value.get<double>() <= most)
            return value.get<double>();
        refuse(key,
               fmt::format("found {}, expected a number above 0, at most {}", shortened(value.dump()), most));
        return std::nullopt;
    }

    void refuse(const char* key, std::string detail)
    {
        if (!m_error)
            m_error = Error{ErrorKind::Malformed, fmt::format("{}: {}", m_where, key), std::move(detail)};
    }

    const std::optional<Error>& error() const { return m_error; }

private:
    const Json& m_json;
    std::string m_where;
    std::optional<Error> m_error;
};

constexpr double mostGigabytes = 1e6;
constexpr double mostRate = 1e9; // GB/s or TFLOP/s

void readMemory(DeviceReader& reader, const Json& json, Device& device)
{
    const auto usable = reader.number(json, "usable_gib", mostGigabytes);
    const auto labelled = reader.number(json, "memory_gb", mostGigabytes);
    if (!usable && !labelled)
        reader.refuse("memory_gb", "missing, expected it or usable_gib");
    device.labelledGigabytes = labelled.value_or(0);
    device.memorySource = reader.text("memory_source");
    if (!usable)
        device.memorySource =
            fmt::format("{:.0f} % of the label, the least that is known of a card", 100 * leastUsableShare);
    // Labels mix GB and GiB; an "80 GB" card offers 79 GiB, so that GiB is nearer.
    device.memoryBytes =
        static_cast<std::int64_t>(usable.value_or(device.labelledGigabytes * leastUsableShare) * gibibyte);
}

void readPeaks(DeviceReader& reader, const Json& json, Device& device)
{
    if (!json.contains("peak_tflops") || !json["peak_tflops"].is_object()) {
        reader.refuse("peak_tflops", "missing, expected an object such as {\"bf16\": 989}");
        return;
    }
    const Json& peaks = json["peak_tflops"];
    for (const auto& entry : peaks.items())
        if (std::ranges::find(names, entry.key()) == names.end())
            reader.refuse("peak_tflops", fmt::format("found \"{}\", expected one of {}",
                                                     shortened(entry.key()), fmt::join(names, ", ")));
    for (std::size_t i = 0; i < names.size(); ++i)
        if (const auto rate = reader.number(peaks, names[i].data(), mostRate))
            device.peaks[i] = *rate * 1e12;
    if (!device.peaks[static_cast<std::size_t>(Precision::F32)] &&
        !device.peaks[static_cast<std::size_t>(Precision::BF16)])
        reader.refuse("peak_tflops", "neither fp32 nor bf16, expected at least one of them");
}

Result<Device> readDevice(const Json& json, std::size_t index)
{
    const std::string place = fmt::format("devices[{}]", index);
    if (!json.is_object())
        return failure(ErrorKind::Malformed, place,
                       fmt::format("found {}, expected an object", shortened(json.dump())));
    DeviceReader reader(json, place);
    Device device;
    device.id = reader.text("id", true);
    device.name = json.contains("name") ? reader.text("name", true) : device.id;
    readMemory(reader, json, device);
    const auto bandwidth = reader.number(json, "bandwidth_gb_per_s", mostRate);
    if (!bandwidth)
        reader.refuse("bandwidth_gb_per_s", "missing, expected a number of 1e9 bytes/s");
    device.bandwidth = bandwidth.value_or(0) * 1e9;
    readPeaks(reader, json, device);
    device.matmulEfficiency = reader.number(json, "matmul_efficiency", 1).value_or(device.matmulEfficiency);
    device.linkBandwidth = reader.number(json, "link_gb_per_s", mostRate).value_or(0) * 1e9;
    if (const auto workspace = reader.number(json, "workspace_mib", mostGigabytes))
        device.workspaceBytes = static_cast<std::int64_t>(*workspace * mebibyte);
    device.isCommon = json.value("common", Json(false)) == Json(true);
    device.source = reader.text("source");
    device.confidence = reader.text("confidence");
    device.note = reader.text("note");
    if (reader.error())
        return failure(*reader.error());
    return device;
}

/// "A100 SXM4 80GB" as {"a100", "sxm4", "80gb"}.
std::vector<std::string> words(std::string_view text)
{
    std::vector<std::string> found;
    bool inWord = false;
    for (const char c : text) {
        const bool isPart = std::isalnum(static_cast<unsigned char>(c)) != 0;
        if (isPart && !inWord)
            found.emplace_back();
        if (isPart)
            found.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        inWord = isPart;
    }
    return found;
}

bool matches(const Device& device, const std::vector<std::string>& wanted)
{
    const std::vector<std::string> own = words(device.id + " " + device.name);
    return std::ranges::all_of(wanted, [&](const std::string& word) {
        return std::ranges::any_of(own, [&](const std::string& part) { return part.starts_with(word); });
    });
}

} // namespace

std::string_view precisionName(Precision precision)
{
    return names[static_cast<std::size_t>(precision)];
}

Peak Device::peak(Precision wanted) const
{
    if (const auto own = peaks[static_cast<std::size_t>(wanted)])
        return {*own, wanted};
    for (const Precision other : standIns(wanted))
        if (const auto rate = peaks[static_cast<std::size_t>(other)])
            return {*rate, other};
    return {0, wanted};
}

Result<std::vector<Device>> readDevices(std::string_view json)
{
    const Json root = Json::parse(json, nullptr, false);
    if (root.is_discarded())
        return failure(ErrorKind::Malformed, {}, "this is no JSON text");
    if (!root.is_object() || !root.contains("devices") || !root["devices"].is_array())
        return failure(ErrorKind::Malformed, "devices", "missing, expected a list of devices");
    std::vector<Device> read;
    for (std::size_t i = 0; i < root["devices"].size(); ++i) {
        auto device = readDevice(root["devices"][i], i);
        if (!device)
            return failure(device.error());
        if (std::ranges::count(read, device->id, &Device::id) > 0)
            return failure(
                ErrorKind::Conflict, fmt::format("devices[{}]: id", i),
                fmt::format("\"{}\" a second time, expected an id of its own", shortened(device->id)));
        read.push_back(*std::move(device));
    }
    return read;
}

Result<Device> deviceNamed(std::string_view text, std::span<const Device> known)
{
    const std::vector<std::string> wanted = words(text);
    std::vector<const Device*> found;
    std::vector<const Device*> common;
    for (const Device& device : known) {
        if (words(device.id) == wanted)
            return device;
        if (wanted.empty() || !matches(device, wanted))
            continue;
        found.push_back(&device);
        if (device.isCommon)
            common.push_back(&device);
    }
    if (found.size() == 1)
        return *found.front();
    if (common.size() == 1)
        return *common.front();
    if (found.empty())
        return failure(ErrorKind::NotFound, "device",
                       fmt::format("\"{}\" is not known, {}", shortened(text),
                                   expectedName(text, idsOf(known), "list devices")));
    std::vector<std::string_view> ids;
    for (const Device* device : found)
        ids.push_back(device->id);
    return failure(
        ErrorKind::Conflict, "device",
        fmt::format("\"{}\" may be any of {}, expected one of them", shortened(text), fmt::join(ids, ", ")));
}

} // namespace sunflop
