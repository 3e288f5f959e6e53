// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worker/process.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

extern char** environ;

namespace sunflop {

namespace {

constexpr int tickMilliseconds = 25;
constexpr std::size_t mostComplaintBytes = 16 << 10;

struct Pipe {
    int read = -1;
    int write = -1;

    ~Pipe()
    {
        for (const int end : {read, write})
            if (end >= 0)
                ::close(end);
    }
    bool open()
    {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0)
            return false;
        read = ends[0];
        write = ends[1];
        return true;
    }
};

/// What of the caller's environment a helper needs: where libraries lie, the language of messages, and what
/// libraries that compute and sanitizers are told. Keys and names of a user are none of its business.
std::vector<char*> neededEnvironment()
{
    constexpr std::array<std::string_view, 10> needed{
        "PATH=", "LD_", "LANG=", "LC_", "TZ=", "TMPDIR=", "OMP_", "OPENBLAS_", "MKL_", "SUNFLOP_"};
    const auto isNeeded = [&](std::string_view entry) {
        const std::string_view name = entry.substr(0, entry.find('='));
        return name.ends_with("SAN_OPTIONS") ||
               std::ranges::any_of(needed, [&](std::string_view begin) { return entry.starts_with(begin); });
    };
    std::vector<char*> entries;
    for (char** entry = environ; *entry != nullptr; ++entry)
        if (isNeeded(*entry))
            entries.push_back(*entry);
    entries.push_back(nullptr);
    return entries;
}

/// Starts a program with these pipes as its standard streams and every signal as usual. It gets no other file
/// of the caller, and of the environment what it needs.
Result<pid_t> spawn(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                    const Pipe& in, const Pipe& out, const Pipe& err)
{
    std::vector<char*> words;
    std::string name = program.string();
    std::vector<std::string> copies = arguments;
    words.push_back(name.data());
    for (std::string& argument : copies)
        words.push_back(argument.data());
    words.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, in.read, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out.write, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err.write, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    sigset_t usual;
    sigemptyset(&usual);
    posix_spawnattr_setsigmask(&attributes, &usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t process = -1;
    std::vector<char*> environment = neededEnvironment();
    const int problem =
        ::posix_spawn(&process, name.c_str(), &actions, &attributes, words.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (problem != 0)
        return failure(ErrorKind::NotFound, name,
                       fmt::format("cannot be started: {}", std::strerror(problem)));
    return process;
}

/// Writes without a signal where nobody reads; what SIGPIPE would say is in errno.
ssize_t writeQuietly(int descriptor, std::string_view text)
{
    sigset_t pipe;
    sigset_t before;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, &before);
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    const int problem = errno;
    if (count < 0 && problem == EPIPE) {
        const timespec now{};
        ::sigtimedwait(&pipe, nullptr, &now);
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = problem;
    return count;
}

} // namespace

Result<WorkerProcess> WorkerProcess::start(const std::filesystem::path& program,
                                           const std::vector<std::string>& arguments)
{
    Pipe in;
    Pipe out;
    Pipe err;
    if (!in.open() || !out.open() || !err.open())
        return failure(ErrorKind::NotFound, program.string(),
                       fmt::format("cannot be started: {}", std::strerror(errno)));
    const auto process = spawn(program, arguments, in, out, err);
    if (!process)
        return failure(process.error());
    WorkerProcess worker;
    worker.m_process = *process;
    worker.m_requests = std::exchange(in.write, -1);
    worker.m_answers = std::exchange(out.read, -1);
    worker.m_complaints = std::exchange(err.read, -1);
    for (const int end : {worker.m_requests, worker.m_answers, worker.m_complaints})
        ::fcntl(end, F_SETFL, O_NONBLOCK);
    return worker;
}

WorkerProcess::~WorkerProcess()
{
    kill();
}

void WorkerProcess::swap(WorkerProcess& other) noexcept
{
    std::swap(m_process, other.m_process);
    std::swap(m_requests, other.m_requests);
    std::swap(m_answers, other.m_answers);
    std::swap(m_complaints, other.m_complaints);
    m_complaint.swap(other.m_complaint);
}

bool WorkerProcess::isRunning()
{
    if (m_process > 0 && ::waitpid(m_process, nullptr, WNOHANG) == m_process)
        m_process = -1;
    return m_process > 0;
}

void WorkerProcess::kill()
{
    if (m_process > 0) {
        ::kill(m_process, SIGKILL);
        int status = 0;
        while (::waitpid(m_process, &status, 0) < 0 && errno == EINTR) {
        }
    }
    m_process = -1;
    for (int* end : {&m_requests, &m_answers, &m_complaints})
        if (*end >= 0)
            ::close(std::exchange(*end, -1));
}

/// How a process went that does not answer any more.
Error WorkerProcess::ended()
{
    readComplaints();
    int status = 0;
    // It has closed its end: it is gone, or about to be.
    pid_t waited = ::waitpid(m_process, &status, WNOHANG);
    for (int i = 0; waited == 0 && i < 20; ++i) {
        ::poll(nullptr, 0, tickMilliseconds);
        waited = ::waitpid(m_process, &status, WNOHANG);
    }
    std::string how = "it closed its output";
    if (waited == m_process) {
        m_process = -1;
        how = WIFSIGNALED(status)
                  ? fmt::format("signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)))
                  : fmt::format("exit status {}", WEXITSTATUS(status));
    }
    std::string last = m_complaint.substr(0, m_complaint.find_last_not_of("\n ") + 1);
    last.erase(0, last.rfind('\n') + 1);
    kill();
    return {ErrorKind::Malformed,
            {},
            fmt::format("the program that runs TorchScript ended unexpectedly: {}{}{}", how,
                        last.empty() ? "" : "; its last words: ", last)};
}

void WorkerProcess::readComplaints()
{
    std::array<char, 4096> piece{};
    for (ssize_t count = 1; count > 0;) {
        count = ::read(m_complaints, piece.data(), piece.size());
        if (count <= 0)
            return;
        m_complaint.append(piece.data(), static_cast<std::size_t>(count));
        // The last words tell most.
        if (m_complaint.size() > mostComplaintBytes)
            m_complaint.erase(0, m_complaint.size() - mostComplaintBytes);
    }
}

std::size_t WorkerProcess::residentBytes() const
{
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
        std::fopen(fmt::format("/proc/{}/statm", m_process).c_str(), "re"), std::fclose);
    std::size_t pages = 0;
    if (!file || std::fscanf(file.get(), "%*s %zu", &pages) != 1)
        return 0;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

Result<void> WorkerProcess::readSome(std::string& answer, const ExchangeLimits& limits)
{
    std::array<char, 1 << 16> piece{};
    const ssize_t count = ::read(m_answers, piece.data(), piece.size());
    if (count == 0)
        return failure(ended());
    if (count > 0)
        answer.append(piece.data(), static_cast<std::size_t>(count));
    if (answer.size() > limits.answerBytes)
        return failure(
            ErrorKind::Unsupported, {},
            fmt::format("the program that runs TorchScript answered more than {} bytes", limits.answerBytes));
    return {};
}

/// Waits a moment for the process to read or write; whether the answer is complete.
Result<bool> WorkerProcess::step(std::string_view& request, std::string& answer, const ExchangeLimits& limits)
{
    std::array<pollfd, 3> ends{pollfd{m_answers, POLLIN, 0}, pollfd{m_complaints, POLLIN, 0},
                               pollfd{request.empty() ? -1 : m_requests, POLLOUT, 0}};
    if (::poll(ends.data(), ends.size(), tickMilliseconds) < 0 && errno != EINTR)
        return failure(ErrorKind::Malformed, {}, std::strerror(errno));
    if (ends[1].revents & POLLIN)
        readComplaints();
    if (ends[2].revents != 0) {
        const ssize_t count = writeQuietly(m_requests, request);
        if (count < 0 && errno != EAGAIN && errno != EINTR)
            return failure(ended());
        request.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
    if (ends[0].revents != 0)
        if (const auto read = readSome(answer, limits); !read)
            return failure(read.error());
    return !answer.empty() && answer.back() == '\n';
}

Result<std::string> WorkerProcess::exchange(std::string_view request, const ExchangeLimits& limits)
{
    using Clock = std::chrono::steady_clock;
    if (m_process <= 0)
        return failure(ErrorKind::NotFound, {}, "the program that runs TorchScript is not running");
    const std::string line = std::string(request) + '\n';
    std::string_view left = line;
    std::string answer;
    const auto start = Clock::now();
    Error problem;
    for (auto nextLook = start;;) {
        auto isComplete = step(left, answer, limits);
        if (!isComplete) {
            kill();
            return failure(isComplete.error());
        }
        if (*isComplete && left.empty())
            return answer;
        const auto now = Clock::now();
        if (now - start > limits.time)
            problem = {ErrorKind::OutOfRange,
                       {},
                       fmt::format("the TorchScript program did not end within {} s",
                                   static_cast<double>(limits.time.count()) / 1000)};
        else if (limits.isCancelled && limits.isCancelled())
            problem = {ErrorKind::Conflict, {}, "cancelled"};
        else if (now >= nextLook && limits.residentBytes > 0 && residentBytes() > limits.residentBytes)
            problem = {ErrorKind::OutOfRange,
                       {},
                       fmt::format("the TorchScript program needs more than {} MiB of memory",
                                   limits.residentBytes >> 20)};
        nextLook = now >= nextLook ? now + std::chrono::milliseconds(tickMilliseconds) : nextLook;
        if (!problem.detail.empty())
            break;
    }
    kill();
    return failure(problem);
}

} // namespace sunflop
