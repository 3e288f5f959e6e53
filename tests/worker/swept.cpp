// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/worker/swept.h"

#include "app/worker/fake_mode.h"
#include "app/worker/recorder.h"
#include "tests/worker/trial.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Logging.h>
#include <torch/version.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <unordered_map>

#include <sys/wait.h>
#include <unistd.h>

namespace sunflop::test {

namespace {

using at::Tensor;
using c10::DispatchKey;
using c10::IValue;
using torch::jit::Stack;

constexpr int mostAgreed = 20;          ///< calls of one operator
constexpr unsigned longestSeconds = 60; ///< for one operator

/// Sizes and type of what a value holds: "float32 [2, 3]".
std::string textOf(const IValue& value)
{
    std::ostringstream text;
    if (value.isTensor() && !value.toTensor().defined()) {
        text << "undefined";
    } else if (value.isTensor()) {
        text << worker::dtypeName(value.toTensor().scalar_type()) << " " << value.toTensor().sizes();
    } else if (value.isTuple() || value.isList()) {
        text << "(";
        for (const IValue& element : value.isTuple() ? value.toTupleRef().elements() : value.toListRef())
            text << textOf(element) << ", ";
        text << ")";
    } else if (!value.isDouble() && !value.isComplexDouble()) {
        text << value;
    } else {
        text << "number";
    }
    return text.str();
}

std::string textOf(const std::vector<IValue>& values)
{
    std::string text;
    for (const IValue& value : values)
        text += (text.empty() ? "" : "; ") + textOf(value);
    return text;
}

IValue onShapes(const IValue& value)
{
    const auto shape = [](const Tensor& tensor) {
        return !tensor.defined()
                   ? tensor
                   : at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options().device(at::kMeta));
    };
    if (value.isTensor())
        return shape(value.toTensor());
    if (value.isTensorList()) {
        c10::List<Tensor> tensors;
        for (const Tensor& tensor : value.toTensorVector())
            tensors.push_back(shape(tensor));
        return tensors;
    }
    if (value.isOptionalTensorList()) {
        c10::List<c10::optional<Tensor>> tensors;
        for (const c10::optional<Tensor>& tensor : value.toOptionalTensorVector())
            tensors.push_back(tensor ? c10::optional<Tensor>(shape(*tensor)) : c10::nullopt);
        return tensors;
    }
    return value;
}

/// A copy of tensors that a call may write to.
IValue copied(const IValue& value)
{
    if (value.isTensor() && value.toTensor().defined())
        return value.toTensor().clone();
    if (!value.isTensorList())
        return value;
    c10::List<Tensor> tensors;
    for (const Tensor& tensor : value.toTensorVector())
        tensors.push_back(tensor.clone());
    return tensors;
}

/// Results, and behind them what the call has written to.
std::vector<IValue> outcome(const c10::FunctionSchema& schema, const Stack& given, const Stack& results)
{
    std::vector<IValue> all(results.begin(), results.end());
    for (std::size_t i = 0; i < given.size(); ++i)
        if (const auto* alias = schema.arguments()[i].alias_info(); alias != nullptr && alias->isWrite())
            all.push_back(given[i]);
    return all;
}

bool holdsOther(const IValue& value)
{
    if (value.isTensor())
        return value.toTensor().defined() && value.toTensor().layout() != c10::kStrided;
    if (!value.isTensorList())
        return false;
    const auto tensors = value.toTensorVector();
    return std::any_of(tensors.begin(), tensors.end(),
                       [](const Tensor& tensor) { return holdsOther(tensor); });
}

std::string described(const std::exception& error)
{
    const auto* known = dynamic_cast<const c10::Error*>(&error);
    const std::string text = known != nullptr ? known->what_without_backtrace() : error.what();
    return text.substr(0, text.find('\n'));
}

/// One call on shapes: what came of it, or why nothing did.
struct OnShapes {
    std::string text;
    bool isStopped = false; ///< for want of values
};

OnShapes runOnShapes(const c10::OperatorHandle& op, const Stack& arguments)
{
    static const std::unordered_map<const c10::TensorImpl*, std::int64_t> nothingStored;
    worker::Recorder recorder(nothingStored);
    Stack given;
    for (const IValue& argument : arguments)
        given.push_back(onShapes(argument));
    Stack stack = given;
    try {
        const worker::FakeMode mode(recorder);
        op.callBoxed(&stack);
    } catch (const std::exception& error) {
        return {"refused: " + described(error), !recorder.dependence.empty()};
    }
    return {textOf(outcome(op.schema(), given, stack)), false};
}

/// Tries the operator from a trial on, and writes a line for each: its number, a letter, and what it says.
void tryAll(const c10::OperatorHandle& op, std::size_t from, std::FILE* out)
{
    const c10::InferenceMode inference;
    int agreed = 0;
    for (std::size_t i = from; i < trials().size() && agreed < mostAgreed; ++i) {
        std::fprintf(out, "%zu begins\n", i);
        std::fflush(out);
        Stack arguments;
        std::string expected;
        std::string given;
        try {
            const auto made = argumentsOf(op.schema(), trials()[i]);
            if (!made) {
                std::fprintf(out, "%zu refused an argument of a type that is not made up\n", i);
                return;
            }
            for (const IValue& argument : *made)
                arguments.push_back(copied(argument));
            Stack stack = *made;
            given = textOf(*made);
            op.callBoxed(&stack);
            const std::vector<IValue> results = outcome(op.schema(), *made, stack);
            if (std::any_of(results.begin(), results.end(), holdsOther)) {
                std::fprintf(out, "%zu refused a result that is not dense\n", i);
                return;
            }
            expected = textOf(results);
        } catch (const std::exception& error) {
            std::fprintf(out, "%zu refused %s\n", i, described(error).c_str());
            continue;
        }
        std::fprintf(out, "%zu shapes %s\n", i, given.c_str());
        std::fflush(out);
        const OnShapes found = runOnShapes(op, arguments);
        if (found.isStopped)
            std::fprintf(out, "%zu stopped\n", i);
        else if (found.text == expected)
            std::fprintf(out, "%zu agreed\n", i);
        else
            std::fprintf(out, "%zu differed (%s) -> %s, expected %s\n", i, given.c_str(), found.text.c_str(),
                         expected.c_str());
        ++agreed;
    }
}

/// Reads what tryAll wrote; the number of the last trial that began.
std::size_t read(std::FILE* in, Swept& swept, std::string& last)
{
    std::size_t trial = 0;
    char* line = nullptr;
    std::size_t room = 0;
    while (::getline(&line, &room, in) > 0) {
        const std::string text(line, std::string(line).find_last_not_of('\n') + 1);
        const std::size_t blank = text.find(' ');
        trial = std::stoull(text.substr(0, blank));
        last = text.substr(blank + 1);
        if (last == "agreed")
            ++swept.agreed;
        else if (last == "stopped")
            ++swept.stopped;
        else if (last.rfind("refused ", 0) == 0)
            swept.refusal = last.substr(8);
        else if (last.rfind("differed ", 0) == 0)
            swept.deviations.push_back(last.substr(9));
    }
    std::free(line);
    return trial;
}

bool isRun(const c10::OperatorHandle& op)
{
    for (const DispatchKey key :
         {DispatchKey::CPU, DispatchKey::CompositeImplicitAutograd, DispatchKey::CompositeExplicitAutograd,
          DispatchKey::CompositeExplicitAutogradNonFunctional})
        if (op.hasKernelForDispatchKey(key))
            return true;
    return false;
}

} // namespace

