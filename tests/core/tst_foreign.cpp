// SPDX-License-Identifier: GPL-3.0-or-later
// Files that hold no model which is read: each is named for what it is, with what to do. Written byte by
// byte.

#include "core/sunflop.h"
#include "tests/support/text.h"
#include "tests/support/written_files.h"

#include <QDir>
#include <QTemporaryDir>
#include <QtTest>

#include <fstream>

using namespace sunflop;
using namespace sunflop::test;
using namespace std::string_literals;

namespace {

constexpr auto pointer = "version https://git-lfs.github.com/spec/v1\n"
                         "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
                         "size 4976698672\n";

void write(const QTemporaryDir& folder, const QString& name, const std::string& contents)
{
    QDir(folder.path()).mkpath(QFileInfo(name).path());
    std::ofstream(folder.filePath(name).toStdString(), std::ios::binary) << contents;
}

QString refusalOf(const QTemporaryDir& folder, const QString& name)
{
    const auto source = openFile(folder.filePath(name).toStdString());
    return source ? QString() : q(source.error().text());
}

bool hasNote(const Source& source, std::string_view part)
{
    return std::ranges::any_of(source.notes,
                               [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

/// A safetensors file of one matrix of 4 by 4 bytes.
std::string oneMatrix(const char* name = "fc.weight")
{
    return safetensorsOf(R"({")"s + name + R"(":{"dtype":"U8","shape":[4,4],"data_offsets":[0,16]}})", 16);
}

} // namespace

class TestForeign : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void isNamedWithWhatToDo_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("remedy");
        const auto row = [](const char* name, const std::string& bytes, const char* what,
                            const char* remedy) {
            QTest::addRow("%s: %s", name, what)
                << q(name) << QByteArray::fromStdString(bytes) << q(what) << q(remedy);
        };
        const char* exported = "torch.export.save";
        row("model.safetensors", pointer, "a pointer of Git LFS to 4976698672 bytes", "git lfs pull");
        row("pytorch_model.bin", pointer, "a pointer of Git LFS", "git lfs pull");
        row("config.json", pointer, "a pointer of Git LFS", "git lfs pull");
        row("model.gguf", "\n<!DOCTYPE HTML>\n<html lang=\"en\">", "a web page", "/resolve/");
        row("model.pt", "<html><body>", "a web page", "download the file again");
        row("model.bin", "Entry not found", "\"Entry not found\"", "download the file again");
        row("model.bin", "Access to model meta-llama/Llama-2-7b is restricted.\n", "Access to model",
            "with a token");
        row("model.bin", "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>",
            "a server's error", "download the file again");
        row("config.json", R"({"error":"Repository not found"})", "a server's answer", "download");
        row("model.onnx", "\x08\x07\x12\x07pytorch"s, "an ONNX model", exported);
        row("model", "\x08\x08\x12\x07pytorch\x1a"s, "an ONNX model", exported);
        row("m.onnx", "\x08\x09\x3a\x04"s, "an ONNX model", exported);
        row("m.bin", "\x1c\0\0\0TFL3\x14\0"s, "a TensorFlow Lite model", "config.json");
        row("m", "\x89HDF\r\n\x1a\n\0\0"s, "an HDF5 file", "config.json");
        row("tf_model.h5", "\x89HDF\r\n\x1a\n\0"s, "an HDF5 file", "config.json");
        row("saved_model.pb", "\x08\x01\x12\x20"s, "a SavedModel of TensorFlow", "config.json");
        row("frozen.pb", "\n\x0b\n\x05image"s, "a frozen graph of TensorFlow", "config.json");
        row("m", "\x30\0\0\0ET12\0\0"s, "an ExecuTorch program", exported);
        row("m.bin", "7767517\n75 83\nInput data 0 1 data\n", "the layers of an ncnn model", exported);
        row("m.bin", "\xdd\x85\x76\0\x4b\0"s, "the layers of an ncnn model", exported);
        row("m.mnn", "\x18\0\0\0"s, "an MNN model", exported);
        row("net.txt", "name: \"LeNet\"\nlayer {\n  name: \"conv1\"\n  type: \"Convolution\"\n}\n",
            "a Caffe model", "config.json");
        row("net.caffemodel", "\n\x05LeNet"s, "a Caffe model", "config.json");
        row("m.mlmodel", "\x08\x04\x12\x10"s, "a Core ML model", exported);
        row("m.bin", "ptrt\0\0"s, "a TensorRT engine", exported);
        row("m.engine", "\x10\x02\0\0{\"description\""s, "a TensorRT engine", exported);
        row("x.npy", "\x93NUMPY\x01\0"s, "a NumPy array", "safetensors");
        row("x.npz", zipOf({{"a.npy", "\x93NUMPY"}, {"b.npy", "\x93NUMPY"}}), "an archive of NumPy arrays",
            "safetensors.numpy.save_file");
        row("m.tar", std::string(257, 'a') + "ustar\0"s + "00" + std::string(300, '\0'), "a tar archive",
            "unpack it");
        row("m.nemo", std::string(257, 'a') + "ustar  \0"s + std::string(300, '\0'), "a tar archive",
            "unpack it");
        row("m.tar.gz", "\x1f\x8b\x08\0"s, "a gzip archive", "unpack it");
        row("m.7z", "7z\xbc\xaf\x27\x1c"s, "a 7-Zip archive", "unpack it");
        row("m.joblib", "\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x13joblib.numpy_pickle\x94."s,
            "a pickle of joblib (scikit-learn)", "torch.save");
        row("m.pkl", "\x80\x03"s + "csklearn.linear_model._base\nLinearRegression\n.",
            "a pickle of scikit-learn", "torch.save");
        row("m.joblib", "\x78\x9c\x01"s, "a pickle of joblib", "expected");
        row("m.xml", "<?xml version=\"1.0\"?>\n<net name=\"a\" version=\"11\">", "an OpenVINO model",
            exported);
        row("m.pdmodel", "\n\x40"s, "a Paddle model", "config.json");
        row("m.params", "\x12\x01\0\0\0\0\0\0\0\0"s, "parameters of MXNet", "config.json");
        row("m-symbol.json", R"({"nodes":[],"arg_nodes":[0],"heads":[[1,0,0]]})", "a graph of MXNet", "open");
        row("flax_model.msgpack", "\x81\xa6params\x81"s, "weights of Flax", "config.json");
        row("m.keras", zipOf({{"metadata.json", "{}"}, {"config.json", "{}"}, {"model.weights.h5", "a"}}),
            "a Keras model", "config.json");
        row("m.bin", "tjgg\x03\0\0\0"s, "a GGML file", "GGUF");
        row("yolo.cfg", "[net]\nbatch=64\n[convolutional]\n", "a Darknet model", "config.json");
        row("m.so",
            "\x7f"
            "ELF\x02\x01"s,
            "a compiled program", exported);
        row("m.zip", zipOf({{"readme", "a"}}), "a ZIP archive of 1 files", "unpack it");
        row("model.py", "import torch\n", "a program of Python", exported);
        row("train.jpg", "\xff\xd8\xff\xe0"s, "a picture", "expected");
    }

    void isNamedWithWhatToDo()
    {
        QFETCH(QString, name);
        QFETCH(QByteArray, bytes);
        QFETCH(QString, what);
        QFETCH(QString, remedy);
        QTemporaryDir folder;
        write(folder, name, bytes.toStdString());
        const QString refused = refusalOf(folder, name);
        QVERIFY2(refused.contains(what), qPrintable(refused));
        QVERIFY2(refused.contains(remedy), qPrintable(refused));
        QVERIFY2(refused.size() - folder.path().size() < 400, qPrintable(refused));
    }

    void anArchiveThatWasCutShortIsToBeFetchedAgain()
    {
        const std::string whole = savedArchive(
            pickledDict({{"a", pickledTensor({.stored = 4, .sizes = {4}, .strides = {1}})}}), {16});
        QTemporaryDir folder;
        write(folder, q("whole.pt"), whole);
        QCOMPARE(refusalOf(folder, q("whole.pt")), QString());
        // Anywhere behind the first signature and before the end of the directory.
        for (std::size_t length = 4; length < whole.size() - 22; length += 7) {
            write(folder, q("cut.pt"), whole.substr(0, length));
            const QString refused = refusalOf(folder, q("cut.pt"));
            QVERIFY2(refused.contains(q("cut short, download it again")), qPrintable(refused));
        }
    }

    void weightsBesideTheirDescriptionAreNamed()
    {
        QTemporaryDir folder;
        write(folder, q("a.xml"), "<?xml version=\"1.0\"?><net name=\"a\">");
        write(folder, q("a.bin"), std::string(64, '\0'));
        write(folder, q("b.param"), "7767517\n");
        write(folder, q("b.bin"), std::string(64, '\0'));
        QVERIFY(refusalOf(folder, q("a.bin")).contains(q("weights of an OpenVINO model")));
        QVERIFY(refusalOf(folder, q("b.bin")).contains(q("weights of an ncnn model")));
    }

    void siblingsOfAConfigSayWhatToOpen_data()
    {
        QTest::addColumn<QString>("json");
        QTest::addColumn<QString>("what");
        const auto row = [](const char* name, const char* json, const char* what) {
            QTest::newRow(name) << q(json) << q(what);
        };
        row("generation_config.json",
            R"({"bos_token_id": 1, "eos_token_id": [2], "transformers_version": "4.45.0"})",
            "the settings of generation");
        row("generation_config.json, early", R"({"_from_model_config": true, "eos_token_id": 2})",
            "the settings of generation");
        row("tokenizer_config.json",
            R"({"tokenizer_class": "LlamaTokenizer", "eos_token": "</s>", "model_max_length": 4096})",
            "the settings of a tokenizer");
        row("tokenizer.json", R"({"version": "1.0", "added_tokens": [], "model": {"type": "BPE"}})",
            "a tokenizer");
        row("special_tokens_map.json", R"({"bos_token": "<s>", "eos_token": "</s>"})", "special words");
        row("preprocessor_config.json",
            R"({"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 224}})",
            "the settings of an image processor");
        row("preprocessor_config.json, early", R"({"image_mean": [0.5], "image_std": [0.5]})",
            "the settings of an image processor");
        row("trainer_state.json", R"({"epoch": 3.0, "log_history": [], "global_step": 500})",
            "the state of a training run");
        row("training_args.json", R"({"learning_rate": 1e-4, "output_dir": "out"})",
            "the arguments of a training run");
        row("quantize_config.json", R"({"bits": 4, "group_size": 128, "desc_act": false})",
            "the settings of GPTQ");
    }

    void siblingsOfAConfigSayWhatToOpen()
    {
        QFETCH(QString, json);
        QFETCH(QString, what);
        QTemporaryDir folder;
        write(folder, q("some.json"), json.toStdString());
        QString refused = refusalOf(folder, q("some.json"));
        QVERIFY2(refused.contains(what) && refused.contains(q("open the model's config.json")),
                 qPrintable(refused));
        write(folder, q("config.json"), R"({"model_type": "llama"})");
        refused = refusalOf(folder, q("some.json"));
        QVERIFY2(refused.contains(q("open the config.json beside it")), qPrintable(refused));
    }

    void aConfigIsNoSibling()
    {
        QTemporaryDir folder;
        write(folder, q("config.json"),
              R"({"model_type": "llama", "eos_token_id": 2, "transformers_version": "4.45.0",
                  "pad_token": "a", "tokenizer_class": "b"})");
        QCOMPARE(refusalOf(folder, q("config.json")), QString());
    }

    void aTokenizerTooLongToReadIsNamed()
    {
        QTemporaryDir folder;
        write(folder, q("tokenizer.json"), "{" + std::string(17 << 20, ' ') + "}");
        QVERIFY(refusalOf(folder, q("tokenizer.json")).contains(q("a tokenizer, not a model")));
    }

    void aPipelineNamesItsParts()
    {
        QTemporaryDir folder;
        write(folder, q("model_index.json"),
              R"({"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.29.0",
                  "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"]})");
        for (const char* name : {"model_index.json", "."}) {
            const QString refused = refusalOf(folder, q(name));
            QVERIFY2(refused.contains(q("a pipeline of diffusers")) && refused.contains(q("unet/, vae/")),
                     qPrintable(refused));
        }
    }

    void aFolderWithoutAModelNamesWhatItHolds_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("what");
        const auto row = [](const char* name, const std::string& bytes, const char* what) {
            QTest::newRow(name) << q(name) << QByteArray::fromStdString(bytes) << q(what);
        };
        row("saved_model.pb", "\x08\x01\x12\x20"s, "a SavedModel of TensorFlow");
        row("model.onnx", "\x08\x07\x12\x07pytorch"s, "an ONNX model");
        row("Manifest.json", "{}", "a Core ML model");
        row("flax_model.msgpack", "\x81"s, "weights of Flax");
        row("tf_model.h5", "\x89HDF\r\n\x1a\n"s, "an HDF5 file");
    }

    void aFolderWithoutAModelNamesWhatItHolds()
    {
        QFETCH(QString, name);
        QFETCH(QByteArray, bytes);
        QFETCH(QString, what);
        QTemporaryDir folder;
        write(folder, q("README.md"), "# Model\n");
        write(folder, q("tokenizer_config.json"), R"({"tokenizer_class": "a"})");
        write(folder, name, bytes.toStdString());
        const QString refused = refusalOf(folder, q("."));
        QVERIFY2(refused.contains(what), qPrintable(refused));
    }

    void pointersBesideAConfigAreSaid()
    {
        QTemporaryDir folder;
        write(folder, q("config.json"), R"({"model_type": "llama"})");
        write(folder, q("model.safetensors.index.json"),
              R"({"weight_map": {"a": "model-00001-of-00002.safetensors"}})");
        write(folder, q("model-00001-of-00002.safetensors"), pointer);
        const auto source = openFile(folder.path().toStdString());
        QVERIFY2(source, source ? "" : source.error().text().c_str());
        QVERIFY(hasNote(*source, "a pointer of Git LFS"));
        QVERIFY(hasNote(*source, "model-00001-of-00002.safetensors"));
    }

    void aFolderOfWeightsOpensThem_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("bytes");
        const auto row = [](const char* name, const std::string& bytes) {
            QTest::newRow(name) << q(name) << QByteArray::fromStdString(bytes);
        };
        const std::string saved = savedArchive(
            pickledDict({{"a", pickledTensor({.stored = 16, .sizes = {4, 4}, .strides = {4, 1}})}}), {64});
        row("weights.safetensors", oneMatrix());
        row("consolidated.safetensors", oneMatrix());
        row("consolidated.00.pth", saved);
        row("model.pth", saved);
        row("best.pt", saved);
        row("last.ckpt", saved);
        row("some.bin", saved);
    }

    void aFolderOfWeightsOpensThem()
    {
        QFETCH(QString, name);
        QFETCH(QByteArray, bytes);
        QTemporaryDir folder;
        write(folder, name, bytes.toStdString());
        write(folder, q("training_args.bin"), "a");
        write(folder, q("optimizer.pt"), "a");
        write(folder, q("README.md"), "a");
        const auto source = openFile(folder.path().toStdString());
        QVERIFY2(source, source ? "" : source.error().text().c_str());
        QCOMPARE(source->stored->tensors.size(), 1u);
        QCOMPARE(source->stored->tensors.front().shape, (Shape{4, 4}));
    }

    void anArchiveAroundAModelOpensIt_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const std::string saved = savedArchive(
            pickledDict({{"a", pickledTensor({.stored = 16, .sizes = {4, 4}, .strides = {4, 1}})}}), {64});
        const auto row = [](const char* name, const std::vector<WrittenMember>& members) {
            QTest::newRow(name) << QByteArray::fromStdString(zipOf(members));
        };
        row("TorchServe",
            {{"MAR-INF/MANIFEST.json", R"({"model": {"modelName": "a", "serializedFile": "weights"}})"},
             {"handler.py", "import torch"},
             {"other.pt", "a"},
             {"weights", saved}});
        row("stable-baselines3", {{"data", "{}"},
                                  {"policy.optimizer.pth", "a"},
                                  {"policy.pth", saved},
                                  {"pytorch_variables.pth", "a"},
                                  {"system_info.txt", "a"}});
        row("packed", {{"folder/model.safetensors", oneMatrix()}, {"folder/training_args.bin", "a"}});
    }

    void anArchiveAroundAModelOpensIt()
    {
        QFETCH(QByteArray, bytes);
        QTemporaryDir folder;
        write(folder, q("a.mar"), bytes.toStdString());
        const auto source = openFile(folder.filePath(q("a.mar")).toStdString());
        QVERIFY2(source, source ? "" : source.error().text().c_str());
        QCOMPARE(source->stored->tensors.size(), 1u);
        QCOMPARE(source->stored->tensors.front().shape, (Shape{4, 4}));
        QVERIFY(hasNote(*source, "in the archive"));
    }

    void anArchiveOfSeveralModelsIsNotChosenFrom()
    {
        QTemporaryDir folder;
        write(folder, q("a.zip"), zipOf({{"a.pt", "a"}, {"b.pt", "b"}}));
        QVERIFY(refusalOf(folder, q("a.zip")).contains(q("a ZIP archive of 2 files")));
    }

    void severalWeightsAreNotChosenFrom()
    {
        QTemporaryDir folder;
        write(folder, q("a.pth"), "a");
        write(folder, q("b.pth"), "b");
        QVERIFY(refusalOf(folder, q(".")).contains(q("2 checkpoints and no config.json")));
    }
};

QTEST_APPLESS_MAIN(TestForeign)
#include "tst_foreign.moc"
