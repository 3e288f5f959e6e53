// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/families/bricks/aimv2_encoder.h"
#include "core/families/bricks/aimv2_tower.h"
#include "core/families/family.h"

#include <array>
#include <optional>

namespace sunflop::family {

namespace {

Result<Aimv2> read(const Config& config)
{
    ConfigReader reader(config);
    const Aimv2 m = readAimv2(reader);
    if (reader.error())
        return failure(*reader.error());
    return m;
}

/// The class of transformers that a config is of; nothing: the one that ships with Apple's checkpoints, which
/// "architectures" and "auto_map" name. Without either, model_type and the parts of the config tell.
Result<std::optional<Aimv2Class>> encoderClass(const Config& config)
{
    static constexpr std::array<std::string_view, 4> known{"AIMv2Model", "Aimv2Model", "Aimv2VisionModel",
                                                           "Aimv2TextModel"};
    static constexpr std::array<std::optional<Aimv2Class>, 4> classes{
        std::nullopt, Aimv2Class::Model, Aimv2Class::VisionModel, Aimv2Class::TextModel};
    ConfigReader reader(config);
    const auto named = readArchitecture(reader, known);
    if (reader.error())
        return failure(*reader.error());
    if (named)
        return classes[*named];
    if (config.modelType() == "aimv2_vision_model")
        return Aimv2Class::VisionModel;
    if (config.modelType() == "aimv2_text_model")
        return Aimv2Class::TextModel;
    const bool hasParts = reader.has("vision_config") || reader.has("text_config");
    return hasParts && !reader.has("auto_map") ? std::optional(Aimv2Class::Model) : std::nullopt;
}

Result<std::vector<Input>> remoteInputs(const Source& source)
{
    return read(source.config).map([](const Aimv2& m) {
        std::vector<Input> offered{inputs::offer<&Workload::batch>("images per device"),
                                   inputs::offer<&Workload::weightDType>(m.dtype),
                                   inputs::offer<&Workload::activationDType>(activationsFor(m.dtype)),
                                   inputs::offer<&Workload::inputGradients>()};
        return offered;
    });
}

Result<Trace> remoteTrace(const Source& source, const Workload& workload)
{
    return read(source.config).and_then([&](const Aimv2& m) {
        Tracer t(tracerSettings(workload));
        aimv2Model(t, "", m, t.input({workload.batch, m.channels, m.imageSize, m.imageSize}));
        return t.finish();
    });
}

Result<std::vector<Input>> offered(const Source& source)
{
    return encoderClass(source.config).and_then([&](const std::optional<Aimv2Class>& kind) {
        return kind ? aimv2EncoderInputs(source.config, *kind) : remoteInputs(source);
    });
}

Result<Trace> trace(const Source& source, const Workload& workload)
{
    return encoderClass(source.config).and_then([&](const std::optional<Aimv2Class>& kind) {
        return kind ? traceAimv2Encoder(source.config, *kind, workload) : remoteTrace(source, workload);
    });
}

} // namespace

Family aimv2()
{
    return {.id = "aimv2",
            .title = "AIMv2",
            .modelTypes = {"aimv2", "aimv2_vision_model", "aimv2_text_model"},
            .inputs = offered,
            .trace = trace};
}

} // namespace sunflop::family
