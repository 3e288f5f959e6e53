// SPDX-License-Identifier: GPL-3.0-or-later
// A 64-bit length, that many bytes of JSON, and the data:
//   {"__metadata__": {"format": "pt"}, "lm_head.weight": {"dtype": "BF16", "shape": [2, 3], "data_offsets":
//   [0, 12]}}
// Offsets count from the end of the JSON. A header may have 100,000 tensors, so it is read as a stream of
// events, without a tree.

#include "core/formats/checkpoint/safetensors_header.h"

#include "core/base/byte_reader.h"
#include "core/base/plain_text.h"
#include "core/base/units.h"
#include "core/formats/checkpoint/checkpoint.h"
#include "core/model/json_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace sunflop {

namespace {

/// What the library that writes these files allows.
constexpr std::uint64_t longestHeader = 100'000'000;

struct TypeName {
    std::string_view name;
    DType dtype;
};

constexpr std::array typeNames{
    TypeName{"BF16", DType::BF16},
    TypeName{"F32", DType::F32},
    TypeName{"F16", DType::F16},
    TypeName{"F64", DType::F64},
    TypeName{"F8_E4M3", DType::F8E4M3},
    TypeName{"F8_E5M2", DType::F8E5M2},
    TypeName{"F8_E4M3FNUZ", DType::F8E4M3FNUZ},
    TypeName{"F8_E5M2FNUZ", DType::F8E5M2FNUZ},
    TypeName{"F8_E8M0", DType::F8E8M0},
    TypeName{"F6_E2M3", DType::F6E2M3},
    TypeName{"F6_E3M2", DType::F6E3M2},
    TypeName{"F4", DType::F4},
    TypeName{"I64", DType::I64},
    TypeName{"I32", DType::I32},
    TypeName{"I16", DType::I16},
    TypeName{"I8", DType::I8},
    TypeName{"U64", DType::U64},
    TypeName{"U32", DType::U32},
    TypeName{"U16", DType::U16},
    TypeName{"U8", DType::U8},
    TypeName{"BOOL", DType::Bool},
    TypeName{"C64", DType::C64},
};

/// One entry as far as it was read.
struct Entry {
    std::string name;
    std::optional<DType> dtype;
    std::optional<Sizes> shape;
    std::optional<Sizes> offsets;
};

/// Takes the parser's events. The first error ends the parse.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
public:
    std::vector<Entry> entries;
    std::optional<Error> error;

    bool null() override { return value("null"); }
    bool boolean(bool) override { return value("a truth value"); }
    bool number_integer(number_integer_t number) override { return integer(number); }
    bool number_unsigned(number_unsigned_t number) override
    {
        return number > static_cast<number_unsigned_t>(mostElements * 64)
                   ? refuse(fmt::format("{} is too large", number))
                   : integer(static_cast<std::int64_t>(number));
    }
    bool number_float(number_float_t, const string_t&) override { return value("a fraction"); }
    bool binary(binary_t&) override { return value("binary data"); }
    bool string(string_t& text) override;
    bool start_object(std::size_t) override;
    bool key(string_t& name) override;
    bool end_object() override;
    bool start_array(std::size_t) override;
    bool end_array() override;
    bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override
    {
        error = Error{ErrorKind::Malformed, fmt::format("byte {}", position + 8), "the header is no JSON"};
        return false;
    }

private:
    bool isInMetadata() const { return m_depth >= 1 && m_key == "__metadata__"; }
    bool refuse(std::string detail)
    {
        error = Error{ErrorKind::Malformed, shortened(m_key), std::move(detail)};
        return false;
    }
    /// Where only dtype, shape and data_offsets are expected.
    bool value(std::string_view found)
    {
        return isInMetadata() ||
               refuse(fmt::format("found {}, expected dtype, shape and data_offsets", found));
    }
    bool integer(std::int64_t number);

    int m_depth = 0; ///< of objects
    bool m_isArray = false;
    std::string m_key;   ///< of the tensor
    std::string m_field; ///< of its entry
};

bool HeaderReader::string(string_t& text)
{
    if (m_depth == 2 && !isInMetadata() && m_field == "dtype" && !m_isArray) {
        const auto type = std::ranges::find(typeNames, text, &TypeName::name);
        if (type == typeNames.end()) {
            error = Error{ErrorKind::Unsupported, shortened(m_key),
                          fmt::format("\"{}\" is no element type of safetensors", shortened(text))};
            return false;
        }
        entries.back().dtype = type->dtype;
        return true;
    }
    return value("a text");
}

bool HeaderReader::start_object(std::size_t)
{
    ++m_depth;
    if (m_depth == 2 && m_key != "__metadata__")
        entries.push_back({m_key, {}, {}, {}});
    return m_depth <= 2 || refuse("an object within a tensor's entry");
}

bool HeaderReader::key(string_t& name)
{
    if (m_depth == 2) {
        m_field = name;
        return true;
    }
    if (entries.size() >= mostTensors)
        return refuse(fmt::format("more than {} tensors", mostTensors));
    m_key = name;
    return true;
}

