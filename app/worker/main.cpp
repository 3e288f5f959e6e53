// SPDX-License-Identifier: GPL-3.0-or-later
// usage: sunflop-torch FILE
//
// Runs the TorchScript program in FILE on shapes. Requests are lines of JSON on standard input, answered by
// one line each on standard output, in their order:
//   {"id": 1, "op": "hello"}                     -> {"id": 1, "hello": that this program works}
//   {"id": 2, "op": "open"}                      -> {"id": 2, "open": description of the program}
//   {"id": 3, "op": "run", "arguments": [...]}   -> {"id": 3, "run": what was recorded}
// or {"id": n, "error": message}. Nothing is read from FILE before it is opened. "confined" in "open" says
// whether the kernel refuses system calls.
#include "app/worker/program.h"
#include "app/worker/sandbox.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using nlohmann::json;
using sunflop::worker::Program;

constexpr std::size_t longestRequest = 4 << 20;
constexpr int idleMilliseconds = 10 * 60 * 1000;
constexpr std::uint64_t spareBytes = std::uint64_t{3} << 30; ///< for what is computed, libraries included

/// The next line; nothing at the end, where it is longer than any request, or where none comes for long: a
/// process that nobody asks gives its memory back, and the engine starts another when it needs one.
std::optional<std::string> nextLine(std::string& buffer)
{
    for (;;) {
        if (const std::size_t end = buffer.find('\n'); end != std::string::npos) {
            std::string line = buffer.substr(0, end);
            buffer.erase(0, end + 1);
            return line;
        }
        pollfd input{STDIN_FILENO, POLLIN, 0};
        if (::poll(&input, 1, idleMilliseconds) == 0)
            return std::nullopt;
        char piece[1 << 14];
        const ssize_t count = ::read(STDIN_FILENO, piece, sizeof piece);
        if (count <= 0 || buffer.size() > longestRequest)
            return std::nullopt;
        buffer.append(piece, static_cast<std::size_t>(count));
    }
}

bool writeLine(int descriptor, std::string line)
{
    line += '\n';
    for (std::size_t done = 0; done < line.size();) {
        const ssize_t count = ::write(descriptor, line.data() + done, line.size() - done);
        if (count <= 0)
            return false;
        done += static_cast<std::size_t>(count);
    }
    return true;
}

/// Ends this process with the one that asks: when the pipe of requests has lost its other end, whatever is
/// being computed, a moment after what may still stand in it.
void endWithTheCaller()
{
    struct stat status {};
    if (::fstat(STDIN_FILENO, &status) != 0 || !S_ISFIFO(status.st_mode))
        return;
    std::thread([] {
        pollfd requests{STDIN_FILENO, 0, 0}; // only whether nobody can write any more
        while (::poll(&requests, 1, -1) <= 0) {
        }
        std::this_thread::sleep_for(std::chrono::seconds(3));
        ::_exit(EXIT_FAILURE);
    }).detach();
}

/// Bytes of address space that this process has already.
std::uint64_t mappedBytes()
{
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

struct Served {
    int file = -1; ///< -1: cannot be read, or is open already
    bool isConfined = false;
    std::unique_ptr<Program> program;
};

json answer(Served& served, const json& request)
{
    const auto operation = request.at("op").get<std::string>();
    if (operation == "hello")
        return {{"hello", sunflop::worker::selfCheck()}};
    if (operation == "open" && !served.program && served.file < 0)
        return {{"error", "the file cannot be read"}};
    if (operation == "open" && !served.program)
        served.program = std::make_unique<Program>(std::exchange(served.file, -1));
    if (!served.program)
        return {{"error", "nothing is open"}};
    if (operation == "open") {
        json description = served.program->description();
        description["confined"] = served.isConfined;
        return {{"open", std::move(description)}};
    }
    if (operation == "run")
        return {{"run", served.program->run(request.at("arguments"), request.value("training", false))}};
    return {{"error", "no operation \"" + operation + "\""}};
}

int serve(Served served, int answers)
{
    std::string buffer;
    while (const auto line = nextLine(buffer)) {
        json response;
        json id;
        try {
            const json request = json::parse(*line);
            id = request.at("id");
            response = answer(served, request);
        } catch (const std::exception& error) {
            response = {{"error", sunflop::worker::messageOf(error)}};
        }
        response["id"] = id;
        if (!writeLine(answers, response.dump(-1, ' ', false, json::error_handler_t::replace)))
            return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::fputs("usage: sunflop-torch FILE\n", stderr);
        return 2;
    }
    int file = ::open(argv[1], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status {};
    if (file < 0 || ::fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
        file = -1;
    std::signal(SIGPIPE, SIG_IGN);
    // What programs and libraries print goes to standard error.
    const int answers = ::dup(STDOUT_FILENO);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    endWithTheCaller();
    sunflop::worker::prepare();
    const std::uint64_t bytes = mappedBytes() + static_cast<std::uint64_t>(status.st_size) + spareBytes;
    const bool isConfined = sunflop::worker::confine(bytes);
    return serve({file, isConfined, nullptr}, answers);
}
