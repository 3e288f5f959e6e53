// SPDX-License-Identifier: GPL-3.0-or-later
// A file of torch.save: the model's state_dict(), a training checkpoint, or the model itself.

#include "core/containers/archive.h"
#include "core/formats/checkpoint/checkpoint.h"
#include "core/formats/checkpoint/shards.h"
#include "core/formats/torchsave/saved_checkpoint.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace sunflop::format {

namespace {

/// A pickle of protocol 2 or later that is no checkpoint.
bool isPickle(const Bytes& bytes)
{
    const std::string head = bytes.head(2);
    return head.size() == 2 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5;
}

/// Whose objects a pickle holds: " of scikit-learn"; empty where it is not told.
std::string writerOf(const Bytes& bytes)
{
    constexpr std::uint64_t headBytes = 64 << 10;
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> writers{
        {{"joblib.numpy_pickle", "joblib (scikit-learn)"},
         {"sklearn", "scikit-learn"},
         {"xgboost", "XGBoost"},
         {"lightgbm", "LightGBM"},
         {"jax", "JAX"},
         {"keras", "Keras"},
         {"numpy", "NumPy arrays"}}};
    const std::string head = bytes.head(headBytes);
    for (const auto& [mark, writer] : writers)
        if (head.find(mark) != std::string::npos)
            return fmt::format(" of {}", writer);
    return {};
}

bool sniff(const Bytes& bytes)
{
    return looksLikeSaved(bytes) || isPickle(bytes);
}

Result<Source> read(const OpenedFile& file)
{
    if (!Archive::sniff(file.bytes) && !looksLikeSaved(file.bytes))
        return failure(
            ErrorKind::Unsupported, {},
            fmt::format("a pickle{} that torch.save did not write, expected a checkpoint of PyTorch: "
                        "torch.save(model.state_dict(), \"model.pt\")",
                        writerOf(file.bytes)));
    if (auto shards = readAsShard(file, "torchsave"))
        return *std::move(shards);
    auto saved = readSaved(file.bytes);
    if (!saved)
        return failure(saved.error());
    return checkpointSource(file, "torchsave", std::move(saved->stored), std::move(saved->notes));
}

} // namespace

Format torchsave()
{
    return {.id = "torchsave",
            .title = "PyTorch checkpoint",
            .suffixes = {".pt", ".pth", ".bin", ".ckpt", ".pkl"},
            .sniff = sniff,
            .read = read};
}

} // namespace sunflop::format
