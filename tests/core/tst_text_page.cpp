// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/exporters/exporter.h"
#include "core/exporters/tables/brief.h"
#include "core/exporters/tables/styled_text.h"
#include "tests/support/small_models.h"
#include "tests/support/text.h"

#include <QRegularExpression>
#include <QtTest>

using namespace sunflop;
using namespace sunflop::test;

/// The page that `sunflop report` prints for people.
class TestTextPage : public QObject {
    Q_OBJECT

    static QString page(const Run& run, const ExportOptions& options = {})
    {
        return q(exportedText(**exporterNamed("text"), run, options));
    }
    static Run small(std::vector<Assignment> settings = {{"text_tokens", "5"}})
    {
        return runOf(smallDecoder("llama"), settings);
    }
    static Run fileRun(const char* name, std::vector<Assignment> settings = {})
    {
        auto source = open(std::string(TEST_DATA "/programs/files/") + name);
        auto found = source ? run(*std::move(source), settings, conventions().front())
                            : Result<Run>(failure(source.error()));
        if (!found)
            qFatal("%s", found.error().text().c_str());
        return *std::move(found);
    }
    /// The first line with a word in it.
    static QString lineWith(const QString& text, const char* word)
    {
        for (const QString& line : text.split(QLatin1Char('\n')))
            if (line.contains(q(word)))
                return line;
        return {};
    }
    static QString withoutEscapes(QString text)
    {
        static const QRegularExpression escape(QStringLiteral("\x1b\\[[0-9;]*m"));
        return text.remove(escape);
    }

private Q_SLOTS:
    void figuresHaveThreeDigits()
    {
        QCOMPARE(q(briefCount(0)), q("0"));
        QCOMPARE(q(briefCount(999)), q("999"));
        QCOMPARE(q(briefCount(1'000)), q("1.00 K"));
        QCOMPARE(q(briefCount(9'994)), q("9.99 K"));
        QCOMPARE(q(briefCount(9'996)), q("10.0 K"));
        QCOMPARE(q(briefCount(999'499)), q("999 K"));
        QCOMPARE(q(briefCount(999'600)), q("1.00 M"));
        QCOMPARE(q(briefCount(4'300'000'000, 'B')), q("4.30 B"));
        QCOMPARE(q(briefCount(28'340'000'000'000)), q("28.3 T"));
        QCOMPARE(q(briefCount(Count::saturated())), q(">= 9.22 E"));
        QCOMPARE(q(briefBytes(1023)), q("1023 B"));
        QCOMPARE(q(briefBytes(3 * 1024)), q("3.00 KiB"));
        QCOMPARE(q(briefBytes(1000 * 1024)), q("0.98 MiB"));
        QCOMPARE(q(briefTime(950)), q("950 ns"));
        QCOMPARE(q(briefTime(12'500'000)), q("12.5 ms"));
        QCOMPARE(q(briefTime(Count(90) * 1'000'000'000)), q("90.0 s"));
        QCOMPARE(q(briefTime(Count(5 * 60) * 1'000'000'000)), q("5.00 min"));
        QCOMPARE(q(briefTime(Count(3 * 3600) * 1'000'000'000)), q("3.00 h"));
    }

    void wordsAreWrappedAndCut()
    {
        QCOMPARE(q(wrapped("one two three four", 2, 10)), q("one two\n  three\n  four"));
        QCOMPARE(q(wrapped("unbreakable", 0, 4)), q("unbreakable"));
        QCOMPARE(q(cutTo("self_attn", 9)), q("self_attn"));
        QCOMPARE(q(cutTo("self_attn", 6)), q("self_\u2026"));
        QCOMPARE(q(cutTo("\u00e4\u00f6\u00fc\u00df", 3)), q("\u00e4\u00f6\u2026"));
        QCOMPARE(q(inAscii("3 \u00d7 4 \u00b5s \u2013 \u00e4")), q("3 x 4 us - ?"));
    }

    void barsAreAsLongAsTheirShare()
    {
        const Pen plain({});
        const Pen::Part half[] = {{Role::Mlp, 0.25}, {Role::Attention, 0.25}};
        QCOMPARE(q(plain.bar(half, 10)), QString(5, QChar(0x2588)));
        const Pen::Part crumb[] = {{Role::Mlp, 0.001}};
        QCOMPARE(q(plain.bar(crumb, 10)), q("\u258f"));
        const Pen::Part none[] = {{Role::Mlp, 0.0}};
        QCOMPARE(q(plain.bar(none, 10)), QString());
        QCOMPARE(q(Pen({.isUnicode = false}).bar(half, 10)), q("#####"));
        const QString coloured = q(Pen({.colours = Colours::Many}).bar(half, 8));
        QCOMPARE(withoutEscapes(coloured), QString(4, QChar(0x2588)));
        QCOMPARE(coloured.count(QLatin1Char('\x1b')), 2 * 2); // two colours, each begun and ended
    }

    void totalsAreThoseOfTheRun()
    {
        constexpr std::int64_t layer = 2 * 8 * 8 + 2 * (4 * 8) + 3 * (12 * 8) + 2 * 8;
        constexpr std::int64_t params = 16 * 8 + 4 * layer + 8 + 16 * 8;
        static_assert(params == 2248);
        const QString text = page(small());
        QVERIFY2(lineWith(text, "parameters").contains(q("2.25 K")), qPrintable(text));
        QVERIFY2(lineWith(text, "active").contains(q("2.25 K")), qPrintable(text));
        // bf16: two bytes each; keys and values of four layers, 4 wide, 5 tokens.
        QVERIFY2(lineWith(text, "weights").contains(q("4.39 KiB")), qPrintable(text)); // 2 * 2248 / 1024
        static_assert(2 * 4 * 5 * (2 * 4) == 320);
        QVERIFY2(lineWith(text, "KV cache").contains(q("320 B")), qPrintable(text));
        for (const char* key : {"MACs", "FLOPs", "peak", "time"})
            QVERIFY2(!lineWith(text, key).isEmpty(), key);
    }

    void onlyInputsThatWereChangedAreShown()
    {
        const QString text = page(small({{"text_tokens", "5"}, {"batch", "3"}}));
        QCOMPARE(lineWith(text, "inputs").simplified(), q("inputs batch=3 text_tokens=5"));
        QCOMPARE(lineWith(text, "run ").simplified(), q("run 3 sequences of 5 tokens"));
        QCOMPARE(lineWith(page(small({})), "inputs").simplified(), q("inputs all at their defaults"));
        QVERIFY(!text.contains(q("Softmax 5 per score"))); // "list conventions" says that
    }

    void threeLevelsUnlessAsked()
    {
        const QString usual = page(small());
        QVERIFY2(usual.contains(q("layers.0-3 \u00d74")), qPrintable(usual));
        QVERIFY(usual.contains(q("self_attn")) && !usual.contains(q("q_proj")));
        QVERIFY(usual.contains(q("--depth 4")));
        const QString all = page(small(), {.depth = 9});
        QVERIFY(all.contains(q("q_proj")) && !all.contains(q("--depth 4")));
        const QString none = page(small(), {.depth = 0});
        QVERIFY(!none.contains(q("lm_head")));
    }

    void equalNeighboursOfAProgramAreOneRow()
    {
        // Three convolutions of 8 channels in 4 groups, 3 x 3, with a bias, over 2 x 8 x 8 x 8 values.
        const QString text = page(fileRun("small.pt2", {{"x", "2x3x16x16"}}));
        const QString row = lineWith(text, "blocks.0-2 \u00d73");
        QVERIFY2(!row.isEmpty(), qPrintable(text));
        static_assert(3 * (8 * 2 * 3 * 3 + 8) == 456);
        static_assert(3 * (2 * 8 * 8 * 8) * (2 * 3 * 3) == 55'296);
        QVERIFY2(row.contains(q(" 456 ")) && row.contains(q(" 55.3 K ")), qPrintable(row));
        QVERIFY2(lineWith(text, "run ").contains(q("x=2x3x16x16")), qPrintable(text));
    }

    void noLineIsWiderThanThePage()
    {
        for (const int width : {60, 80, 100, 160})
            for (const QString& line : page(small(), {.depth = 9, .width = width}).split(QLatin1Char('\n')))
                QVERIFY2(line.size() <= width, qPrintable(line));
        // The wider, the more columns; the most wanted are always there.
        const auto head = [&](int width) { return lineWith(page(small(), {.width = width}), "Module"); };
        QVERIFY2(head(60).contains(q("Params")) && head(60).contains(q("of FLOPs")), qPrintable(head(60)));
        for (const char* column : {"Params", "MACs", "FLOPs", "At peak", "Time", "Class"})
            QVERIFY2(head(160).contains(q(column)), column);
    }

    void coloursAddNothingButColours()
    {
        const QString plain = page(small());
        QVERIFY(!plain.contains(QLatin1Char('\x1b')));
        for (const Colours colours : {Colours::Sixteen, Colours::Many}) {
            const QString coloured = page(small(), {.colours = colours});
            QVERIFY(coloured.contains(QLatin1Char('\x1b')));
            const auto table = [](const QString& text) { return text.left(text.indexOf(q("by role"))); };
            QCOMPARE(table(withoutEscapes(coloured)), table(plain));
        }
    }

    void asciiIsAscii()
    {
        const QString text = page(small(), {.isUnicode = false});
        for (const QChar c : text)
            QVERIFY2(c.unicode() < 0x80, qPrintable(text));
        QVERIFY(text.contains(q("layers.0-3 x4")) && text.contains(q("##")));
    }

    void estimatesAreMarked()
    {
        const QString text = page(fileRun("small.safetensors"));
        QVERIFY2(lineWith(text, "FLOPs").contains(QLatin1Char('~')), qPrintable(text));
        QVERIFY2(lineWith(text, "time").contains(QLatin1Char('~')), qPrintable(text));
        QVERIFY2(!lineWith(text, "parameters").contains(QLatin1Char('~')), qPrintable(text));
        QVERIFY2(text.mid(text.indexOf(q("\nNotes\n"))).simplified().contains(q("* An estimate:")),
                 qPrintable(text));
        QVERIFY(!page(small()).contains(QLatin1Char('~')));
    }

    void whatDidNotRunSaysSo()
    {
        auto source = open("internvl2-1b");
        const auto found =
            run(*std::move(source), std::vector<Assignment>{{"images", "0"}}, conventions().front());
        QVERIFY(found);
        const QString text = page(*found);
        QVERIFY2(lineWith(text, "vision_model").endsWith(q("did not run")), qPrintable(text));
        QVERIFY(!lineWith(text, "language_model").contains(q("did not run")));
    }

    void bytesAndSecondsCanBeLeftOut()
    {
        const QString text = page(small(), {.hasMemory = false});
        for (const char* gone : {"At peak", "Time", "peak", "weights", "device"})
            QVERIFY2(!text.contains(q(gone)), gone);
        QVERIFY(text.contains(q("parameters")));
    }

    void whatDoesNotFitIsSaid()
    {
        const QString text = page(small({{"batch", "1Mi"}, {"text_tokens", "1Mi"}}));
        QVERIFY2(lineWith(text, "peak").contains(q("does not fit")), qPrintable(text));
        QVERIFY(!page(small()).contains(q("does not fit")));
    }

    void aFileCannotSpeakToTheTerminal()
    {
        Run run = small();
        run.source.name = "evil\x1b[2Jname";
        run.source.notes.push_back("note\r\x1b]0;title\x07");
        run.trace.modules[1].className = "Cla\x1b[31mss";
        const QString text = page(run, {.width = 160});
        for (const QChar c : text)
            QVERIFY2(c == QLatin1Char('\n') || c.unicode() >= 0x20, qPrintable(text));
    }

    void tablesForPeopleShowMemoryAndTime()
    {
        for (const char* id : {"markdown", "latex"}) {
            const Exporter& exporter = **exporterNamed(id);
            const QString with = q(exportedText(exporter, small()));
            const QString without = q(exportedText(exporter, small(), {.hasMemory = false}));
            QVERIFY2(with.contains(q("At peak")) && with.contains(q("Time")), qPrintable(with));
            QVERIFY2(!without.contains(q("At peak")) && !without.contains(q("Time")), qPrintable(without));
        }
    }
};

QTEST_APPLESS_MAIN(TestTextPage)
#include "tst_text_page.moc"
