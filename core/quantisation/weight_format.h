// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How quantised weights lie in memory: packed payload and the scales, zero points and indices beside it.

#include "core/base/dtype.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// A tensor stored beside the payload, one item of `bits` for every tile of the matrix [rows, columns] =
/// [out, in]. A tile side of 0 is the whole side; a tile that is cut off at the edge has an item too.
struct Companion {
    std::string_view name; ///< "scales", "zeros", "g_idx", "absmax"
    std::int64_t tileRows = 1;
    std::int64_t tileColumns = 0;
    std::int64_t bits = 32;
};

/// How one weight is packed. `blockBytes` hold `blockElements` neighbours of a row; rows are padded to whole
/// blocks. A flat format cuts its blocks and tiles from the flattened tensor instead.
struct WeightFormat {
    std::string id;
    std::int64_t blockElements = 1;
    std::int64_t blockBytes = 2;
    bool isFlat = false;
    std::vector<Companion> companions;
    std::int64_t tensorBytes = 0; ///< once for every tensor: code tables, offsets
    /// Products work on a copy of the weight in the activations' type, made for the call: bitsandbytes' 4 bit
    /// (but for a single row) and HQQ. Others have kernels that read the packed weight.
    bool isExpanded = false;
};

/// Bytes of one tensor.
struct PackedBytes {
    Count payload;
    Count companions;

    Count total() const { return payload + companions; }
    friend PackedBytes operator+(PackedBytes a, PackedBytes b)
    {
        return {a.payload + b.payload, a.companions + b.companions};
    }
    friend PackedBytes operator*(PackedBytes a, Count n) { return {a.payload * n, a.companions * n}; }
};

/// Bytes of a weight. A vector is one row; the first dimension of a rank 3 weight counts matrices (experts);
/// of higher ranks the first dimension is the rows.
PackedBytes packedBytes(const Shape& shape, const WeightFormat& format);

/// Bits of one element in a large matrix of these sizes.
double bitsPerWeight(const Shape& shape, const WeightFormat& format);

/// The formats; `group` is the number of inputs that share a scale, 0 for all inputs of an output.
namespace packing {

WeightFormat plain(DType dtype);
/// bitsandbytes LLM.int8: a 32-bit scale per output.
WeightFormat bitsandbytesInt8();
/// bitsandbytes nf4 or fp4: flattened blocks of `block` with a 32-bit absmax each, and a table of 16 values.
/// With double quantisation the absmax are 8 bits, 256 of them under a 32-bit one, an offset and a table of
/// 256 values (QLoRA, arXiv 2305.14314, section 3).
WeightFormat bitsandbytes4(std::string_view id, bool doubleQuantised, std::int64_t block = 64);
/// GPTQ: qweight, 16-bit scales, zeros of `bits`, and the 32-bit group index of every input.
WeightFormat gptq(std::int64_t bits, std::int64_t group);
/// AWQ (GEMM layout): as GPTQ without the index.
WeightFormat awq(std::int64_t bits, std::int64_t group);
/// torchao's tinygemm layout, MLX and quanto: 16-bit scale and zero (or bias) per group.
WeightFormat scaleAndZero(std::string_view id, std::int64_t bits, std::int64_t group);
/// HQQ: 16-bit scale and zero per group; 3 bits as ten to a 32-bit word, 5 to 7 bits as a byte each.
WeightFormat hqq(std::int64_t bits, std::int64_t group);
/// Compressed-tensors, "pack-quantized": as many elements to a 32-bit word as are whole, a 16-bit scale per
/// group, packed zeros unless symmetric, the group index of every input where groups follow the order of
/// activations, and the shape as two 64-bit numbers.
WeightFormat packedInts(std::int64_t bits, std::int64_t group, bool hasZeros, bool hasIndex);
/// AQLM (arXiv 2401.06118): for every tile of outGroup x inGroup elements a code of each codebook, in 8 or 16
/// bits, a 16-bit scale for every outGroup rows, and the codebooks in 16 bits.
struct AqlmSizes {
    std::int64_t inGroup = 8;
    std::int64_t outGroup = 1;
    std::int64_t codebooks = 1;
    std::int64_t codeBits = 16;
};
WeightFormat aqlm(const AqlmSizes& sizes);
/// BitNet b1.58 as transformers packs it: four ternary elements to a byte, one 16-bit scale.
WeightFormat ternary();
/// One scale of `scaleBits` per output over 8-bit elements: int8 or fp8 per channel.
WeightFormat perChannel(std::string_view id, std::int64_t scaleBits = 32);
/// 8-bit elements under one scale.
WeightFormat perTensor8(std::string_view id, std::int64_t scaleBits = 32);
/// DeepSeek-V3's fp8: a scale per tile, 128 x 128 in all models that are known.
WeightFormat fp8Tiles(std::int64_t rows = 128, std::int64_t columns = 128, std::int64_t scaleBits = 32);
/// OCP Microscaling: blocks of 32 elements of 8, 6 or 4 bits under an 8-bit exponent.
WeightFormat mx(std::int64_t bits);
/// NVFP4: blocks of 16 under an fp8 scale, and a 32-bit scale per tensor.
WeightFormat nvfp4();

} // namespace packing

} // namespace sunflop
