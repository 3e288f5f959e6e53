// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/gguf/file.h"
#include "core/sunflop.h"
#include "tests/support/text.h"
#include "tests/support/written_files.h"

#include <QTemporaryDir>
#include <QtTest>

#include <fstream>

using namespace sunflop;
using namespace sunflop::test;

namespace {

void write(const QTemporaryDir& folder, const char* name, const std::string& contents)
{
    std::ofstream(folder.filePath(q(name)).toStdString(), std::ios::binary) << contents;
}

std::string refusal(std::string bytes)
{
    const auto header = readGguf(Bytes::of(std::move(bytes)));
    return header ? std::string() : header.error().text();
}

constexpr std::uint32_t f32 = 0;
constexpr std::uint32_t q8_0 = 8;
constexpr std::uint32_t q4_k = 12;

WrittenGgufTensor matrix(std::string name, std::uint64_t in, std::uint64_t out)
{
    return {std::move(name), {in, out}, q8_0, in / 32 * 34 * out};
}

WrittenGgufTensor vector(std::string name, std::uint64_t size)
{
    return {std::move(name), {size}, f32, 4 * size};
}

/// A qwen2 of two layers whose matrices are Q8_0: 64 wide, 4 heads of 16, 2 of them for keys, 96 inside.
struct SmallQwen2 {
    std::vector<std::string> keys;
    std::vector<WrittenGgufTensor> tensors;
};
SmallQwen2 smallQwen2()
{
    std::vector<WrittenGgufTensor> tensors{matrix("token_embd.weight", 64, 320),
                                           vector("output_norm.weight", 64)};
    for (const char* layer : {"blk.0.", "blk.1."}) {
        const std::string at = layer;
        for (const char* norm : {"attn_norm.weight", "ffn_norm.weight"})
            tensors.push_back(vector(at + norm, 64));
        tensors.push_back(matrix(at + "attn_q.weight", 64, 64));
        tensors.push_back(vector(at + "attn_q.bias", 64));
        for (const char* part : {"attn_k", "attn_v"}) {
            tensors.push_back(matrix(at + part + ".weight", 64, 32));
            tensors.push_back(vector(at + part + ".bias", 32));
        }
        tensors.push_back(matrix(at + "attn_output.weight", 64, 64));
        tensors.push_back(matrix(at + "ffn_gate.weight", 64, 96));
        tensors.push_back(matrix(at + "ffn_up.weight", 64, 96));
        tensors.push_back(matrix(at + "ffn_down.weight", 96, 64));
    }
    return {{ggufKey("general.architecture", "qwen2"), ggufKey("qwen2.embedding_length", 64),
             ggufKey("qwen2.feed_forward_length", 96), ggufKey("qwen2.block_count", 2),
             ggufKey("qwen2.attention.head_count", 4), ggufKey("qwen2.attention.head_count_kv", 2),
             ggufKey("qwen2.context_length", 4096)},
            tensors};
}

/// Parameters of a layer of it: norms, q, k and v with biases, o, gate, up and down.
constexpr std::int64_t smallLayer = 2 * 64 + 64 * 64 + 64 + 2 * (64 * 32 + 32) + 64 * 64 + 3 * 64 * 96;

std::string text(const SmallQwen2& model)
{
    return ggufOf(model.keys, model.tensors);
}

Result<Run> counted(const QTemporaryDir& folder, const char* name, std::vector<Assignment> settings = {})
{
    return openFile(folder.filePath(q(name)).toStdString()).and_then([&](Source source) {
        return run(std::move(source), settings, conventions().front());
    });
}

bool hasNote(const std::vector<std::string>& notes, std::string_view part)
{
    return std::ranges::any_of(notes,
                               [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

} // namespace

class TestGguf : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsShapesTheOtherWayRound()
    {
        const auto header =
            readGguf(Bytes::of(ggufOf({ggufKey("general.architecture", "some")},
                                      {{"a.weight", {512, 3}, q4_k, 2 * 144 * 3}, {"b", {7}, f32, 28}})));
        QVERIFY2(header, header ? "" : header.error().text().c_str());
        QCOMPARE(header->tensors[0].shape, (Shape{3, 512}));
        QCOMPARE(header->tensors[0].dtype, DType::Q4_K);
        QCOMPARE(header->tensors[0].bytes.value(), 3 * 512 / 256 * 144);
        QCOMPARE(header->tensors[1].bytes.value(), 7 * 4);
    }

    void countsLongListsWithoutKeepingThem()
    {
        constexpr std::uint64_t words = 100'000;
        std::string list = ggufText("tokenizer.ggml.tokens") + littleEndian(9, 4) + littleEndian(8, 4) +
                           littleEndian(words, 8);
        for (std::uint64_t i = 0; i < words; ++i)
            list += ggufText("w");
        const auto header = readGguf(Bytes::of(ggufOf({list}, {})));
        QVERIFY(header);
        QCOMPARE(header->lengths.at("tokenizer.ggml.tokens"), 100'000);
        QVERIFY(header->values.empty());
    }

    void refusesWhatIsNoHeader_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const std::string& bytes, const char* reason) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes) << q(reason);
        };
        const std::string start = "GGUF" + littleEndian(3, 4);
        row("empty", "", "bytes expected");
        row("other magic", "GGML" + std::string(20, '\0'), "expected GGUF");
        row("big-endian", "GGUF" + littleEndian(0x03000000, 4) + std::string(16, '\0'), "big-endian");
        row("version 9", "GGUF" + littleEndian(9, 4) + std::string(16, '\0'), "version 9, expected 1 to 3");
        row("too many tensors", start + littleEndian(~0ULL, 8) + littleEndian(0, 8), "tensors and 0 keys");
        row("too many keys", start + littleEndian(0, 8) + littleEndian(~0ULL, 8), "0 tensors and");
        row("truncated", start + littleEndian(1, 8) + littleEndian(0, 8), "bytes expected");
        row("long name", start + littleEndian(1, 8) + littleEndian(0, 8) + littleEndian(1 << 20, 8),
            "a name of");
        row("unknown value", ggufOf({ggufText("k") + littleEndian(13, 4)}, {}), "13 is no type of values");
        row("long list",
            ggufOf({ggufText("k") + littleEndian(9, 4) + littleEndian(0, 4) + littleEndian(1ULL << 60, 8)},
                   {}),
            "a list of");
        std::string nested = ggufText("k") + littleEndian(9, 4);
        for (int i = 0; i < 10; ++i)
            nested += littleEndian(9, 4) + littleEndian(1, 8);
        row("deep list", ggufOf({nested}, {}), "deep");
        row("key twice", ggufOf({ggufKey("k", 1), ggufKey("k", 2)}, {}), "stands twice");
        row("name twice", ggufOf({}, {{"a", {1}, f32, 4}, {"a", {1}, f32, 4}}), "two tensors have this name");
        row("removed type", ggufOf({}, {{"a", {32}, 4, 20}}), "4 is no type of ggml");
        row("part of a block", ggufOf({}, {{"a", {33}, q8_0, 68}}), "whole blocks of 32");
        row("nine dimensions", ggufOf({}, {{"a", {1, 1, 1, 1, 1, 1, 1, 1, 1}, f32, 4}}), "9 dimensions");
        row("overflow", ggufOf({}, {{"a", {1ULL << 40, 1ULL << 40}, f32, 4}}), "whole blocks");
        row("data that are missing", ggufOf({}, {{"a", {1000}, f32, 4}}), "the data end at byte 4000");
        row("data that overlap", ggufOf({}, {{"a", {16}, f32, 32}, {"b", {8}, f32, 32}}), "from 64 on");
        row("odd alignment", ggufOf({ggufKey("general.alignment", 3)}, {}), "a power of two");
    }

    void refusesWhatIsNoHeader()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, reason);
        const std::string found = refusal(bytes.toStdString());
        QVERIFY2(q(found).contains(reason), found.c_str());
    }

    void aKnownArchitectureIsTraced()
    {
        QTemporaryDir folder;
        write(folder, "small.gguf", text(smallQwen2()));
        auto source = openFile(folder.filePath(q("small.gguf")).toStdString());
        QVERIFY2(source, source ? "" : source.error().text().c_str());
        const auto counted =
            run(*source, std::vector<Assignment>{{"text_tokens", "10"}}, conventions().front());
        QVERIFY2(counted, counted ? "" : counted.error().text().c_str());
        // The table, which is the head as well, and the last norm.
        QCOMPARE(counted->costs.nodes.front().total.params.value(), 320 * 64 + 64 + 2 * smallLayer);
        const QString notes = q(counted->trace.notes[1]);
        QVERIFY2(notes.contains(q("has all 26 tensors")), qPrintable(notes));
        QVERIFY(!counted->trace.isEstimate);
        // Q8_0 takes 34 bytes for 32 elements, vectors are float32.
        constexpr std::int64_t vectors = 64 + 2 * (2 * 64 + 64 + 2 * 32);
        constexpr std::int64_t matrices = 320 * 64 + 2 * (64 * 64 + 2 * 64 * 32 + 64 * 64 + 3 * 64 * 96);
        QCOMPARE(counted->memory.parts.weights.value(), matrices / 32 * 34 + vectors * 4);
    }

    void anUnknownArchitectureIsAnEstimate()
    {
        QTemporaryDir folder;
        write(folder, "odd.gguf",
              ggufOf({ggufKey("general.architecture", "odd")},
                     {{"blk.0.attn_q.weight", {64, 32}, q8_0, 64 * 34}}));
        const auto source = openFile(folder.filePath(q("odd.gguf")).toStdString());
        QVERIFY(source);
        const auto counted = run(*source, {}, conventions().front());
        QVERIFY(counted);
        QVERIFY(counted->trace.isEstimate);
        QVERIFY(q(counted->trace.notes[1]).contains(q("model_type \"odd\"")));
    }

    void partsOpenAsOne()
    {
        QTemporaryDir folder;
        write(folder, "m-00001-of-00002.gguf",
              ggufOf({ggufKey("general.architecture", "odd")}, {{"a", {8}, f32, 32}}));
        write(folder, "m-00002-of-00002.gguf", ggufOf({}, {{"b", {8}, f32, 32}}));
        for (const char* name : {"m-00001-of-00002.gguf", "m-00002-of-00002.gguf", "."}) {
            const auto source = openFile(folder.filePath(q(name)).toStdString());
            QVERIFY2(source, source ? "" : source.error().text().c_str());
            QCOMPARE(source->stored->tensors.size(), 2u);
            QCOMPARE(q(source->config.modelType()), q("odd"));
        }
        QVERIFY(QFile::remove(folder.filePath(q("m-00001-of-00002.gguf"))));
        const auto part = openFile(folder.filePath(q("m-00002-of-00002.gguf")).toStdString());
        QVERIFY(part);
        QVERIFY(q(part->notes.front()).contains(q("1 of 2 parts are missing: m-00001-of-00002.gguf")));
    }

    void aHeadInAMissingPartIsNotTied()
    {
        SmallQwen2 model = smallQwen2();
        const auto tensors = static_cast<std::uint32_t>(model.tensors.size());
        model.keys.push_back(ggufKey("split.count", 2));
        model.keys.push_back(ggufKey("split.tensors.count", tensors + 1));
        QTemporaryDir folder;
        write(folder, "m-00001-of-00002.gguf", text(model));
        write(folder, "renamed.gguf", text(model));
        for (const char* name : {"m-00001-of-00002.gguf", "renamed.gguf"}) {
            const auto part = counted(folder, name);
            QVERIFY2(part, part ? "" : part.error().text().c_str());
            QCOMPARE(part->costs.root().total.params.value(), 2 * 320 * 64 + 64 + 2 * smallLayer);
            QVERIFY(hasNote(part->trace.notes, "lm_head.weight"));
        }
        const auto source = openFile(folder.filePath(q("renamed.gguf")).toStdString());
        QVERIFY(hasNote(source->notes, "1 of 2 parts are missing"));
        QVERIFY(hasNote(source->notes, "split.tensors.count is 27"));
        QVERIFY(hasNote(source->notes, "Whether the head has weights of its own"));
        write(folder, "m-00002-of-00002.gguf",
              ggufOf({ggufKey("split.count", 2)}, {{"output.weight", {64, 320}, q8_0, 64 / 32 * 34 * 320}}));
        const auto whole = counted(folder, "m-00001-of-00002.gguf");
        QVERIFY2(whole, whole ? "" : whole.error().text().c_str());
        QCOMPARE(whole->costs.root().total.params.value(), 2 * 320 * 64 + 64 + 2 * smallLayer);
        QVERIFY(hasNote(whole->trace.notes, "has all 27 tensors"));
    }

    /// split.tensors.count tells of a tensor that no part holds, though no part is missing.
    void aHeadThatNoPartHoldsIsNotTied()
    {
        SmallQwen2 model = smallQwen2();
        model.keys.push_back(
            ggufKey("split.tensors.count", static_cast<std::uint32_t>(model.tensors.size()) + 1));
        QTemporaryDir folder;
        write(folder, "m.gguf", text(model));
        QCOMPARE(counted(folder, "m.gguf")->costs.root().total.params.value(),
                 2 * 320 * 64 + 64 + 2 * smallLayer);
    }

    void biasesAreKnownFromAnyLayer()
    {
        SmallQwen2 model = smallQwen2();
        for (std::string& key : model.keys)
            for (std::size_t at = key.find("qwen2"); at != std::string::npos; at = key.find("qwen2"))
                key.replace(at, 5, "llama");
        std::erase_if(model.tensors, [](const auto& tensor) { return tensor.name.starts_with("blk.0."); });
        QTemporaryDir folder;
        model.keys.push_back(ggufKey("split.count", 2));
        write(folder, "m.gguf", text(model));
        const auto part = counted(folder, "m.gguf");
        QVERIFY2(part, part ? "" : part.error().text().c_str());
        // Llama's output projection has a bias where the others have one.
        QCOMPARE(part->costs.root().total.params.value(), 2 * 320 * 64 + 64 + 2 * (smallLayer + 64));
    }

    void aVocabularyIsNoModel()
    {
        const std::string words = ggufText("tokenizer.ggml.tokens") + littleEndian(9, 4) +
                                  littleEndian(8, 4) + littleEndian(2, 8) + ggufText("a") + ggufText("b");
        SmallQwen2 model = smallQwen2();
        model.keys.push_back(words);
        QTemporaryDir folder;
        write(folder, "words.gguf", ggufOf(model.keys, {}));
        write(folder, "nothing.gguf", ggufOf({}, {}));
        const auto vocabulary = openFile(folder.filePath(q("words.gguf")).toStdString());
        QVERIFY(!vocabulary);
        QVERIFY2(q(vocabulary.error().text()).contains(q("a vocabulary of 2 tokens and no tensors")),
                 vocabulary.error().text().c_str());
        const auto nothing = openFile(folder.filePath(q("nothing.gguf")).toStdString());
        QVERIFY(!nothing);
        QVERIFY(q(nothing.error().text()).contains(q("holds no tensors")));
    }

    void whatNoKeyTellsIsAnEstimate_data()
    {
        QTest::addColumn<std::size_t>("key");
        for (std::size_t i = 1; i < 5; ++i)
            QTest::addRow("%zu", i) << i;
    }
    void whatNoKeyTellsIsAnEstimate()
    {
        QFETCH(std::size_t, key);
        SmallQwen2 model = smallQwen2();
        model.keys.erase(model.keys.begin() + static_cast<std::ptrdiff_t>(key));
        QTemporaryDir folder;
        write(folder, "m.gguf", text(model));
        const auto guessed = counted(folder, "m.gguf");
        QVERIFY2(guessed, guessed ? "" : guessed.error().text().c_str());
        QVERIFY(guessed->trace.isEstimate);
        QCOMPARE(guessed->costs.root().total.params.value(), 320 * 64 + 64 + 2 * smallLayer);
        const auto source = openFile(folder.filePath(q("m.gguf")).toStdString());
        QVERIFY(hasNote(source->notes, "The file does not store qwen2."));
    }

    /// Two layers of four experts stacked as llama.cpp writes them, two of which each token passes, beside
    /// one that all pass.
    void expertsOfGgufAreCounted()
    {
        std::vector<WrittenGgufTensor> tensors{{"token_embd.weight", {64, 320}, f32, 4 * 64 * 320}};
        for (const char* layer : {"blk.0.", "blk.1."}) {
            const std::string at = layer;
            tensors.push_back({at + "ffn_gate_inp.weight", {64, 4}, f32, 4 * 64 * 4});
            for (const char* part : {"ffn_gate_exps.weight", "ffn_up_exps.weight"})
                tensors.push_back({at + part, {64, 32, 4}, q8_0, 64 / 32 * 34 * 32 * 4});
            tensors.push_back({at + "ffn_down_exps.weight", {32, 64, 4}, q8_0, 34 * 64 * 4});
            tensors.push_back({at + "ffn_gate_shexp.weight", {64, 32}, f32, 4 * 64 * 32});
        }
        QTemporaryDir folder;
        write(folder, "m.gguf",
              ggufOf({ggufKey("general.architecture", "qwen2moe"), ggufKey("qwen2moe.embedding_length", 64),
                      ggufKey("qwen2moe.expert_count", 4), ggufKey("qwen2moe.expert_used_count", 2)},
                     tensors));
        const auto run = counted(folder, "m.gguf", {{"text_tokens", "10"}});
        QVERIFY2(run, run ? "" : run.error().text().c_str());
        const Costs& total = run->costs.root().total;
        QCOMPARE(total.params.value(), 320 * 64 + 2 * (64 * 4 + 4 * 3 * 64 * 32 + 64 * 32));
        QCOMPARE(total.activeParams.value(), 320 * 64 + 2 * (64 * 4 + 2 * 3 * 64 * 32 + 64 * 32));
        QCOMPARE(total.forward.macs.value(), 10 * 2 * (64 * 4 + 2 * 3 * 64 * 32 + 64 * 32));
        QVERIFY(run->costs.uncounted.empty());
        QVERIFY(hasNote(run->trace.notes, "Each token passes 2 of 4 experts"));
        QVERIFY(!hasNote(run->trace.notes, "Not counted"));
    }

    /// Norms stand on both sides, under names of llama.cpp's own.
    void gemma2HasItsNames()
    {
        std::vector<WrittenGgufTensor> tensors{matrix("token_embd.weight", 64, 320),
                                               vector("output_norm.weight", 64)};
        for (const char* norm : {"attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"})
            tensors.push_back(vector(std::string("blk.0.") + norm + ".weight", 64));
        tensors.push_back(matrix("blk.0.attn_q.weight", 64, 64));
        for (const char* part : {"attn_k", "attn_v"})
            tensors.push_back(matrix(std::string("blk.0.") + part + ".weight", 64, 32));
        tensors.push_back(matrix("blk.0.attn_output.weight", 64, 64));
        for (const char* part : {"ffn_gate", "ffn_up"})
            tensors.push_back(matrix(std::string("blk.0.") + part + ".weight", 64, 96));
        tensors.push_back(matrix("blk.0.ffn_down.weight", 96, 64));
        QTemporaryDir folder;
        write(folder, "m.gguf",
              ggufOf({ggufKey("general.architecture", "gemma2"), ggufKey("gemma2.embedding_length", 64),
                      ggufKey("gemma2.feed_forward_length", 96), ggufKey("gemma2.block_count", 1),
                      ggufKey("gemma2.attention.head_count", 4), ggufKey("gemma2.attention.head_count_kv", 2),
                      ggufKey("gemma2.attention.key_length", 16)},
                     tensors));
        const auto run = counted(folder, "m.gguf");
        QVERIFY2(run, run ? "" : run.error().text().c_str());
        QVERIFY(hasNote(run->trace.notes, "has all 13 tensors"));
    }

    /// Other models of transformers under names that are not translated are estimated from what is stored.
    void gpt2IsEstimated()
    {
        QTemporaryDir folder;
        write(folder, "m.gguf",
              ggufOf({ggufKey("general.architecture", "gpt2")}, {matrix("blk.0.attn_qkv.weight", 64, 192)}));
        const auto run = counted(folder, "m.gguf");
        QVERIFY2(run, run ? "" : run.error().text().c_str());
        QVERIFY(run->trace.isEstimate);
    }
};

QTEST_APPLESS_MAIN(TestGguf)
#include "tst_gguf.moc"
