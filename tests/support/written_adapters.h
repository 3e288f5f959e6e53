// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Folders of peft, written byte by byte under the names that its get_peft_model_state_dict() gives.

#include "core/sunflop.h"
#include "tests/support/text.h"
#include "tests/support/written_files.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <QDir>
#include <QFileInfo>
#include <QTemporaryDir>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace sunflop::test {

/// A tensor of 32-bit floats.
struct WrittenTensor {
    std::string name;
    std::vector<std::int64_t> shape;
};

inline void write(const QTemporaryDir& root, const std::string& name, const std::string& contents)
{
    QDir(root.path()).mkpath(QFileInfo(q(name)).path());
    std::ofstream(root.filePath(q(name)).toStdString(), std::ios::binary) << contents;
}

inline std::int64_t elements(const WrittenTensor& tensor)
{
    std::int64_t product = 1;
    for (const std::int64_t size : tensor.shape)
        product *= size;
    return product;
}

/// In 32-bit floats.
inline std::string safetensorsOf(const std::vector<WrittenTensor>& tensors)
{
    nlohmann::json header = nlohmann::json::object();
    std::int64_t at = 0;
    for (const WrittenTensor& tensor : tensors) {
        const std::int64_t end = at + 4 * elements(tensor);
        header[tensor.name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {at, end}}};
        at = end;
    }
    return safetensorsOf(header.dump(), static_cast<std::size_t>(at));
}

/// Both matrices beside a layer [out, in].
inline void addPair(std::vector<WrittenTensor>& tensors, const std::string& module, std::int64_t rank,
                    std::int64_t out, std::int64_t in)
{
    tensors.push_back({"base_model.model." + module + ".lora_A.weight", {rank, in}});
    tensors.push_back({"base_model.model." + module + ".lora_B.weight", {out, rank}});
}

/// Rank 2 beside q_proj [8, 8] and v_proj [4, 8] of four layers: 4 * (2 * (8 + 8) + 2 * (8 + 4)) = 224.
inline constexpr std::int64_t queriesAndValues = 224;
inline std::vector<WrittenTensor> queryValueAdapters()
{
    std::vector<WrittenTensor> tensors;
    for (int i = 0; i < 4; ++i) {
        addPair(tensors, fmt::format("model.layers.{}.self_attn.q_proj", i), 2, 8, 8);
        addPair(tensors, fmt::format("model.layers.{}.self_attn.v_proj", i), 2, 4, 8);
    }
    return tensors;
}

inline nlohmann::json peftSettings(const std::string& base,
                                   const nlohmann::json& changes = nlohmann::json::object())
{
    nlohmann::json object{{"peft_type", "LORA"},
                          {"base_model_name_or_path", base},
                          {"r", 2},
                          {"lora_alpha", 16},
                          {"bias", "none"},
                          {"modules_to_save", nullptr},
                          {"task_type", "CAUSAL_LM"}};
    object.update(changes);
    return object;
}

/// A folder "adapter" beside its base "base", which a name of the Hub ends with.
struct AdapterCase {
    QTemporaryDir root;

    AdapterCase(const nlohmann::json& base, const std::vector<WrittenTensor>& tensors,
                const nlohmann::json& changes = nlohmann::json::object())
    {
        write(root, "base/config.json", base.dump());
        write(root, "adapter/adapter_config.json", peftSettings("someone/base", changes).dump());
        write(root, "adapter/adapter_model.safetensors", safetensorsOf(tensors));
    }

    Result<Source> opened(const char* name = "adapter") const
    {
        return openFile(root.filePath(q(name)).toStdString());
    }
    Result<Run> attempted(const std::vector<Assignment>& assignments = {}, const char* name = "adapter") const
    {
        return opened(name).and_then([&](const Source& source) {
            return run(source, assignments, *conventionNamed("exact").value());
        });
    }
    Run counted(const std::vector<Assignment>& assignments = {}, const char* name = "adapter") const
    {
        auto result = attempted(assignments, name);
        if (!result)
            qFatal("%s", result.error().text().c_str());
        return *std::move(result);
    }
    QString refusal(const std::vector<Assignment>& assignments = {}) const
    {
        const auto result = attempted(assignments);
        return result ? QString() : q(result.error().text());
    }
};

} // namespace sunflop::test
