// SPDX-License-Identifier: GPL-3.0-or-later
// Every way of calling an operator, a module each, against what calflops and fvcore counted of it:
// tests/peers made the files and the figures.

#include "core/sunflop.h"
#include "tests/support/differences.h"
#include "tests/support/folded_tree.h"
#include "tests/support/reference.h"
#include "tests/support/text.h"

#include <QtTest>

#include <span>

using namespace sunflop;
using namespace sunflop::test;
using Json = nlohmann::json;

namespace {

const Json& figures()
{
    static const Json all = readJson(std::filesystem::path(TEST_DATA) / "peers" / "figures.json");
    return all;
}

/// A file of the folder at the arguments that it was measured with.
Result<Run> runOf(const std::string& file, const char* convention)
{
    auto source = openFile(std::filesystem::path(TEST_DATA) / "peers" / file);
    if (!source)
        return tl::unexpected(source.error());
    const auto offered = inputsOf(*source);
    if (!offered)
        return tl::unexpected(offered.error());
    std::vector<Assignment> assignments;
    for (std::size_t i = 0; i < figures()["arguments"].size() && i < offered->size(); ++i)
        assignments.push_back({std::string((*offered)[i].id), figures()["arguments"][i].get<std::string>()});
    return run(*std::move(source), assignments, *conventionNamed(convention).value());
}

/// What a file does not tell calflops' convention. Of a cell only its parts are left, and an alias is the
/// operator itself. To a trace F.conv2d is torch.conv2d, F.prelu torch.prelu and x.baddbmm()
/// torch.baddbmm(x). TorchScript writes 1 - x as -x + 1, and keeps a repeated module twice.
bool isUntold(const QString& file, const QString& peer, std::string_view path)
{
    using Paths = std::vector<std::string_view>;
    static const Paths always{"call_multiply", "rnn_cell", "gru_cell", "lstm_cell"};
    static const Paths traced{"call_padded_images", "call_padded_sequence", "call_torch_prelu",
                              "call_method_baddbmm"};
    const auto has = [&](const Paths& paths) { return std::ranges::find(paths, path) != paths.end(); };
    const bool isTrace = file == q("spelled_trace.pt");
    if (path == "repeated.0")
        return !isTrace;
    return peer == q("calflops") && (has(always) || (isTrace ? has(traced) : path == "call_number_sub"));
}

/// A module of the files and the FLOPs that a peer's own tests expect of it, derived by hand.
struct Checked {
    const char* path;
    std::int64_t flops;
};

constexpr std::int64_t squared(std::int64_t n)
{
    return n * n;
}

/// What fvcore checks its handles with: one for a multiply-accumulate.
constexpr Checked ofFvcore[] = {
    {"same_size", 5 * squared(15) * 10 * 3 * squared(3)},
    {"every_second", 2 * squared((20 + 2 * 1 - 3) / 2 + 1) * 10 * 6 * squared(3)},
    {"four_groups", 5 * squared(15) * 16 * 8 * squared(5) / 4},
    {"eight_groups", 5 * squared(15) * 16 * 8 * squared(3) / 8},
    {"sequence", 5 * 15 * 10 * 3 * 3},
    {"cube", 5 * (15 * 15 * 15) * 10 * 3 * (3 * 3 * 3)},
    {"back", 5 * squared(15) * 10 * 3 * squared(3)},
    {"back_by_two", 5 * squared(15) * 10 * 3 * squared(3)},
    {"back_by_three", 5 * squared(15) * 10 * 3 * squared(3)},
    {"rows", 5 * 10 * 20},
    {"planes", 5 * 5 * 10 * 20},
    {"hundred", 10 * 10},
    {"own_images", 4 * (10 * 10 * 5 * 5)},
    {"own_volumes", 4 * (10 * 10 * 5 * 5 * 5)},
    {"three", 4 * 5 * 2 * 10 * 10 + 4 * 5 * 10 * 10 + 4 * 5 * 3 + 4 * 3 * 1},
    {"three.0", 4 * 5 * 2 * 10 * 10},
    {"three.1", 4 * 5 * 10 * 10},
    {"three.3", 4 * 5 * 3},
    {"three.4", 4 * 3 * 1},
    {"repeated", 2 * (2 * 4 * 8 * 8)},
    {"call_matrices", 20 * 10 * 100},
    {"call_batch_of_one", 20 * 10 * 100},
    {"call_batches", 4 * 20 * 10 * 100},
    {"call_one_by_matrix", 20 * 10 * 100},
    {"call_two_by_matrix", 2 * 20 * 10 * 100},
    {"call_pairs", 2 * 2 * 12 * 5},
    {"call_einsum_first", 1 * 2 * 12 * 5},
    {"call_einsum_second", 1 * 2 * 6 * 5},
    {"call_einsum_third", 3 * 4 * 2 * 3},
    {"call_given", 2 * squared(4)},
    {"call_given_plain", squared(4)},
    {"call_learnt", 5 * squared(4)},
    {"call_grouped", 5 * squared(4)},
    {"call_grouped_plain", 4 * squared(4)},
    {"call_doubled", 4 * (2 * 2 * 4 * 4)},
    {"call_three_by_five", 3 * 4 * 5},
};

/// What PyTorch checks FlopCounterMode with: two for a multiply-accumulate.
constexpr Checked ofFlopCounterMode[] = {
    {"call_four_by_six", 4 * 6 * 2 * 5},
    {"call_three_of_them", 3 * 4 * 6 * 2 * 5},
    {"call_added", 4 * 6 * 2 * 5},
    {"call_added_column", 4 * 6 * 2 * 5},
    {"call_added_row", 4 * 6 * 2 * 5},
    {"call_added_three", 3 * 4 * 6 * 2 * 5},
    {"call_padded_images", 2 * 5 * 5 * (4 * 4) * 6 * 2 * 3},
    {"call_padded_sequence", 2 * 5 * 4 * 6 * 2 * 3},
    {"call_einsum_matrices", 6 * 8 * 2 * 7},
    {"call_squared", 4 * 4 * 2 * 4},
    {"back_small", 2 * 2 * (2 * 2) * 2},
    {"back_twice_as_large", 30 * 2 * (2 * 2) * 4 * 8 * 2},
    {"one_to_one", 2 * 2 * 2},
    {"rows", 5 * 10 * 20 * 2},
    {"lstm", 0}, // one fused call
};

} // namespace

