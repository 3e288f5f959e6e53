// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/audit/audit.h"
#include "core/exporters/exporter.h"
#include "core/sunflop.h"

#include <QtTest>

#include <algorithm>

using namespace sunflop;

namespace {

using Settings = std::vector<Assignment>;

/// The calflops report that a run of a bundled model prints.
std::string reportOf(const std::string& model, const Settings& settings)
{
    auto source = open(model);
    const auto result = run(*std::move(source), settings, *conventionNamed("calflops").value());
    return exportedText(**exporterNamed("calflops"), result.value());
}

Result<Source> readReport(std::string_view text)
{
    const auto format = std::ranges::find(formats(), "report", &Format::id);
    return format->read({Bytes::of(std::string(text)), "printed", {}});
}

Result<Audit> auditOf(const std::string& text)
{
    return readReport(text).and_then([](const Source& source) { return audit(source); });
}

std::string replaced(std::string text, std::string_view from, std::string_view to)
{
    const std::size_t at = text.find(from);
    return at == std::string::npos ? std::string() : text.replace(at, from.size(), to);
}

const Settings ovisReport{{"text_tokens", "147"}, {"images", "0"}, {"new_tokens", "1"}};
const Settings internvlReport{
    {"tiles", "9"}, {"text_tokens", "176"}, {"new_tokens", "58"}, {"attention", "eager"}, {"logits", "all"}};

/// One finding as the specification of the reference reports states it.
struct Expected {
    Cause cause;
    const char* subject;
    std::int64_t printedFlops;
    std::int64_t exactFlops;
};

void compareFindings(const Audit& audit, const std::vector<Expected>& wanted)
{
    for (const Expected& expected : wanted) {
        const auto found = std::ranges::find_if(audit.findings, [&](const Finding& finding) {
            return finding.cause == expected.cause && finding.subject == expected.subject;
        });
        QVERIFY2(found != audit.findings.end(), expected.subject);
        QCOMPARE(found->printed.flops.value(), expected.printedFlops);
        QCOMPARE(found->exact.flops.value(), expected.exactFlops);
    }
}

} // namespace

