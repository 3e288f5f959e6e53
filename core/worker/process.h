// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A helper program that answers lines with lines over pipes, and may crash, hang or lie.

#include "core/base/result.h"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace sunflop {

/// What one request may take.
struct ExchangeLimits {
    std::chrono::milliseconds time{};
    std::size_t answerBytes = 0;
    std::size_t residentBytes = 0;     ///< of the process's memory, where /proc tells
    std::function<bool()> isCancelled; ///< asked every few hundredths of a second; may be empty
};

/// A running program. Killed and waited for when it goes. Not for several threads at once.
class WorkerProcess {
public:
    /// Starts `program` with `arguments`. Its standard error is kept, as far as it is short.
    static Result<WorkerProcess> start(const std::filesystem::path& program,
                                       const std::vector<std::string>& arguments);
    WorkerProcess() = default;
    WorkerProcess(WorkerProcess&& other) noexcept { swap(other); }
    WorkerProcess& operator=(WorkerProcess&& other) noexcept
    {
        swap(other);
        return *this;
    }
    ~WorkerProcess();

    /// Writes a line and reads one. After an error the process is gone; the error says how it went: by a
    /// signal, in time, in memory, or by talking out of turn.
    Result<std::string> exchange(std::string_view request, const ExchangeLimits& limits);

    /// Whether there is a process, and it has not ended.
    bool isRunning();
    void kill();

private:
    void swap(WorkerProcess& other) noexcept;
    Result<bool> step(std::string_view& request, std::string& answer, const ExchangeLimits& limits);
    Result<void> readSome(std::string& answer, const ExchangeLimits& limits);
    void readComplaints();
    Error ended();
    std::size_t residentBytes() const;

    pid_t m_process = -1;
    int m_requests = -1;
    int m_answers = -1;
    int m_complaints = -1;
    std::string m_complaint; ///< the beginning of its standard error
};

} // namespace sunflop
