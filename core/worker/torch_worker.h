// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The engine's side of sunflop-torch, the program that runs TorchScript on shapes.

#include "core/base/result.h"
#include "core/worker/process.h"

#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sunflop {

/// Where sunflop-torch is: what SUNFLOP_TORCH names, else where it was installed, else beside the running
/// program as it is built. An error says that there is none.
Result<std::filesystem::path> torchProgram();

/// What a file's program is, as LibTorch has it.
struct TorchDescription {
    struct Input {
        std::string name;
        std::string type; ///< "Tensor", "List[Tensor]", "Optional[int]"
    };
    std::vector<std::string> modules; ///< dotted paths, as calls number them
    std::vector<std::string> tensors; ///< dotted names of parameters and buffers, as tensors number them
    std::vector<Input> inputs;        ///< of forward()
    bool isConfined = false;          ///< the kernel refuses it network, writing and other programs
};

/// How long and how large a worker may get.
struct TorchLimits {
    std::chrono::milliseconds startTime{60'000}; ///< LibTorch is large, and may come from a slow disk
    std::chrono::milliseconds openTime{20'000};
    std::chrono::milliseconds runTime{10'000};
    std::size_t answerBytes = 256 << 20;
    std::size_t residentBytes = std::size_t{2} << 30;
};

/// A process for one file: started when it is first asked, asked again as often as needed, and started anew
/// after it ended. Safe on any thread: requests wait for each other.
class TorchWorker {
public:
    explicit TorchWorker(std::filesystem::path program, std::filesystem::path file, TorchLimits limits = {});

    /// Opens the file; what that gave the first time holds, an error too. ErrorKind::Installation: the
    /// program cannot even say that it works, which it is asked before it reads a file.
    Result<TorchDescription> open();
    /// The worker's record of one run, see app/worker/program.h. An error has no effect on later runs, but
    /// one: where a run took too much time or memory, none with as many elements is tried again.
    Result<nlohmann::json> run(const nlohmann::json& arguments, bool isTraining = false);
    /// Ends a request that another thread waits for, with an error.
    void cancel() { m_isCancelled = true; }

private:
    Result<TorchDescription> openLocked();
    Result<nlohmann::json> ask(nlohmann::json request, const char* member, std::chrono::milliseconds time);
    Result<nlohmann::json> exchange(const nlohmann::json& request, std::chrono::milliseconds time);
    Result<void> start();

    /// A run that took too much.
    struct Exhausted {
        double elements = 0; ///< of its arguments
        Error error;
    };

    const std::filesystem::path m_program;
    const std::filesystem::path m_file;
    const TorchLimits m_limits;
    std::atomic<bool> m_isCancelled = false;
    std::mutex m_mutex; ///< of all below
    WorkerProcess m_process;
    std::int64_t m_requests = 0;
    std::optional<Result<TorchDescription>> m_description;
    std::optional<Exhausted> m_exhausted; ///< the smallest
};

} // namespace sunflop
