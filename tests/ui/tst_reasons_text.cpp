// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sunflop.h"
#include "tests/support/text.h"
#include "ui/reasons_text.h"

#include <QtTest>

#include <algorithm>
#include <set>

using namespace sunflop;
using namespace sunflop::test;

class TestReasonsText : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everySubjectHasATitleOfItsOwn()
    {
        std::set<QString> titles;
        for (std::size_t i = 0; i < subjectCount; ++i)
            titles.insert(subjectTitle(static_cast<Subject>(i)));
        QCOMPARE(titles.size(), subjectCount);
        QVERIFY(!titles.contains(QString()));
    }

    void aSentenceNamesBothConventionsByTheirTitles()
    {
        const Convention& exact = **conventionNamed("exact");
        const Convention& counter = **conventionNamed("flopcounter");
        const Reason reason{.subject = Subject::Norms,
                            .operators = {"pow", "mean"},
                            .ruleA = {"counts 1 for each element", true},
                            .ruleB = {{}, false}};
        QCOMPARE(whySentence(exact, counter, reason),
                 q("Exact counts 1 for each element; PyTorch FlopCounterMode has no rule for these calls "
                   "(not counted)."));
        QCOMPARE(operatorsText(reason), q("pow, mean"));
    }
};

QTEST_APPLESS_MAIN(TestReasonsText)
#include "tst_reasons_text.moc"
