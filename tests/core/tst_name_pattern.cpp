// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantisation/name_pattern.h"

#include <QtTest>

using namespace sunflop;

namespace {

bool matches(const char* pattern, const std::string& name)
{
    return NamePattern::parse(pattern).value().matchesStart(name);
}

} // namespace

class TestNamePattern : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void expressionsAreThoseOfPython()
    {
        QVERIFY(matches(".*mlp\\.gate$", "model.layers.0.mlp.gate"));
        QVERIFY(!matches(".*mlp\\.gate$", "model.layers.0.mlp.gate_proj"));
        QVERIFY(matches("model\\.layers\\.[0-3]\\.", "model.layers.2.mlp"));
        QVERIFY(!matches("model\\.layers\\.[^0-3]\\.", "model.layers.2.mlp"));
        QVERIFY(matches("(?:vision|audio)_tower", "audio_tower.layers.0"));
        QVERIFY(!matches("tower", "audio_tower"));
        QVERIFY(matches("a{2,3}b", "aaab"));
        QVERIFY(!matches("a{2,3}b", "ab"));
        QVERIFY(!matches("a{2,3}$", "aaaa"));
    }

    void whatIsNotUnderstoodIsRefused()
    {
        for (const char* wrong : {"(", "[a", "*a", "a{3,2}", "a{9999999}", "\\1", "(?<!a)b", "(?i)a", "a)"})
            QVERIFY2(!NamePattern::parse(wrong), wrong);
        QVERIFY(!NamePattern::parse(std::string(500, '(') + std::string(500, ')')));
        QVERIFY(!NamePattern::parse(std::string(2000, 'a')));
    }

    void noPatternTakesForEver()
    {
        // Backtracking would take 2^60 steps.
        QVERIFY(!matches("(a*)*(a*)*$b", std::string(60, 'a')));
    }
};

QTEST_APPLESS_MAIN(TestNamePattern)
#include "tst_name_pattern.moc"
