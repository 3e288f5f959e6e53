// SPDX-License-Identifier: GPL-3.0-or-later
// A file of torch.save: the model's state_dict(), a training checkpoint, or the model itself.

#include "core/formats/archive.h"
#include "core/formats/checkpoint.h"
#include "core/formats/saved_checkpoint.h"

namespace sunflop::format {

namespace {

bool isTar(const Bytes& bytes)
{
    constexpr std::uint64_t magicAt = 257;
    constexpr std::string_view magic = "ustar";
    return bytes.size() > magicAt + magic.size() && bytes.read(magicAt, magic.size()) == magic;
}

/// A pickle of protocol 2 or later that is no checkpoint.
bool isPickle(const Bytes& bytes)
{
    const std::string head = bytes.head(2);
    return head.size() == 2 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5;
}

bool sniff(const Bytes& bytes)
{
    return looksLikeSaved(bytes) || isTar(bytes) || isPickle(bytes);
}

Result<Source> read(const OpenedFile& file)
{
    if (isTar(file.bytes))
        return failure(
            ErrorKind::Unsupported, {},
            "a tar archive, in which PyTorch before 0.1.10 saved; expected what torch.save writes since");
    if (!Archive::sniff(file.bytes) && !looksLikeSaved(file.bytes))
        return failure(ErrorKind::Unsupported, {},
                       "a pickle that torch.save did not write, expected a checkpoint of PyTorch");
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
