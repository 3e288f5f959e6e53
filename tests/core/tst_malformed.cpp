// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session_json.h"
#include "core/sunflop.h"
#include "tests/support/malformed.h"
#include "tests/support/program.h"
#include "tests/support/text.h"

#include <QDirIterator>
#include <QtTest>

#include <optional>

using namespace sunflop;
using namespace sunflop::test;

class TestMalformed : public QObject {
    Q_OBJECT

    static constexpr qsizetype longestError = 500;

    /// Why a model or a session is not read; nothing if it is.
    static std::optional<Error> refusalOf(const QString& path)
    {
        if (path.endsWith(q(".sunflop.json"))) {
            QFile file(path);
            const QByteArray text = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
            const auto state = readSession({text.constData(), static_cast<std::size_t>(text.size())});
            return state ? std::nullopt : std::optional(state.error().within(path.toStdString()));
        }
        const auto result = sunflop::open(path.toStdString()).and_then([](Source source) {
            return run(std::move(source), {}, conventions().front());
        });
        return result ? std::nullopt : std::optional(result.error());
    }

private Q_SLOTS:
    void isRefusedWithPlaceAndReason_data() { addMalformedFiles(); }

    void isRefusedWithPlaceAndReason()
    {
        QFETCH(QString, path);
        const QString expected = malformedExpectation(path);
        QVERIFY2(!expected.isEmpty(), "the file has no .expected beside it");
        const std::optional<Error> refused = refusalOf(path);
        QVERIFY2(refused, "the file was read");
        const Error& error = *refused;
        QVERIFY2(q(error.text()).contains(expected), error.text().c_str());
        QVERIFY(q(error.where).startsWith(path));
        QVERIFY(!error.detail.empty());
        QVERIFY2(q(error.text()).size() - path.size() < longestError, "the file's text floods the error");
    }

    void endsTheProgramWithOneLine_data() { addMalformedFiles(); }

    void endsTheProgramWithOneLine()
    {
        QFETCH(QString, path);
        constexpr qint64 gibibyte = 1 << 30;
        const Outcome outcome =
            runProgram(q(SUNFLOP_PROGRAM), {q("report"), path}, {.memoryBytes = gibibyte});
        QVERIFY2(outcome.status == 1, qPrintable(outcome.text()));
        QVERIFY2(outcome.isOneLineError(), qPrintable(outcome.text()));
        QVERIFY2(outcome.error.startsWith(q("sunflop: ") + path + q(": ")), qPrintable(outcome.text()));
    }

    void everyExpectationHasItsFile()
    {
        int files = 0;
        QDirIterator expectations(q(TEST_DATA "/malformed"), {q("*.expected")}, QDir::Files,
                                  QDirIterator::Subdirectories);
        for (; expectations.hasNext(); ++files) {
            const QString path = expectations.next();
            QVERIFY2(QFile::exists(path.chopped(9)), qPrintable(path));
        }
        QVERIFY2(files >= 25, "the folder is not there");
    }
};

QTEST_APPLESS_MAIN(TestMalformed)
#include "tst_malformed.moc"
