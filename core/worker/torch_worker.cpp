// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worker/torch_worker.h"

#include <fmt/format.h>

#include <cstdlib>
#include <numeric>
#include <system_error>
#include <utility>

namespace sunflop {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view programName = "sunflop-torch";

tl::unexpected<Error> unreadable(std::string_view what)
{
    return failure(ErrorKind::Malformed, {},
                   fmt::format("the program that runs TorchScript answered what cannot be read: {}", what));
}

Error broken(const fs::path& program, const Error& problem)
{
    return {ErrorKind::Installation, program.string(),
            fmt::format("this installation of Sunflop is broken, and no TorchScript file can be opened: {}. "
                        "Install it again, or build it on this system",
                        problem.detail)};
}

Result<std::vector<std::string>> textsOf(const json& description, const char* key)
{
    const auto found = description.find(key);
    if (found == description.end() || !found->is_array())
        return unreadable(fmt::format("no {}", key));
    std::vector<std::string> texts;
    for (const json& text : *found) {
        if (!text.is_string())
            return unreadable(fmt::format("{} that are no texts", key));
        texts.push_back(text.get<std::string>());
    }
    return texts;
}

Result<TorchDescription> descriptionOf(const json& value)
{
    if (!value.is_object())
        return unreadable("no description");
    auto modules = textsOf(value, "modules");
    auto tensors = textsOf(value, "tensors");
    if (!modules || !tensors)
        return failure(modules ? tensors.error() : modules.error());
    TorchDescription description{.modules = *std::move(modules), .tensors = *std::move(tensors)};
    const auto confined = value.find("confined");
    description.isConfined = confined != value.end() && confined->is_boolean() && confined->get<bool>();
    const auto inputs = value.find("inputs");
    if (inputs == value.end() || !inputs->is_array())
        return unreadable("no inputs");
    for (const json& input : *inputs) {
        const auto name = input.is_object() ? input.find("name") : input.end();
        const auto type = input.is_object() ? input.find("type") : input.end();
        if (name == input.end() || type == input.end() || !name->is_string() || !type->is_string())
            return unreadable("an input without name or type");
        description.inputs.push_back({name->get<std::string>(), type->get<std::string>()});
    }
    return description;
}

/// Elements of all tensors among the arguments, which the work of a run grows with.
double elementsOf(const json& arguments)
{
    if (!arguments.is_structured())
        return 0;
    const auto shape = arguments.is_object() ? arguments.find("shape") : arguments.end();
    if (shape == arguments.end())
        return std::accumulate(arguments.begin(), arguments.end(), 0.0,
                               [](double sum, const json& part) { return sum + elementsOf(part); });
    return std::accumulate(shape->begin(), shape->end(), 1.0, [](double product, const json& size) {
        return product * (size.is_number() ? size.get<double>() : 1);
    });
}

} // namespace

Result<fs::path> torchProgram()
{
    if (const char* named = std::getenv("SUNFLOP_TORCH"); named != nullptr && *named != '\0')
        return fs::path(named);
    std::error_code problem;
    const fs::path folder = fs::read_symlink("/proc/self/exe", problem).parent_path();
    for (const fs::path& place : {folder / SUNFLOP_WORKER_FOLDER, folder, folder / ".." / "app"})
        if (!folder.empty() && fs::is_regular_file(place / programName, problem))
            return fs::weakly_canonical(place / programName, problem);
    return failure(ErrorKind::NotFound, {},
                   fmt::format("{} is not installed: this sunflop was built without LibTorch, which runs "
                               "TorchScript programs",
                               programName));
}

TorchWorker::TorchWorker(fs::path program, fs::path file, TorchLimits limits)
    : m_program(std::move(program)), m_file(std::move(file)), m_limits(limits)
{}

/// What fails before any file is read fails for every file.
Result<void> TorchWorker::start()
{
    auto process = WorkerProcess::start(m_program, {m_file.string()});
    if (!process)
        return failure(broken(m_program, process.error()));
    m_process = *std::move(process);
    const auto hello = ask({{"op", "hello"}}, "hello", m_limits.startTime);
    if (hello)
        return {};
    m_process.kill();
    const bool isCancelled = hello.error().kind == ErrorKind::Conflict;
    return failure(isCancelled ? hello.error() : broken(m_program, hello.error()));
}

Result<json> TorchWorker::exchange(const json& request, std::chrono::milliseconds time)
{
    const auto answer = m_process.exchange(request.dump(-1, ' ', false, json::error_handler_t::replace),
                                           {.time = time,
                                            .answerBytes = m_limits.answerBytes,
                                            .residentBytes = m_limits.residentBytes,
                                            .isCancelled = [this] { return m_isCancelled.exchange(false); }});
    if (!answer)
        return failure(answer.error());
    json value = json::parse(*answer, nullptr, false);
    if (!value.is_object() || value.value("id", json()) != request["id"]) {
        m_process.kill(); // no telling what the next line would answer
        return unreadable("no JSON object with the request's number");
    }
    return value;
}

Result<json> TorchWorker::ask(json request, const char* member, std::chrono::milliseconds time)
{
    request["id"] = ++m_requests;
    auto answer = exchange(request, time);
    if (!answer)
        return failure(answer.error());
    const auto error = answer->find("error");
    if (error != answer->end())
        return failure(ErrorKind::Unsupported, {},
                       error->is_string() ? error->get<std::string>()
                                          : std::string("an error without a message"));
    const auto found = answer->find(member);
    if (found == answer->end())
        return unreadable(fmt::format("no \"{}\"", member));
    return std::move(*found);
}

Result<TorchDescription> TorchWorker::openLocked()
{
    if (const auto started = start(); !started)
        return failure(started.error());
    const auto answer = ask({{"op", "open"}}, "open", m_limits.openTime);
    if (!answer)
        return failure(answer.error());
    auto description = descriptionOf(*answer);
    if (!description)
        m_process.kill();
    return description;
}

Result<TorchDescription> TorchWorker::open()
{
    const std::lock_guard lock(m_mutex);
    if (!m_description)
        m_description = openLocked();
    return *m_description;
}

Result<json> TorchWorker::run(const json& arguments, bool isTraining)
{
    const std::lock_guard lock(m_mutex);
    const double elements = elementsOf(arguments);
    if (m_exhausted && elements >= m_exhausted->elements)
        return failure(m_exhausted->error);
    m_isCancelled = false;
    if (!m_process.isRunning())
        if (const auto opened = openLocked(); !opened)
            return failure(opened.error());
    auto answer =
        ask({{"op", "run"}, {"arguments", arguments}, {"training", isTraining}}, "run", m_limits.runTime);
    if (!answer && answer.error().kind == ErrorKind::OutOfRange)
        m_exhausted = Exhausted{elements, answer.error()};
    return answer;
}

} // namespace sunflop