std::vector<std::string> operators()
{
    at::set_num_threads(1);
    c10::SetStackTraceFetcher([] { return std::string(); });
    worker::registerShapeRules();
    std::vector<std::string> names;
    for (const c10::OperatorName& name : c10::Dispatcher::singleton().getAllOpNames()) {
        const auto op = c10::Dispatcher::singleton().findSchema(name);
        if (op && name.name.rfind("aten::", 0) == 0 && name.name != "aten::from_file" && isRun(*op))
            names.push_back(name.overload_name.empty() ? name.name : name.name + "." + name.overload_name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

int majorVersion()
{
    return TORCH_VERSION_MAJOR;
}

Swept sweep(const std::string& name)
{
    const std::size_t dot = name.find('.');
    const auto op = c10::Dispatcher::singleton().findSchemaOrThrow(
        name.substr(0, dot).c_str(), dot == std::string::npos ? "" : name.substr(dot + 1).c_str());
    Swept swept;
    for (std::size_t from = 0; from < trials().size();) {
        int ends[2];
        if (::pipe(ends) != 0)
            throw std::runtime_error("no pipe");
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(ends[0]);
            // Qt Test's handlers call a debugger.
            for (const int crash : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL})
                std::signal(crash, SIG_DFL);
            ::alarm(longestSeconds);
            if (std::freopen("/dev/null", "w", stderr) == nullptr) // warnings, by the thousand
                ::_exit(EXIT_FAILURE);
            std::FILE* out = ::fdopen(ends[1], "w");
            tryAll(op, from, out);
            std::fflush(out);
            ::_exit(EXIT_SUCCESS);
        }
        ::close(ends[1]);
        std::FILE* in = ::fdopen(ends[0], "r");
        std::string last;
        const std::size_t trial = read(in, swept, last);
        std::fclose(in);
        int status = 0;
        ::waitpid(child, &status, 0);
        if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS)
            break;
        const bool isOnShapes = last.rfind("shapes ", 0) == 0;
        // A kernel that reads beyond its operands leaves a process in which anything may end: what counts is
        // a crash in a new one.
        if (isOnShapes && trial > from) {
            from = trial;
            continue;
        }
        if (isOnShapes)
            swept.deviations.push_back("(" + last.substr(7) + ") -> a crash or no end");
        else
            swept.isCrashed = true;
        from = std::max(trial, from) + 1;
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
            break;
    }
    return swept;
}

} // namespace sunflop::test
