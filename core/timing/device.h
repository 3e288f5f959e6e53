// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a run can be timed on: memory, bandwidth and peak rates of accelerators and processors.

#include "core/base/count.h"
#include "core/base/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sunflop {

/// Classes of arithmetic that vendors publish a peak rate for.
enum class Precision : std::uint8_t { F32, TF32, BF16, F16, F8, I8, F4 };
inline constexpr std::size_t precisionCount = 7;

/// "fp32", "tf32", "bf16", "fp16", "fp8", "int8", "fp4".
std::string_view precisionName(Precision precision);

/// A peak rate, and the class of arithmetic that has it.
struct Peak {
    double flopsPerSecond = 0;
    Precision precision = Precision::F32;
};

/// One device. Rates are dense (no 2:4 sparsity), a multiply-accumulate is two operations.
struct Device {
    std::string id;
    std::string name;
    /// What the driver offers to programs: without its own share and that of error correction, but with the
    /// context that each program takes of it (MemoryParts::context).
    Count memoryBytes;
    double labelledGigabytes = 0; ///< as the vendor writes it, GB or GiB; 0: not told
    std::string memorySource;     ///< of memoryBytes
    double bandwidth = 0;         ///< of its memory, bytes/s
    std::array<std::optional<double>, precisionCount> peaks{}; ///< FLOP/s by Precision; nothing: unsupported
    double matmulEfficiency = 0.8; ///< best measured matrix product over the bf16 peak, 0..1
    double linkBandwidth = 0;      ///< all links to other devices, bytes/s in one direction; 0: not known
    /// Workspace of its matrix library inside of PyTorch's allocator: cuBLAS takes two buffers of 4096 KiB
    /// and eight of 16 KiB, from Hopper on 32 MiB.
    Count workspaceBytes = 2 * 4096 * 1024 + 8 * 16 * 1024;
    bool isCommon = false; ///< meant by a name that several devices share ("H100")
    std::string source;
    std::string confidence; ///< "read" in the source, "recall" from memory, "derived" from unit counts
    std::string note;

    /// The rate at which arithmetic of this class runs. What a device lacks runs at the next class it has:
    /// fp4, fp8, then bf16; int8, bf16; bf16 and tf32, fp32; fp16, bf16, fp32; fp32 on a device without it,
    /// bf16. The result says which.
    Peak peak(Precision wanted) const;
};

/// Of a label in GiB, what is offered where nobody has told: the least that is known of cards (the T4's).
inline constexpr double leastUsableShare = 0.92;

/// The devices that come with the program.
std::span<const Device> devices();

/// Devices of a JSON text: {"devices": [{"id", "name", "memory_gb" or "usable_gib", "bandwidth_gb_per_s",
/// "peak_tflops": {"bf16": ...}, and, if wanted, "memory_source", "matmul_efficiency", "link_gb_per_s",
/// "common", "source", "confidence", "note"}]}. Without "usable_gib" a device has leastUsableShare of its
/// label. Errors name the device and the key.
Result<std::vector<Device>> readDevices(std::string_view json);

/// The device that `text` names among `known`: its id, else the only one (or the only common one) whose id
/// and name have words that begin with each of the text's words: "H100", "h100-sxm", "A100 40GB PCIe".
Result<Device> deviceNamed(std::string_view text, std::span<const Device> known = devices());

} // namespace sunflop
