// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/fit.h"
#include "app/commands/named_run.h"
#include "core/base/units.h"
#include "core/model/setting.h"
#include "core/run/axis.h"
#include "core/run/remarks.h"
#include "core/sunflop.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace sunflop {

namespace {

struct FitOptions {
    RunOptions run;
    std::string device = "h100-sxm";
    bool isDeviceGiven = false; ///< else it is the default, over which a session's own wins
    std::string over = "batch";
};

std::string bytesText(Count bytes)
{
    return fmt::format("{} bytes ({:.2f} GiB)", bytes.value(),
                       static_cast<double>(bytes.value()) / (1 << 30));
}

/// Which end of what fits the answer is, where that is not the largest value that does.
std::string_view limitText(const FitAnswer& answer)
{
    if (answer.isSmallest)
        return answer.isWhole ? ", the smallest that it takes" : ", the smallest that fits";
    return answer.isWhole ? ", the largest that it takes" : "";
}

/// The run that is the answer.
Result<Run> answeringRun(const Source& source, const std::vector<Input>& offered,
                         const std::vector<Assignment>& settings, std::string_view over, std::int64_t value)
{
    return axisNamed(axesOf(offered), over).and_then([&](const Axis& axis) {
        return run(source, settingsAt(axis, withLooseShapes(offered, settings), value),
                   conventions().front());
    });
}

/// What the question is about.
struct FitSubject {
    Source source;
    std::vector<Input> offered;
    std::vector<Assignment> settings; ///< with the device
    Device device;
};

/// A session's own device counts unless the command line names one.
Result<FitSubject> subjectOf(const FitOptions& options)
{
    const auto wanted = named(options.run);
    if (!wanted)
        return failure(wanted.error());
    std::vector<Assignment> settings = wanted->settings;
    const auto kept = std::ranges::find(settings, "device", &Assignment::id);
    const bool isKept = wanted->session && kept != settings.end() && !options.isDeviceGiven;
    const auto device = deviceNamed(isKept ? kept->value : options.device);
    if (!device)
        return failure(device.error());
    auto source = open(wanted->model);
    if (!source)
        return failure(source.error());
    auto offered = inputsOf(*source);
    if (!offered)
        return failure(offered.error());
    if (wanted->session)
        std::erase_if(settings, [](const Assignment& setting) { return setting.id == "device"; });
    settings.push_back({"device", device->id});
    settings = spelledOut(*offered, settings);
    return FitSubject{*std::move(source), *std::move(offered), std::move(settings), *device};
}

Result<void> fit(const FitOptions& options)
{
    const auto subject = subjectOf(options);
    if (!subject)
        return failure(subject.error());
    const auto& [source, offered, settings, device] = *subject;
    const auto answer = limitThatFits(
        [&](const Workload& workload) { return trace(subject->source, workload); },
        {.offered = offered, .settings = settings, .input = options.over, .deviceBytes = device.memoryBytes});
    if (!answer)
        return failure(answer.error().within(source.name));
    if (!answer->value)
        return failure(ErrorKind::OutOfRange, options.over,
                       fmt::format("nothing fits: the {} value needs {}, {} has {}",
                                   answer->isSmallest ? "largest" : "smallest", bytesText(answer->bytes),
                                   device.id, bytesText(device.memoryBytes)));
    const auto found = answeringRun(source, offered, settings, options.over, *answer->value);
    if (!found)
        return failure(found.error());
    tellRemarks(source.name, remarksOf(*found));
    const MemoryParts& parts = found->memory.parts;
    return output(fmt::format("{:<12} {}{}\n{:<12} {}, {} of them the context's\n{:<12} {} of {:g} GB, {}\n",
                              options.over, *answer->value, limitText(*answer), "peak",
                              bytesText(answer->bytes), exactText(parts.context), "device",
                              bytesText(device.memoryBytes), device.labelledGigabytes, device.id),
                  std::nullopt);
}

} // namespace

void fitCommand(CLI::App& app, CommandAction& chosen)
{
    const auto options = std::make_shared<FitOptions>();
    CLI::App* command =
        app.add_subcommand("fit", "The largest value of an input that fits a device, or the smallest.");
    command
        ->add_option("MODEL", options->run.model,
                     "A bundled model, a config.json, a model folder or a session")
        ->required();
    command->add_option("--set", options->run.settings, "input=value; see \"sunflop list inputs MODEL\"")
        ->allow_extra_args(false)
        ->check(settingProblem, "input=value");
    command->add_option("--device", options->device, "A name of \"sunflop list devices\"")
        ->each([options](const std::string&) { options->isDeviceGiven = true; })
        ->capture_default_str();
    command->add_option("--over", options->over, "The input to vary; image_size: width and height together")
        ->capture_default_str();
    command->footer("Examples:\n"
                    "  sunflop fit qwen2.5-7b --device H100 --over batch --set text_tokens=4096\n"
                    "  sunflop fit ovis2-4b --device \"RTX 4090\" --over image_size\n"
                    "  sunflop fit llama-3.2-1b --over text_tokens --set mode=training\n"
                    "  sunflop fit qwen2.5-72b --over tensor_parallel");
    command->callback([options, &chosen] { chosen = [options] { return fit(*options); }; });
}

} // namespace sunflop
