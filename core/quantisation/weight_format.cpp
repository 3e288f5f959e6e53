// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantisation/weight_format.h"

#include <fmt/format.h>

#include <numeric>

namespace sunflop {

namespace {

/// A weight as equal matrices.
struct Matrices {
    Count count = 1;
    Count rows = 1;
    Count columns = 1;
};

Matrices matricesOf(const Shape& shape, bool isFlat)
{
    if (isFlat || shape.rank() < 2)
        return {.columns = shape.elements()};
    Matrices m{.rows = shape[0]};
    std::size_t next = 1;
    if (shape.rank() == 3)
        m = {.count = shape[0], .rows = shape[next++]};
    for (; next < shape.rank(); ++next)
        m.columns *= shape[next];
    return m;
}

Count ceilDivided(Count a, Count b)
{
    return a.isSaturated() ? a : Count((a.value() + b.value() - 1) / b.value());
}

/// Tiles along one side of `size`; a tile of 0 covers the side.
Count tiles(Count size, std::int64_t tile)
{
    return tile == 0 ? Count(1) : ceilDivided(size, tile);
}

/// Payload of `bits` in the fewest whole bytes that hold whole elements, at least `leastBytes` together.
WeightFormat packed(std::string id, std::int64_t bits, std::int64_t leastBytes)
{
    const std::int64_t blockBits = std::lcm(bits, 8 * leastBytes);
    return {.id = std::move(id), .blockElements = blockBits / bits, .blockBytes = blockBits / 8};
}

std::string grouped(std::string_view id, std::int64_t bits, std::int64_t group)
{
    return group == 0 ? fmt::format("{}-{}", id, bits) : fmt::format("{}-{}-g{}", id, bits, group);
}

} // namespace

PackedBytes packedBytes(const Shape& shape, const WeightFormat& format)
{
    const Matrices m = matricesOf(shape, format.isFlat);
    PackedBytes bytes;
    bytes.payload = m.count * m.rows * ceilDivided(m.columns, format.blockElements) * format.blockBytes;
    bytes.companions = format.tensorBytes;
    for (const Companion& companion : format.companions) {
        const Count items =
            m.count * tiles(m.rows, companion.tileRows) * tiles(m.columns, companion.tileColumns);
        bytes.companions += ceilDivided(items * companion.bits, 8);
    }
    return bytes;
}

double bitsPerWeight(const Shape& shape, const WeightFormat& format)
{
    return 8.0 * static_cast<double>(packedBytes(shape, format).total().value()) /
           static_cast<double>(shape.elements().value());
}

namespace packing {

WeightFormat plain(DType dtype)
{
    const DTypeInfo& known = info(dtype);
    return {
        .id = std::string(known.id), .blockElements = known.blockElements, .blockBytes = known.blockBytes};
}

WeightFormat bitsandbytesInt8()
{
    return {.id = "bnb-int8", .blockBytes = 1, .companions = {{.name = "scales"}}};
}

WeightFormat bitsandbytes4(std::string_view id, bool doubleQuantised, std::int64_t block)
{
    constexpr std::int64_t codeBytes = 16 * 4;
    WeightFormat format = packed(std::string(id), 4, 1);
    format.isFlat = true;
    format.isExpanded = true;
    if (!doubleQuantised) {
        format.companions = {{.name = "absmax", .tileColumns = block}};
        format.tensorBytes = codeBytes;
        return format;
    }
    constexpr std::int64_t nested = 256;
    format.companions = {{.name = "absmax", .tileColumns = block, .bits = 8},
                         {.name = "nested absmax", .tileColumns = block * nested}};
    format.tensorBytes = codeBytes + nested * 4 + 4;
    return format;
}

WeightFormat gptq(std::int64_t bits, std::int64_t group)
{
    WeightFormat format = awq(bits, group);
    format.id = grouped("gptq", bits, group);
    format.companions.push_back({.name = "g_idx", .tileRows = 0, .tileColumns = 1});
    return format;
}

WeightFormat awq(std::int64_t bits, std::int64_t group)
{
    WeightFormat format = packed(grouped("awq", bits, group), bits, 4);
    format.companions = {{.name = "scales", .tileColumns = group, .bits = 16},
                         {.name = "zeros", .tileColumns = group, .bits = bits}};
    return format;
}

WeightFormat scaleAndZero(std::string_view id, std::int64_t bits, std::int64_t group)
{
    WeightFormat format = packed(grouped(id, bits, group), bits, 1);
    format.companions = {{.name = "scales", .tileColumns = group, .bits = 16},
                         {.name = "zeros", .tileColumns = group, .bits = 16}};
    return format;
}

WeightFormat hqq(std::int64_t bits, std::int64_t group)
{
    constexpr std::int64_t wordBytes = 4;
    WeightFormat format = scaleAndZero("hqq", bits, group);
    format.isExpanded = true;
    if (bits == 3) {
        format.blockElements = 10;
        format.blockBytes = wordBytes;
        format.isFlat = group > 0; // words run across the groups
    } else if (bits > 4) {
        format.blockElements = format.blockBytes = 1;
    }
    return format;
}

WeightFormat packedInts(std::int64_t bits, std::int64_t group, bool hasZeros, bool hasIndex)
{
    constexpr std::int64_t wordBits = 32;
    const std::int64_t perWord = wordBits / bits;
    WeightFormat format{.id = group == 0 ? fmt::format("int{}-channel", bits)
                                         : fmt::format("int{}-g{}", bits, group),
                        .blockElements = perWord,
                        .blockBytes = wordBits / 8,
                        .companions = {{.name = "scales", .tileColumns = group, .bits = 16},
                                       {.name = "shape", .tileRows = 0, .bits = 2 * 64}}};
    if (hasZeros) // packed along the outputs
        format.companions.push_back({.name = "zeros", .tileRows = perWord, .tileColumns = group});
    if (hasIndex)
        format.companions.push_back({.name = "g_idx", .tileRows = 0, .tileColumns = 1});
    return format;
}

WeightFormat aqlm(const AqlmSizes& sizes)
{
    const std::int64_t codeBytes = sizes.codeBits > 8 ? 2 : 1;
    const std::int64_t table = (std::int64_t{1} << sizes.codeBits) * sizes.outGroup * sizes.inGroup * 2;
    // Codes stand for tiles of several rows, which only companions have.
    return {.id = "aqlm",
            .blockBytes = 0,
            .companions = {{.name = "codes",
                            .tileRows = sizes.outGroup,
                            .tileColumns = sizes.inGroup,
                            .bits = sizes.codebooks * codeBytes * 8},
                           {.name = "scales", .tileRows = sizes.outGroup, .bits = 16}},
            .tensorBytes = sizes.codebooks * table};
}

WeightFormat ternary()
{
    WeightFormat format = packed("bitnet", 2, 1);
    format.companions = {{.name = "scale", .tileRows = 0, .bits = 16}};
    return format;
}

WeightFormat perChannel(std::string_view id, std::int64_t scaleBits)
{
    return {.id = std::string(id), .blockBytes = 1, .companions = {{.name = "scales", .bits = scaleBits}}};
}

WeightFormat perTensor8(std::string_view id, std::int64_t scaleBits)
{
    return {.id = std::string(id),
            .blockBytes = 1,
            .companions = {{.name = "scale", .tileRows = 0, .bits = scaleBits}}};
}

WeightFormat fp8Tiles(std::int64_t rows, std::int64_t columns, std::int64_t scaleBits)
{
    constexpr std::int64_t usual = 128;
    const bool isUsual = rows == usual && columns == usual;
    return {.id = isUsual ? "fp8-tiles" : fmt::format("fp8-tiles-{}x{}", rows, columns),
            .blockBytes = 1,
            .companions = {{.name = "scales", .tileRows = rows, .tileColumns = columns, .bits = scaleBits}}};
}

WeightFormat mx(std::int64_t bits)
{
    return {.id = fmt::format("mxfp{}", bits),
            .blockElements = 32,
            .blockBytes = 32 * bits / 8,
            .companions = {{.name = "scales", .tileColumns = 32, .bits = 8}}};
}

WeightFormat nvfp4()
{
    return {.id = "nvfp4",
            .blockElements = 16,
            .blockBytes = 8,
            .companions = {{.name = "scales", .tileColumns = 16, .bits = 8},
                           {.name = "tensor scale", .tileRows = 0}}};
}

} // namespace packing

} // namespace sunflop
