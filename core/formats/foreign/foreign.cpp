// SPDX-License-Identifier: GPL-3.0-or-later
// Sources of magics: the formats' own documents, and what their writers wrote.

#include "core/formats/foreign/foreign.h"

#include "core/base/plain_text.h"
#include "core/containers/archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace sunflop {

namespace {

/// What to do about a file.
enum class Remedy {
    Export,     ///< a PyTorch model was made into this
    TensorFlow, ///< of a framework whose models are not read
    Unpack,
    Convert, ///< arrays that can be written as a checkpoint
    Other,   ///< nothing: it is no model
};

/// A kind of file: told by bytes at a place, or where there are none by the ends of its name, parted by
/// blanks.
struct Kind {
    std::string_view what;
    Remedy remedy = Remedy::Export;
    std::string_view magic = {};
    std::uint64_t at = 0;
    std::string_view suffixes = {};
};

using namespace std::string_view_literals;

constexpr std::array kindsByMagic{
    Kind{"a TensorFlow Lite model", Remedy::TensorFlow, "TFL3", 4},
    Kind{"an ExecuTorch program", Remedy::Export, "ET12", 4},
    Kind{"a mobile program of PyTorch, in flatbuffers", Remedy::Export, "PTMF", 4},
    Kind{"an HDF5 file, in which Keras saves", Remedy::TensorFlow, "\x89HDF\r\n\x1a\n"},
    Kind{"a TensorRT engine", Remedy::Export, "ptrt"},
    Kind{"a TensorRT engine", Remedy::Export, "ftrt"},
    Kind{"the layers of an ncnn model", Remedy::Export, "7767517"},
    Kind{"the layers of an ncnn model", Remedy::Export, "\xdd\x85\x76\x00"sv},
    Kind{"parameters of MXNet", Remedy::TensorFlow, "\x12\x01\x00\x00\x00\x00\x00\x00"sv},
    Kind{"a model of Rockchip's NPU", Remedy::Export, "RKNN"},
    Kind{"a StableHLO program", Remedy::TensorFlow, "ML\xefR"},
    Kind{"a GGML file, which GGUF replaced", Remedy::Convert, "lmgg"},
    Kind{"a GGML file, which GGUF replaced", Remedy::Convert, "fmgg"},
    Kind{"a GGML file, which GGUF replaced", Remedy::Convert, "tjgg"},
    Kind{"a NumPy array", Remedy::Convert, "\x93NUMPY"},
    Kind{"a tar archive", Remedy::Unpack, "ustar", 257},
    Kind{"a gzip archive", Remedy::Unpack, "\x1f\x8b"},
    Kind{"an xz archive", Remedy::Unpack,
         "\xfd"
         "7zXZ"},
    Kind{"a bzip2 archive", Remedy::Unpack, "BZh"},
    Kind{"a Zstandard archive", Remedy::Unpack, "\x28\xb5\x2f\xfd"},
    Kind{"a 7-Zip archive", Remedy::Unpack, "7z\xbc\xaf\x27\x1c"},
    Kind{"a RAR archive", Remedy::Unpack, "Rar!\x1a\x07"},
    Kind{"a compiled program", Remedy::Export,
         "\x7f"
         "ELF"},
    Kind{"a table of Parquet", Remedy::Other, "PAR1"},
    Kind{"a table of Arrow", Remedy::Other, "ARROW1"},
    Kind{"a database", Remedy::Other, "SQLite format 3"},
    Kind{"a PDF document", Remedy::Other, "%PDF"},
    Kind{"a picture", Remedy::Other, "\x89PNG"},
    Kind{"a picture", Remedy::Other, "\xff\xd8\xff"},
};

constexpr std::array kindsByName{
    Kind{"an ONNX model", Remedy::Export, {}, 0, ".onnx .onnx_data .onnx.data .ort"},
    Kind{"a SavedModel of TensorFlow", Remedy::TensorFlow, {}, 0, "saved_model.pb saved_model.pbtxt"},
    Kind{"a frozen graph of TensorFlow", Remedy::TensorFlow, {}, 0, ".pb .pbtxt"},
    Kind{"a TensorFlow Lite model", Remedy::TensorFlow, {}, 0, ".tflite .lite .litertlm"},
    Kind{"a part of a TensorFlow checkpoint",
         Remedy::TensorFlow,
         {},
         0,
         ".ckpt.index .ckpt.meta .data-00000-of-00001"},
    Kind{"weights of Keras", Remedy::TensorFlow, {}, 0, ".h5 .hdf5 .keras"},
    Kind{"weights of Flax", Remedy::TensorFlow, {}, 0, ".msgpack"},
    Kind{"an ExecuTorch program", Remedy::Export, {}, 0, ".pte .ptd"},
    Kind{"a mobile program of PyTorch", Remedy::Export, {}, 0, ".ptl"},
    Kind{"the layers of an ncnn model", Remedy::Export, {}, 0, ".param"},
    Kind{"an MNN model", Remedy::Export, {}, 0, ".mnn"},
    Kind{"a Caffe model", Remedy::TensorFlow, {}, 0, ".prototxt .caffemodel .binaryproto"},
    Kind{"a Core ML model", Remedy::Export, {}, 0, ".mlmodel .mlpackage .mlmodelc"},
    Kind{"a TensorRT engine", Remedy::Export, {}, 0, ".engine .plan .trt"},
    Kind{"a Paddle model", Remedy::TensorFlow, {}, 0, ".pdmodel .pdiparams .pdparams .pdopt"},
    Kind{"parameters of MXNet", Remedy::TensorFlow, {}, 0, ".params"},
    Kind{"a Darknet model", Remedy::TensorFlow, {}, 0, ".weights"},
    Kind{"a file of Lua Torch", Remedy::TensorFlow, {}, 0, ".t7"},
    Kind{"a model of an accelerator's compiler",
         Remedy::Export,
         {},
         0,
         ".dlc .rknn .hef .om .tmfile .uff .kmodel .nef .bmodel .axmodel .xmodel"},
    Kind{"a pickle of joblib", Remedy::Other, {}, 0, ".joblib"},
    Kind{"a NumPy array", Remedy::Convert, {}, 0, ".npy .npz"},
    Kind{"an archive", Remedy::Unpack, {}, 0, ".tar .tgz .nemo .7z .rar .zip"},
    Kind{"a program of Python, of which none is run", Remedy::Export, {}, 0, ".py .pyc"},
    Kind{"a YAML file", Remedy::Other, {}, 0, ".yaml .yml"},
    Kind{"a text", Remedy::Other, {}, 0, ".md .rst"},
};

std::string_view textOf(Remedy remedy)
{
    switch (remedy) {
    case Remedy::Export:
        return "open the PyTorch model it was made from, saved by torch.export.save("
               "torch.export.export(model.eval(), args), \"model.pt2\")";
    case Remedy::TensorFlow:
        return "open the same model's config.json or safetensors, or its PyTorch version, exported by "
               "torch.export.save(torch.export.export(model.eval(), args), \"model.pt2\")";
    case Remedy::Unpack: return "unpack it and open the model in it";
    case Remedy::Convert: return "write its arrays as safetensors or GGUF and open that";
    case Remedy::Other: break;
    }
    return "expected a config.json, a PyTorch program or a checkpoint";
}

Error errorOf(std::string_view what, std::string_view remedy)
{
    return {ErrorKind::Unsupported, {}, fmt::format("{}, which is not read: {}", what, remedy)};
}

std::string lower(std::string_view text)
{
    std::string copy(text);
    std::ranges::transform(copy, copy.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return copy;
}

bool endsWithAny(std::string_view name, std::string_view suffixes)
{
    while (!suffixes.empty()) {
        const std::size_t end = std::min(suffixes.find(' '), suffixes.size());
        if (name.ends_with(suffixes.substr(0, end)))
            return true;
        suffixes.remove_prefix(std::min(end + 1, suffixes.size()));
    }
    return false;
}

/// "version https://git-lfs.github.com/spec/v1", then lines of "key value".
std::optional<Error> lfsPointer(std::string_view head)
{
    if (!head.starts_with("version https://git-lfs") && !head.starts_with("version https://hawser"))
        return std::nullopt;
    const std::size_t at = head.find("\nsize ");
    const std::string_view rest =
        at == std::string_view::npos ? "" : head.substr(at + std::string_view("\nsize ").size());
    const std::string_view size = rest.substr(0, rest.find_first_not_of("0123456789"));
    return Error{ErrorKind::Unsupported,
                 {},
                 fmt::format("a pointer of Git LFS{}, not the file itself: \"git lfs pull\" fetches it",
                             size.empty() ? "" : fmt::format(" to {} bytes", shortened(size)))};
}

/// What servers answer instead of a file, and XML.
std::optional<Error> webText(std::string_view head)
{
    const std::size_t first = head.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    const std::string text = lower(head.substr(first == std::string_view::npos ? head.size() : first));
    constexpr std::string_view again =
        "download the file again (on the Hub from an address with /resolve/, not /blob/, and where the model "
        "is gated with a token)";
    if (text.starts_with("<!doctype html") || text.starts_with("<html") || text.starts_with("<head"))
        return Error{ErrorKind::Unsupported, {}, fmt::format("a web page under a model's name: {}", again)};
    constexpr std::array<std::string_view, 6> answers{
        "entry not found",  "repository not found", "invalid username or password",
        "access to model ", "access denied",        "not found"};
    for (const std::string_view answer : answers)
        if (text.starts_with(answer))
            return Error{ErrorKind::Unsupported,
                         {},
                         fmt::format("a server's answer, \"{}\", instead of a file: {}",
                                     shortened(head.substr(first, head.find('\n', first) - first)), again)};
    if (text.starts_with("<?xml") || text.starts_with("<net ")) {
        if (text.find("<net ") != std::string::npos)
            return errorOf("an OpenVINO model", textOf(Remedy::Export));
        if (text.find("<error>") != std::string::npos)
            return Error{
                ErrorKind::Unsupported, {}, fmt::format("a server's error instead of a file: {}", again)};
        return errorOf("an XML file", textOf(Remedy::Other));
    }
    return std::nullopt;
}

/// Protobuf has no magic: the first fields of each kind of message are its mark.
std::optional<Error> protobuf(std::string_view head)
{
    // ModelProto: ir_version, then producer_name ("pytorch") or the graph.
    constexpr std::array<std::string_view, 4> producers{"pytorch", "tf2onnx", "onnx", "torch"};
    const bool isVersioned =
        head.size() > 4 && head[0] == 8 && head[1] >= 1 && head[1] <= 32 && head[2] == 0x12;
    if (isVersioned)
        for (const std::string_view producer : producers)
            if (head.substr(4).starts_with(producer))
                return errorOf("an ONNX model", textOf(Remedy::Export));
    if (isVersioned && head.substr(0, 512).find("saved_model") != std::string_view::npos)
        return errorOf("a SavedModel of TensorFlow", textOf(Remedy::TensorFlow));
    return std::nullopt;
}

std::optional<Error> textModel(std::string_view head)
{
    if (head.starts_with("[net]") || head.starts_with("[convolutional]"))
        return errorOf("a Darknet model", textOf(Remedy::TensorFlow));
    if (head.starts_with("model_checkpoint_path:"))
        return errorOf("the list of TensorFlow's checkpoints", textOf(Remedy::TensorFlow));
    const bool isPrototxt =
        head.find("layer {") != std::string_view::npos && head.find("type: \"") != std::string_view::npos;
    return isPrototxt ? std::optional(errorOf("a Caffe model", textOf(Remedy::TensorFlow))) : std::nullopt;
}

/// An archive that no format reads.
std::optional<Error> foreignArchive(const OpenedFile& file)
{
    if (!Archive::sniff(file.bytes))
        return std::nullopt;
    const auto archive = Archive::open(file.bytes);
    if (!archive)
        return Error{
            ErrorKind::Malformed,
            {},
            fmt::format("an archive whose directory, at its end, is missing or damaged ({} bytes are "
                        "here; {}): the file was cut short, download it again",
                        file.bytes.size(), archive.error().text())};
    const auto any = [&](auto test) { return std::ranges::any_of(archive->members(), test); };
    const auto all = [&](auto test) { return std::ranges::all_of(archive->members(), test); };
    if (all([](const Archive::Member& member) { return member.name.ends_with(".npy"); }))
        return errorOf("an archive of NumPy arrays (npz)",
                       "write them as a checkpoint, safetensors.numpy.save_file(dict(numpy.load(\"x.npz\")), "
                       "\"x.safetensors\"), and open that");
    if (any([](const Archive::Member& member) { return member.name == "model.weights.h5"; }))
        return errorOf("a Keras model", textOf(Remedy::TensorFlow));
    if (any([](const Archive::Member& member) {
            return member.name.find("com.apple.CoreML") != std::string::npos;
        }))
        return errorOf("a Core ML model", textOf(Remedy::Export));
    return errorOf(fmt::format("a ZIP archive of {} files, none of them of torch.save or torch.export",
                               archive->members().size()),
                   textOf(Remedy::Unpack));
}

/// Weights without a magic beside the file that describes them.
std::optional<Error> weightsBeside(const OpenedFile& file, const std::string& name)
{
    if (!name.ends_with(".bin"))
        return std::nullopt;
    const std::string stem = file.path.filename().string().substr(0, name.size() - 4);
    if (file.beside(stem + ".xml"))
        return errorOf("weights of an OpenVINO model", textOf(Remedy::Export));
    return file.beside(stem + ".param")
               ? std::optional(errorOf("weights of an ncnn model", textOf(Remedy::Export)))
               : std::nullopt;
}

} // namespace

std::optional<Error> foreignFile(const OpenedFile& file)
{
    constexpr std::uint64_t headBytes = 4096;
    const std::string head = file.bytes.head(headBytes);
    const std::string name = lower(file.path.filename().string());
    if (auto found = lfsPointer(head))
        return found;
    if (auto found = webText(head))
        return found;
    for (const Kind& kind : kindsByMagic)
        if (head.size() > kind.at && std::string_view(head).substr(kind.at).starts_with(kind.magic))
            return errorOf(kind.what, textOf(kind.remedy));
    for (const auto& look : {protobuf, textModel})
        if (auto found = look(head))
            return found;
    if (auto found = foreignArchive(file))
        return found;
    if (auto found = weightsBeside(file, name))
        return found;
    const auto named =
        std::ranges::find_if(kindsByName, [&](const Kind& kind) { return endsWithAny(name, kind.suffixes); });
    return named == kindsByName.end() ? std::nullopt
                                      : std::optional(errorOf(named->what, textOf(named->remedy)));
}

} // namespace sunflop