bool HeaderReader::end_object()
{
    if (m_depth-- == 2 && m_key != "__metadata__") {
        const Entry& entry = entries.back();
        if (!entry.dtype || !entry.shape || !entry.offsets)
            return refuse("expected dtype, shape and data_offsets");
    }
    return true;
}

bool HeaderReader::start_array(std::size_t)
{
    const bool isExpected = m_depth == 2 && !isInMetadata() && !m_isArray;
    if (!isExpected)
        return refuse("found a list, expected dtype, shape and data_offsets");
    auto& list = m_field == "shape" ? entries.back().shape : entries.back().offsets;
    if ((m_field != "shape" && m_field != "data_offsets") || list)
        return refuse(fmt::format("a second or unknown list \"{}\"", shortened(m_field)));
    list.emplace();
    m_isArray = true;
    return true;
}

bool HeaderReader::integer(std::int64_t number)
{
    if (!m_isArray)
        return value("a number");
    auto& list = m_field == "shape" ? entries.back().shape : entries.back().offsets;
    constexpr std::size_t mostDimensions = 64;
    if (number < 0 || list->size() == mostDimensions)
        return refuse(fmt::format("{} among at most {} sizes from 0 on", number, mostDimensions));
    list->push_back(number);
    return true;
}

bool HeaderReader::end_array()
{
    m_isArray = false;
    return true;
}

/// Bits that elements of a plain type take together, in bytes.
Count packedBytes(const Sizes& shape, DType dtype)
{
    Count elements = 1;
    for (const std::int64_t size : shape)
        elements *= size;
    const DTypeInfo& format = info(dtype);
    if (elements > Count(mostElements * 64))
        return Count::saturated();
    return (elements.value() + format.blockElements - 1) / format.blockElements * Count(format.blockBytes);
}

Result<StoredTensor> tensorOf(Entry& entry, std::int64_t dataBytes)
{
    const auto refuse = [&](std::string detail) {
        return failure(ErrorKind::Malformed, shortened(entry.name), std::move(detail));
    };
    const Sizes& offsets = *entry.offsets;
    if (offsets.size() != 2 || offsets[0] > offsets[1])
        return refuse("data_offsets are no [begin, end]");
    if (offsets[1] > dataBytes)
        return refuse(fmt::format("the data end at byte {}, but there are {}", offsets[1], dataBytes));
    const Count expected = packedBytes(*entry.shape, *entry.dtype);
    if (expected != Count(offsets[1] - offsets[0]))
        return refuse(fmt::format("{} bytes of data, but the shape takes {}", offsets[1] - offsets[0],
                                  exactText(expected)));
    return StoredTensor{.kind = storedKind(entry.name, *entry.dtype),
                        .name = std::move(entry.name),
                        .shape = shapeOf(*entry.shape),
                        .dtype = *entry.dtype,
                        .bytes = expected};
}

Result<std::vector<StoredTensor>> tensorsOf(std::vector<Entry>& entries, std::int64_t dataBytes)
{
    std::vector<std::size_t> order(entries.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto begin = [&](std::size_t i) {
        return entries[i].offsets->empty() ? 0 : entries[i].offsets->front();
    };
    std::ranges::stable_sort(order, {}, begin);
    std::vector<StoredTensor> tensors;
    tensors.reserve(entries.size());
    std::int64_t end = 0;
    for (const std::size_t i : order) {
        const std::string name = entries[i].name;
        auto tensor = tensorOf(entries[i], dataBytes);
        if (!tensor)
            return failure(tensor.error());
        if (entries[i].offsets->front() != end)
            return failure(ErrorKind::Malformed, shortened(name),
                           fmt::format("the data begin at byte {}, expected {}: no overlap and no hole",
                                       entries[i].offsets->front(), end));
        end = entries[i].offsets->back();
        tensors.push_back(*std::move(tensor));
    }
    if (end != dataBytes)
        return failure(ErrorKind::Malformed, {},
                       fmt::format("the data end at byte {}, the file has {}", end, dataBytes));
    return tensors;
}

} // namespace

bool looksLikeSafetensors(const Bytes& bytes)
{
    ByteReader reader(bytes);
    const std::uint64_t length = reader.u64();
    const std::uint8_t first = reader.u8();
    return !reader.failed() && first == '{' && length >= 2 && length < (std::uint64_t{1} << 32);
}

Result<std::vector<StoredTensor>> safetensorsHeader(const Bytes& bytes)
{
    ByteReader reader(bytes);
    const std::uint64_t length = reader.u64();
    if (length > longestHeader)
        return failure(ErrorKind::Malformed, "byte 0",
                       fmt::format("a header of {} bytes, expected at most {}", length, longestHeader));
    const std::string json = reader.text(length);
    if (reader.failed())
        return failure(*reader.error());
    HeaderReader header;
    const bool isRead = nlohmann::json::sax_parse(json, &header);
    if (header.error)
        return failure(*header.error);
    if (!isRead)
        return failure(ErrorKind::Malformed, {}, "the header is no JSON");
    return tensorsOf(header.entries, static_cast<std::int64_t>(bytes.size() - 8 - length));
}

} // namespace sunflop
