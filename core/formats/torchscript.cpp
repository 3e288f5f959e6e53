// SPDX-License-Identifier: GPL-3.0-or-later
// TorchScript, as torch.jit.save writes it: a ZIP archive whose data.pkl holds the objects, code/ the source
// of their classes, constants.pkl the tensors that the source refers to, data/ the weights, and since 2.x
// traced_inputs.pkl what a traced program was called with. For mobile devices bytecode.pkl stands beside
// code/. PyTorch 1.0 to 1.3 wrote model.json in place of data.pkl.

#include "core/containers/archive.h"
#include "core/formats/format.h"
#include "core/formats/torchscript/program.h"
#include "core/formats/torchscript/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace sunflop::format {

namespace {

bool hasCode(const Archive& archive)
{
    return std::ranges::any_of(archive.members(), [](const Archive::Member& member) {
        const std::size_t at = member.name.find("code/");
        return at == 0 || (at != std::string::npos && member.name.find('/') == at - 1);
    });
}

bool sniff(const Bytes& bytes)
{
    if (!Archive::sniff(bytes))
        return false;
    const auto archive = Archive::open(bytes);
    return archive && hasCode(*archive) &&
           (archive->find("constants.pkl") != nullptr || archive->find("model.json") != nullptr);
}

/// Scripting keeps hyper-parameters as constants of classes, tracing does not.
bool isTraced(const ScriptTree& tree)
{
    return std::ranges::all_of(tree.classes,
                               [](const auto& entry) { return entry.second.constants.empty(); });
}

Result<Source> read(const OpenedFile& file)
{
    const auto archive = Archive::open(file.bytes);
    if (!archive)
        return failure(archive.error());
    auto tree = readScriptTree(*archive);
    if (!tree)
        return failure(tree.error());
    std::optional<Result<Pickle>> examples;
    if (const Archive::Member* member = archive->find("traced_inputs.pkl"))
        examples = readPickle(*archive, *member);
    Source source{.name = file.name, .format = "torchscript"};
    const bool hasExamples = examples && examples->has_value();
    const ScriptFile script{.path = file.path,
                            .tracedInputs = hasExamples ? (*examples)->root() : PickleValue(),
                            .isTraced = hasExamples || isTraced(*tree)};
    const auto program = file.path.empty()
                             ? failure(ErrorKind::Unsupported, {}, "the program is run from a file on disk")
                             : openScript(*tree, script);
    // With a part of Sunflop missing nobody wants an estimate: the next file would fare no better.
    if (!program && program.error().kind == ErrorKind::Installation)
        return failure(program.error());
    if (program)
        source.program = *program;
    else
        source.notes.push_back(fmt::format(
            "The operators of this TorchScript program are not known: {}. Modules, parameters and "
            "bytes are those of the file.",
            program.error().text()));
    source.stored = std::make_shared<const Stored>(std::move(tree->stored));
    return source;
}

} // namespace

Format torchscript()
{
    return {.id = "torchscript",
            .title = "TorchScript program",
            .suffixes = {".pt", ".pth", ".ptl", ".ts", ".jit", ".torchscript"},
            .sniff = sniff,
            .read = read};
}

} // namespace sunflop::format
