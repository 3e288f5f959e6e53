// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/text.h"
#include "ui/written_file.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <array>
#include <climits>
#include <csignal>
#include <functional>
#include <memory>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// More than mostBytes, so that a writer under that limit gets stuck half way.
const QByteArray longText(1 << 20, 'x');
constexpr rlim_t mostBytes = 1 << 16;

/// Forbids this process to write longer files than mostBytes.
void limitFiles()
{
    const rlimit most{mostBytes, mostBytes};
    setrlimit(RLIMIT_FSIZE, &most);
}

/// How a process of its own ends that runs `body`; what it returns is the exit status.
int endOf(const std::function<int()>& body)
{
    const pid_t child = fork();
    if (child == 0)
        _exit(body());
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

} // namespace

class TestWrittenFile : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;

    QString path(const char* name) const { return m_folder->filePath(QString::fromLatin1(name)); }
    QByteArray native(const char* name) const { return QFile::encodeName(path(name)); }
    QStringList names() const
    {
        return QDir(m_folder->path())
            .entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
    }
    void put(const char* name, const QByteArray& text) const
    {
        QFile file(path(name));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
    }
    QByteArray content(const char* name) const
    {
        QFile file(path(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("no such file");
    }
    struct stat of(const char* name) const
    {
        struct stat found = {};
        lstat(native(name).constData(), &found);
        return found;
    }
    mode_t modeOf(const char* name) const { return of(name).st_mode & 0777U; }

    /// Why `path` is not written.
    static QString refusal(const QString& path)
    {
        const auto written = writeFile(path, "new");
        return written ? QStringLiteral("written") : QString::fromStdString(written.error().text());
    }

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void aNewFileIsReadableAsTheUmaskSays()
    {
        const mode_t before = umask(027);
        QVERIFY(writeFile(path("new"), "text"));
        umask(before);
        QCOMPARE(content("new"), "text");
        QCOMPARE(modeOf("new"), mode_t(0640));
        QCOMPARE(names(), QStringList{q("new")});
    }

    void piecesAreWrittenInTheirOrder()
    {
        QByteArray expected;
        const auto written = writeFile(path("new"), [&expected](const Sink& sink) {
            for (int i = 0; i < 20'000; ++i) {
                const std::string piece = "piece " + std::to_string(i) + "\n";
                sink(piece);
                expected += piece.c_str();
            }
        });
        QVERIFY(written);
        QCOMPARE(content("new"), expected);
        QCOMPARE(names(), QStringList{q("new")});
    }

    void whatOnlyItsOwnerReadsIsSoFromTheStart()
    {
        put("old", "old");
        QVERIFY(chmod(native("old"), 0644) == 0);
        for (const char* name : {"old", "new"}) {
            QVERIFY(writeFile(path(name), "text", FileReaders::Owner));
            QCOMPARE(modeOf(name), mode_t(0600));
        }
    }

    void aFileKeepsItsMode()
    {
        put("old", "old");
        QVERIFY(chmod(native("old"), 0600) == 0);
        QVERIFY(writeFile(path("old"), "new"));
        QCOMPARE(content("old"), "new");
        QCOMPARE(modeOf("old"), mode_t(0600));
    }

    void aReadOnlyFileIsRefused()
    {
        put("old", "old");
        QVERIFY(chmod(native("old"), 0444) == 0);
        QCOMPARE(refusal(path("old")), path("old") + q(": cannot be written, it is read-only"));
        QCOMPARE(content("old"), "old");
    }

    void allNamesOfAFileStayItsNames()
    {
        put("one", "old");
        QVERIFY(link(native("one"), native("two")) == 0);
        QVERIFY(writeFile(path("one"), "new"));
        QCOMPARE(content("two"), "new");
        QCOMPARE(of("two").st_nlink, nlink_t(2));
    }

    void linksAreFollowed()
    {
        put("file", "old");
        QVERIFY(symlink("file", native("link")) == 0);
        QVERIFY(symlink("later", native("dangling")) == 0);
        QVERIFY(writeFile(path("link"), "new"));
        QVERIFY(writeFile(path("dangling"), "new"));
        QCOMPARE(content("file"), "new");
        QCOMPARE(content("later"), "new");
        QVERIFY(S_ISLNK(of("link").st_mode) && S_ISLNK(of("dangling").st_mode));
    }

    void whatIsNoFileIsWrittenInto()
    {
        QVERIFY(mkfifo(native("pipe"), 0600) == 0);
        const int reader = open(native("pipe"), O_RDONLY | O_NONBLOCK);
        QVERIFY(writeFile(path("pipe"), "text"));
        std::array<char, 8> read{};
        QCOMPARE(::read(reader, read.data(), read.size()), ssize_t(4));
        close(reader);
        QVERIFY(S_ISFIFO(of("pipe").st_mode));
    }

    void aNameMayBeAsLongAsTheSystemAllows()
    {
        const QByteArray longest(NAME_MAX, 'n');
        for (const char* text : {"first", "second"}) {
            QVERIFY(writeFile(path(longest), text));
            QCOMPARE(content(longest), text);
        }
        QCOMPARE(names(), QStringList{QString::fromLatin1(longest)});
    }

    void theReasonIsTheSystems()
    {
        QVERIFY(mkdir(native("folder"), 0755) == 0);
        QCOMPARE(refusal(path("folder")), path("folder") + q(": is a folder, expected a file to write"));
        QVERIFY2(refusal(path("no/such")).endsWith(q("cannot be written, No such file or directory")),
                 qPrintable(refusal(path("no/such"))));
        QVERIFY2(refusal(q("/dev/full")).endsWith(q("cannot be written, No space left on device")),
                 qPrintable(refusal(q("/dev/full"))));
    }

    void whatDoesNotFitLeavesTheOldFileAlone()
    {
        put("file", "old");
        const int status = endOf([this] {
            signal(SIGXFSZ, SIG_IGN);
            limitFiles();
            const auto written = writeFile(path("file"), longText);
            return !written && written.error().detail.find("File too large") != std::string::npos ? 0 : 1;
        });
        QCOMPARE(status, 0);
        QCOMPARE(content("file"), "old");
        QCOMPARE(names(), QStringList{q("file")});
    }

    void aProgramKilledWhileWritingLeavesNothing()
    {
        put("file", "old");
        for (const char* name : {"file", "new"}) {
            const int status = endOf([this, name] {
                signal(SIGXFSZ, SIG_DFL); // kills in the midst of the file
                limitFiles();
                return writeFile(path(name), longText) ? 0 : 1;
            });
            QVERIFY(WIFSIGNALED(status));
        }
        QCOMPARE(content("file"), "old");
        QCOMPARE(names(), QStringList{q("file")});
    }
};

QTEST_GUILESS_MAIN(TestWrittenFile)
#include "tst_written_file.moc"