class TestAudit : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsTheRunBehindAReport_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QStringList>("settings");
        const auto row = [](const char* name, const char* model, const QStringList& settings) {
            QTest::newRow(name) << QString::fromLatin1(model) << settings;
        };
        row("text only, generated one token", "ovis2-4b", {"text_tokens=147", "images=0", "new_tokens=1"});
        row("tiles and decode steps, eager", "internvl2-1b",
            {"tiles=9", "text_tokens=176", "new_tokens=58", "attention=eager", "logits=all"});
        row("a batch of plain forwards", "qwen2.5-3b",
            {"batch=4", "text_tokens=333", "new_tokens=0", "transformers=5.17"});
        row("decode steps told by the head", "llama-3.2-1b",
            {"text_tokens=1233", "new_tokens=242", "batch=2", "transformers=4.51"});
        row("decode steps told by attention", "qwen3-14b",
            {"text_tokens=6829", "new_tokens=35", "attention=eager", "logits=all", "transformers=5.17"});
        row("tiles in a batch", "ovis2-1b",
            {"batch=2", "tiles=5", "text_tokens=64", "new_tokens=20", "transformers=4.51"});
        row("an old layout", "mistral-7b-v0.1",
            {"text_tokens=19", "new_tokens=7", "attention=eager", "transformers=4.40", "logits=last"});
    }

    void findsTheRunBehindAReport()
    {
        QFETCH(QString, model);
        QFETCH(QStringList, settings);
        Settings assignments;
        for (const QString& setting : settings)
            assignments.push_back(
                {setting.section('=', 0, 0).toStdString(), setting.section('=', 1).toStdString()});
        const auto audited = auditOf(reportOf(model.toStdString(), assignments));
        QVERIFY(audited.has_value());
        const Inference& inference = audited->inference;
        QVERIFY(inference.explanation.isComplete());
        for (const Assignment& wanted : assignments) {
            // Releases and kernels may print alike; everything else is determined in these runs.
            if (wanted.id == "transformers" || wanted.id == "attention" || wanted.id == "logits")
                continue;
            QCOMPARE(inference.run.workload.text(wanted.id), wanted.value);
        }
    }

    void listsWhatTheFirstReferenceReportGetsWrong()
    {
        const auto audited = auditOf(reportOf("ovis2-4b", ovisReport));
        QVERIFY(audited.has_value());
        compareFindings(*audited, {{Cause::NormPairedFromLeft, "Qwen2RMSNorm", 45'031'064'043, 87'929'814},
                                   {Cause::LinearBias, "Linear", 0, 13'547'520},
                                   {Cause::Activation, "SiLU", 58'254'336, 233'017'344},
                                   {Cause::Negation, "Qwen2Attention", 0, 6'096'384},
                                   {Cause::FusedAttention, "Qwen2Attention", 0, 3'245'647'104},
                                   {Cause::FusedIfDense, "Qwen2Attention", 0, 6'447'434'112},
                                   {Cause::Trigonometry, "Qwen2RotaryEmbedding", 0, 37'632},
                                   {Cause::TrainingLines, "fwd+bwd", 2'584'621'948'737, 820'037'606'998}});
        QCOMPARE(audited->printedTotal.macs.value(), 408'167'392'448);
        QCOMPARE(audited->exactTotal.macs.value(), 409'771'418'816);
        const auto tower = std::ranges::find(audited->findings, "visual_tokenizer", &Finding::path);
        QVERIFY(tower != audited->findings.end());
        QCOMPARE(tower->exact.macs.value(), 877'090'308'096); // per tile
    }

    void listsWhatTheSecondReferenceReportGetsWrong()
    {
        const auto audited = auditOf(reportOf("internvl2-1b", internvlReport));
        QVERIFY(audited.has_value());
        compareFindings(
            *audited,
            {{Cause::NormPairedFromLeft, "Qwen2RMSNorm", 99'911'974'169, 445'786'418},
             {Cause::ProductPairedFromLeft, "InternVisionEncoderLayer", 51'589'939'200, 453'427'200},
             {Cause::LinearBias, "Linear", 0, 2'114'694'144},
             {Cause::Activation, "SiLU", 296'159'232, 1'184'636'928},
             {Cause::Activation, "GELUActivation", 0, 4'534'272'000},
             {Cause::Activation, "GELU", 2'064'384, 10'321'920},
             {Cause::Softmax, "InternAttention", 0, 18'154'800'000},
             {Cause::Softmax, "Qwen2Attention", 2'114'586'768, 10'572'933'840},
             {Cause::LayerNorm, "LayerNorm", 2'314'321'920, 3'240'940'896},
             {Cause::Negation, "Qwen2Attention", 0, 31'174'656},
             {Cause::Subtraction, "Qwen2Model", 0, 6'293'413},
             {Cause::Interpolation, "InternVisionEmbeddings", 1'024, 0},
             {Cause::DenseAttention, "Qwen2Attention", 529'032'806'400, 264'623'063'040},
             {Cause::AllLogits, "Linear", 689'469'733'120, 15'762'414'080},
             {Cause::TrainingLines, "fwd+bwd", 29'223'340'825'878, 9'625'633'843'344}});
    }

    void putsMistakesBeforeObservationsAndLargeBeforeSmall()
    {
        const auto audited = auditOf(reportOf("internvl2-1b", internvlReport));
        QVERIFY(audited.has_value());
        const auto rank = [](const Finding& f) {
            const std::int64_t distance = std::abs((f.printed.flops - f.exact.flops).value());
            return std::pair(isObservation(f.cause), -distance);
        };
        QVERIFY(std::ranges::is_sorted(audited->findings, {}, rank));
    }

    void namesTheLineThatWasEdited()
    {
        const std::string edited =
            replaced(reportOf("internvl2-1b", internvlReport), "344.73 GMACs", "344.83 GMACs");
        const auto audited = auditOf(edited);
        QVERIFY(audited.has_value());
        const Explanation& explanation = audited->inference.explanation;
        QVERIFY(audited->inference.fits());
        QCOMPARE(explanation.mismatches.size(), std::size_t{1});
        QVERIFY(explanation.mismatches.front().place.ends_with("language_model.lm_head"));
    }

    void saysThatNothingFits()
    {
        // Figures of another run under the tree of this one: norms and totals contradict each other.
        std::string text = reportOf("qwen2.5-0.5b", {{"text_tokens", "128"}, {"transformers", "4.51"}});
        for (std::size_t at = text.find(" GMACs"); at != std::string::npos; at = text.find(" GMACs", at + 1))
            text[at - 1] = static_cast<char>('0' + (text[at - 1] - '0' + static_cast<int>(at)) % 10);
        for (std::size_t at = text.find(" MFLOPS"); at != std::string::npos;
             at = text.find(" MFLOPS", at + 1))
            text[at - 1] = static_cast<char>('0' + (text[at - 1] - '0' + 5) % 10);
        const auto audited = auditOf(text);
        QVERIFY(audited.has_value());
        QVERIFY(!audited->inference.fits());
        QVERIFY(!audited->inference.explanation.mismatches.empty());
    }

    void refusesTreesOfUnknownFamilies()
    {
        const std::string text =
            replaced(reportOf("qwen2.5-0.5b", {}), "Qwen2ForCausalLM(", "NewForCausalLM(");
        const auto audited = auditOf(text);
        QVERIFY(!audited.has_value());
        QVERIFY(audited.error().detail.find("NewForCausalLM") != std::string::npos);
    }

    void namesTheModuleThatNoReleasePrints()
    {
        const std::string text =
            replaced(reportOf("qwen2.5-0.5b", {}), "(norm): Qwen2RMSNorm(", "(norm): OwnNorm(");
        const auto audited = auditOf(text);
        QVERIFY(!audited.has_value());
        QVERIFY(audited.error().detail.find("model.norm: found OwnNorm, expected Qwen2RMSNorm") !=
                std::string::npos);
    }

    void opensAReportAsTheModelBehindIt()
    {
        const auto source = readReport(reportOf("internvl2-1b", internvlReport));
        QVERIFY(source.has_value());
        const Convention& exact = *conventionNamed("exact").value();
        const auto same = recount(*source, {}, exact);
        QVERIFY(same.has_value());
        QCOMPARE(same->costs.root().total.forward.flops.value(), 9'625'633'843'344);
        const auto otherTiles = recount(*source, Settings{{"tiles", "1"}}, exact);
        QVERIFY(otherTiles.has_value());
        QCOMPARE(otherTiles->trace.run.promptTokens, std::int64_t{176 + 256});
    }

    void readsTheNumberOfDecimalsOffTheReport()
    {
        // calflops' own default is two decimals for shares and summary; every share loses its last two here.
        const auto source = readReport(reportOf("qwen2.5-0.5b", {{"transformers", "4.51"}}));
        QVERIFY(source.has_value());
        QCOMPARE(styleOf(*source->report).precision, 4);
        PrintedReport rounded = *source->report;
        for (PrintedModule& module : rounded.modules)
            for (std::string* share :
                 {&module.figures.paramsShare, &module.figures.macsShare, &module.figures.flopsShare})
                if (const std::size_t point = share->find('.'); point != std::string::npos)
                    *share = share->substr(0, std::min(point + 3, share->size() - 1)) + "%";
        QCOMPARE(styleOf(rounded).precision, 2);
    }
};

QTEST_APPLESS_MAIN(TestAudit)
#include "tst_audit.moc"