class TestPeers : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsAsThePeerInEveryModule_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("peer");
        for (const char* file : {"spelled_trace.pt", "spelled_script.pt"})
            for (const char* peer : {"calflops", "fvcore"})
                QTest::addRow("%s, %s", file, peer) << q(file) << q(peer);
    }

    void countsAsThePeerInEveryModule()
    {
        QFETCH(QString, file);
        QFETCH(QString, peer);
        const auto result = runOf(file.toStdString(), qUtf8Printable(peer));
        QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
        Differences differences;
        for (const auto& [path, figure] : figures()[peer.toStdString()].items()) {
            if (path.empty() || isUntold(file, peer, path))
                continue; // the whole adds up its results besides
            const auto costs = costsOfEach(*result, path);
            const Work found = costs ? costs->forward : Work{};
            const bool hasMacs = figure.is_array();
            differences.expectEqual(path + ", FLOPs", found.flops.value(),
                                    (hasMacs ? figure[1] : figure).get<std::int64_t>());
            if (hasMacs)
                differences.expectEqual(path + ", MACs", found.macs.value(), figure[0].get<std::int64_t>());
        }
        QVERIFY2(differences.none(), differences.text());
    }

    void countsWhatThePeersOwnTestsExpect()
    {
        Differences differences;
        const auto check = [&](const char* file, const char* convention, std::span<const Checked> all) {
            const auto result = runOf(file, convention);
            if (!result)
                return differences.add(result.error().text());
            for (const Checked& checked : all) {
                const auto costs = costsOfEach(*result, checked.path);
                differences.expectEqual(std::string(file) + ", " + convention + ", " + checked.path,
                                        costs ? costs->forward.flops.value() : -1, checked.flops);
            }
        };
        for (const char* file : {"spelled_trace.pt", "spelled_script.pt"}) {
            check(file, "fvcore", ofFvcore);
            check(file, "flopcounter", ofFlopCounterMode);
        }
        QVERIFY2(differences.none(), differences.text());
    }
};

QTEST_APPLESS_MAIN(TestPeers)
#include "tst_peers.moc"
