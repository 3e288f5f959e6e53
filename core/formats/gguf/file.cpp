// SPDX-License-Identifier: GPL-3.0-or-later
// "GGUF", version, number of tensors, number of keys; each key with a type and a value; each tensor with its
// name, dimensions (contiguous one first), type and offset; then the data, aligned. Source:
// ggml/docs/gguf.md.

#include "core/formats/gguf/file.h"

#include "core/base/byte_reader.h"
#include "core/base/plain_text.h"
#include "core/formats/checkpoint/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <utility>

namespace sunflop {

namespace {

struct GgmlType {
    std::uint32_t id;
    DType dtype;
};

/// ggml_type of ggml.h; numbers that are missing were removed.
constexpr std::array ggmlTypes{
    GgmlType{0, DType::F32},     GgmlType{1, DType::F16},      GgmlType{2, DType::Q4_0},
    GgmlType{3, DType::Q4_1},    GgmlType{6, DType::Q5_0},     GgmlType{7, DType::Q5_1},
    GgmlType{8, DType::Q8_0},    GgmlType{9, DType::Q8_1},     GgmlType{10, DType::Q2_K},
    GgmlType{11, DType::Q3_K},   GgmlType{12, DType::Q4_K},    GgmlType{13, DType::Q5_K},
    GgmlType{14, DType::Q6_K},   GgmlType{15, DType::Q8_K},    GgmlType{16, DType::IQ2_XXS},
    GgmlType{17, DType::IQ2_XS}, GgmlType{18, DType::IQ3_XXS}, GgmlType{19, DType::IQ1_S},
    GgmlType{20, DType::IQ4_NL}, GgmlType{21, DType::IQ3_S},   GgmlType{22, DType::IQ2_S},
    GgmlType{23, DType::IQ4_XS}, GgmlType{24, DType::I8},      GgmlType{25, DType::I16},
    GgmlType{26, DType::I32},    GgmlType{27, DType::I64},     GgmlType{28, DType::F64},
    GgmlType{29, DType::IQ1_M},  GgmlType{30, DType::BF16},    GgmlType{34, DType::TQ1_0},
    GgmlType{35, DType::TQ2_0},  GgmlType{39, DType::MXFP4},   GgmlType{40, DType::NVFP4},
    GgmlType{41, DType::Q1_0},   GgmlType{42, DType::Q2_0},
};

/// Types of values, and the bytes of those that have a fixed size.
enum class ValueType : std::uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, Text, List, U64, I64, F64 };
constexpr std::array<std::uint64_t, 13> valueBytes{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

constexpr std::uint64_t mostKeys = 1 << 16;
constexpr std::uint64_t mostItems = 1 << 24;
constexpr std::uint64_t longestName = 1 << 16;
/// Texts and lists of more are counted, not kept: templates, vocabularies.
constexpr std::uint64_t longestText = 4096;
constexpr std::uint64_t longestList = 4096;

class HeaderReader {
public:
    explicit HeaderReader(const Bytes& bytes) : m_reader(bytes), m_bytes(bytes) {}

    Result<GgufHeader> read();

private:
    /// A tensor's place in the data.
    struct Place {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
    };

    void readStart();
    std::uint64_t count() { return m_version == 1 ? m_reader.u32() : m_reader.u64(); }
    std::string name();
    void readKey();
    nlohmann::json readValue(ValueType type, const std::string& key, int depth);
    nlohmann::json readText();
    nlohmann::json readNumber(ValueType type);
    nlohmann::json readList(const std::string& key, int depth);
    void readTensor();
    std::uint64_t alignment();
    void checkPlaces();

    ByteReader m_reader;
    Bytes m_bytes;
    std::uint32_t m_version = 0;
    std::uint64_t m_tensors = 0;
    std::uint64_t m_keys = 0;
    GgufHeader m_header;
    std::vector<Place> m_places;
};

Result<GgufHeader> HeaderReader::read()
{
    readStart();
    for (std::uint64_t i = 0; i < m_keys && !m_reader.failed(); ++i)
        readKey();
    for (std::uint64_t i = 0; i < m_tensors && !m_reader.failed(); ++i)
        readTensor();
    if (!m_reader.failed())
        checkPlaces();
    if (m_reader.failed())
        return failure(*m_reader.error());
    if (const auto repeated = repeatedName(m_header.tensors))
        return failure(ErrorKind::Malformed, shortened(*repeated),
                       "two tensors have this name, expected one");
    return std::move(m_header);
}

void HeaderReader::readStart()
{
    constexpr std::uint32_t newest = 3;
    if (m_reader.text(4) != "GGUF")
        m_reader.fail("expected GGUF");
    m_version = m_reader.u32();
    if ((m_version & 0xffff) == 0 && m_version != 0)
        return m_reader.fail("a GGUF file of a big-endian machine, expected least bytes first",
                             ErrorKind::Unsupported);
    if (m_version < 1 || m_version > newest)
        return m_reader.fail(fmt::format("version {}, expected 1 to {}", m_version, newest),
                             ErrorKind::Unsupported);
    m_tensors = count();
    m_keys = count();
    if (m_tensors > mostTensors || m_keys > mostKeys)
        m_reader.fail(fmt::format("{} tensors and {} keys, expected at most {} and {}", m_tensors, m_keys,
                                  mostTensors, mostKeys));
}

std::string HeaderReader::name()
{
    const std::uint64_t length = count();
    if (length > longestName)
        m_reader.fail(fmt::format("a name of {} bytes, expected at most {}", length, longestName));
    return m_reader.failed() ? std::string() : m_reader.text(length);
}

void HeaderReader::readKey()
{
    const std::string key = name();
    const std::uint32_t type = m_reader.u32();
    nlohmann::json value = readValue(static_cast<ValueType>(type), key, 0);
    if (!m_reader.failed() && !value.is_null() && !m_header.values.emplace(key, std::move(value)).second)
        m_reader.fail(fmt::format("the key \"{}\" stands twice", shortened(key)));
}

nlohmann::json HeaderReader::readValue(ValueType type, const std::string& key, int depth)
{
    if (static_cast<std::uint32_t>(type) >= valueBytes.size()) {
        m_reader.fail(fmt::format("{} is no type of values, expected 0 to {}",
                                  static_cast<std::uint32_t>(type), valueBytes.size() - 1));
        return {};
    }
    if (type == ValueType::Text)
        return readText();
    return type == ValueType::List ? readList(key, depth) : readNumber(type);
}

nlohmann::json HeaderReader::readText()
{
    const std::uint64_t length = count();
    if (length <= longestText)
        return m_reader.text(length);
    m_reader.skip(length);
    return {};
}

nlohmann::json HeaderReader::readNumber(ValueType type)
{
    switch (type) {
    case ValueType::U8: return m_reader.u8();
    case ValueType::I8: return static_cast<std::int8_t>(m_reader.u8());
    case ValueType::U16: return m_reader.u16();
    case ValueType::I16: return static_cast<std::int16_t>(m_reader.u16());
    case ValueType::U32: return m_reader.u32();
    case ValueType::I32: return static_cast<std::int32_t>(m_reader.u32());
    case ValueType::F32: return std::bit_cast<float>(m_reader.u32());
    case ValueType::Bool: return m_reader.u8() != 0;
    case ValueType::U64: return m_reader.u64();
    case ValueType::I64: return static_cast<std::int64_t>(m_reader.u64());
    default: return std::bit_cast<double>(m_reader.u64());
    }
}

nlohmann::json HeaderReader::readList(const std::string& key, int depth)
{
    constexpr int deepest = 4;
    const auto type = static_cast<ValueType>(m_reader.u32());
    const std::uint64_t items = count();
    if (items > mostItems || depth > deepest) {
        m_reader.fail(fmt::format("a list of {} items {} deep, expected at most {} items {} deep", items,
                                  depth + 1, mostItems, deepest + 1));
        return {};
    }
    if (depth == 0)
        m_header.lengths[key] = static_cast<std::int64_t>(items);
    const auto width =
        static_cast<std::uint32_t>(type) < valueBytes.size() ? valueBytes[static_cast<std::size_t>(type)] : 0;
    if (width > 0 && items > longestList) {
        m_reader.skip(items * width);
        return {};
    }
    nlohmann::json list = nlohmann::json::array();
    for (std::uint64_t i = 0; i < items && !m_reader.failed(); ++i) {
        nlohmann::json item = readValue(type, key, depth + 1);
        if (width > 0)
            list.push_back(std::move(item));
    }
    return width > 0 ? list : nlohmann::json();
}

void HeaderReader::readTensor()
{
    constexpr std::uint32_t mostDimensions = 8;
    StoredTensor tensor{.name = name()};
    const std::uint32_t dimensions = m_reader.u32();
    if (dimensions > mostDimensions)
        return m_reader.fail(fmt::format("{} dimensions, expected at most {}", dimensions, mostDimensions));
    Sizes sizes;
    Count elements = 1;
    for (std::uint32_t i = 0; i < dimensions; ++i) {
        const std::uint64_t size = m_version == 1 ? m_reader.u32() : m_reader.u64();
        if (size > static_cast<std::uint64_t>(mostElements))
            return m_reader.fail(fmt::format("a dimension of {}, expected at most {}", size, mostElements));
        sizes.insert(sizes.begin(), static_cast<std::int64_t>(size));
        elements *= sizes.front();
    }
    const std::uint32_t id = m_reader.u32();
    const std::uint64_t begin = m_reader.u64();
    const auto type = std::ranges::find(ggmlTypes, id, &GgmlType::id);
    if (type == ggmlTypes.end())
        return m_reader.fail(
            fmt::format("{}: {} is no type of ggml that is known", shortened(tensor.name), id),
            ErrorKind::Unsupported);
    const std::int64_t block = info(type->dtype).blockElements;
    if (elements > Count(mostElements) || (sizes.empty() ? 1 : sizes.back()) % block != 0)
        return m_reader.fail(fmt::format("{}: rows of {} elements, expected whole blocks of {}",
                                         shortened(tensor.name), sizes.empty() ? 1 : sizes.back(), block));
    tensor.shape = shapeOf(sizes);
    tensor.dtype = type->dtype;
    tensor.bytes = byteSize(tensor.shape, tensor.dtype);
    if (tensor.name.starts_with("rope_freqs") || tensor.name.starts_with("rope_factors"))
        tensor.kind = StoredTensor::Kind::Buffer;
    if (begin > m_bytes.size())
        return m_reader.fail(fmt::format("{}: data at {}, but the file has {} bytes", shortened(tensor.name),
                                         begin, m_bytes.size()));
    m_places.push_back({begin, begin + static_cast<std::uint64_t>(tensor.bytes.value())});
    m_header.tensors.push_back(std::move(tensor));
}

std::uint64_t HeaderReader::alignment()
{
    constexpr std::uint64_t usual = 32;
    constexpr std::uint64_t most = 1 << 24;
    const auto found = m_header.values.find("general.alignment");
    const std::uint64_t value = found != m_header.values.end() && found->second.is_number_unsigned()
                                    ? found->second.get<std::uint64_t>()
                                    : usual;
    if (!std::has_single_bit(value) || value > most)
        m_reader.fail(fmt::format("general.alignment is {}, expected a power of two", value));
    return value;
}

void HeaderReader::checkPlaces()
{
    const std::uint64_t step = alignment();
    if (m_reader.failed())
        return;
    const std::uint64_t start = (m_reader.position() + step - 1) / step * step;
    const std::uint64_t data = m_bytes.size() > start ? m_bytes.size() - start : 0;
    std::vector<std::size_t> order(m_places.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return m_places[i].begin; });
    std::uint64_t end = 0;
    for (const std::size_t i : order) {
        const Place place = m_places[i];
        const std::string& name = m_header.tensors[i].name;
        if (place.end > data)
            return m_reader.fail(fmt::format("{}: the data end at byte {}, but there are {}", shortened(name),
                                             place.end, data));
        if (place.begin < end || place.begin % step != 0)
            return m_reader.fail(
                fmt::format("{}: the data begin at byte {}, expected a multiple of {} from {} on",
                            shortened(name), place.begin, step, end));
        end = place.end;
    }
}

} // namespace

std::optional<std::int64_t> GgufHeader::number(std::string_view key) const
{
    const auto found = values.find(key);
    const bool isNumber = found != values.end() && found->second.is_number_integer();
    return isNumber ? std::optional(found->second.get<std::int64_t>()) : std::nullopt;
}

Result<GgufHeader> readGguf(const Bytes& bytes)
{
    return HeaderReader(bytes).read();
}

} // namespace sunflop
