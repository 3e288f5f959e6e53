// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/latest.h"

#include <QSemaphore>
#include <QtTest>

#include <new>
#include <vector>

using namespace sunflop;

class TestLatest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void onlyTheNewestRequestThatWaitsIsRun()
    {
        std::vector<int> results;
        Latest<int> latest([&results](int result) { results.push_back(result); });
        QSemaphore gate;
        latest.request([&gate] {
            gate.acquire();
            return 1;
        });
        for (int i = 2; i < 5; ++i)
            latest.request([i] { return i; });
        QVERIFY(latest.isBusy());
        gate.release();
        latest.wait();
        QCOMPARE(results, (std::vector<int>{1, 4}));
        QVERIFY(!latest.isBusy());
    }

    void aJobWithoutMemoryEnoughLeavesWhatWas()
    {
        std::vector<int> results;
        Latest<int> latest([&results](int result) { results.push_back(result); });
        latest.request([]() -> int { throw std::bad_alloc(); });
        latest.wait();
        QVERIFY(results.empty());
        QVERIFY(!latest.isBusy());
        latest.request([] { return 5; });
        latest.wait();
        QCOMPARE(results, (std::vector<int>{5}));
    }
};

QTEST_GUILESS_MAIN(TestLatest)
#include "tst_latest.moc"
