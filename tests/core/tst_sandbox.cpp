// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/worker/sandbox.h"
#include "tests/support/sanitized.h"

#include <QTemporaryDir>
#include <QTest>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <functional>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr std::uint64_t megabytes = 1 << 20;
constexpr std::uint64_t addressBytes = sunflop::test::isSanitized ? std::uint64_t{1} << 50 : 1024 * megabytes;

/// What `act` returns in a confined process; -1: it was killed.
int confined(const std::function<int()>& act)
{
    const pid_t child = ::fork();
    if (child == 0)
        ::_exit(sunflop::worker::confine(addressBytes) ? act() : 99);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// 0 where a system call succeeded, else its error.
int problem(long result)
{
    return result < 0 ? errno : 0;
}

} // namespace

/// Every act is tried in a process of its own, which the filter must hold back and nothing else would.
class TestSandbox : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    std::string fileOf(const char* name) const
    {
        return m_folder.filePath(QString::fromLatin1(name)).toStdString();
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (confined([] { return 0; }) == 99)
            QSKIP("this kernel or processor offers no filter of system calls");
    }

    void filesThatAreOpenAreRead()
    {
        const int file = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
        char byte = 0;
        QCOMPARE(confined([&] { return problem(::read(file, &byte, 1)); }), 0);
        ::close(file);
    }

    void noOtherFilesAreOpened()
    {
        QCOMPARE(confined([] { return problem(::open("/proc/self/status", O_RDONLY | O_CLOEXEC)); }), EPERM);
        QCOMPARE(confined([] { return problem(::open("/etc/passwd", O_RDONLY | O_CLOEXEC)); }), EPERM);
    }

    void thereAreNoPrivileges()
    {
        int done[2];
        QVERIFY(::pipe(done) == 0);
        const pid_t child = ::fork();
        if (child == 0) {
            sunflop::worker::confine(addressBytes);
            [[maybe_unused]] const auto told = ::write(done[1], "x", 1);
            for (;;)
                ::usleep(1000);
        }
        char byte = 0;
        QVERIFY(::read(done[0], &byte, 1) == 1);
        QFile status(QStringLiteral("/proc/%1/status").arg(child));
        QVERIFY(status.open(QIODevice::ReadOnly));
        const QByteArray text = status.readAll();
        for (const char* set : {"CapPrm:", "CapEff:", "CapInh:"})
            QVERIFY2(text.contains(QByteArray(set) + "\t0000000000000000"), text.constData());
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        ::close(done[0]);
        ::close(done[1]);
    }

    void filesAreNotWritten()
    {
        const std::string path = fileOf("written");
        QCOMPARE(confined([&] { return problem(::open(path.c_str(), O_WRONLY | O_CREAT, 0600)); }), EPERM);
        QVERIFY(!QFile::exists(QString::fromStdString(path)));
    }

    void anOpenFileDoesNotGrow()
    {
        const std::string path = fileOf("open");
        const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        QVERIFY(file >= 0);
        QCOMPARE(confined([&] { return problem(::write(file, "x", 1)); }), EFBIG);
        ::close(file);
    }

    void filesAreNotRenamedOrRemoved()
    {
        const std::string path = fileOf("kept");
        QVERIFY(QFile(QString::fromStdString(path)).open(QIODevice::WriteOnly));
        QCOMPARE(confined([&] { return problem(::unlink(path.c_str())); }), EPERM);
        QCOMPARE(confined([&] { return problem(::rename(path.c_str(), (path + "2").c_str())); }), EPERM);
        QCOMPARE(confined([&] { return problem(::truncate(path.c_str(), 0)); }), EPERM);
        QCOMPARE(confined([&] { return problem(::mkdir((path + "3").c_str(), 0700)); }), EPERM);
        QVERIFY(QFile::exists(QString::fromStdString(path)));
    }

    void thereIsNoNetwork()
    {
        QCOMPARE(confined([] { return problem(::socket(AF_INET, SOCK_STREAM, 0)); }), EPERM);
        QCOMPARE(confined([] { return problem(::socket(AF_UNIX, SOCK_STREAM, 0)); }), EPERM);
    }

    void noProcessesAndProgramsAreStarted()
    {
        QCOMPARE(confined([] { return problem(::fork()); }), EPERM);
        char* const arguments[] = {nullptr};
        QCOMPARE(confined([&] { return problem(::execve("/bin/true", arguments, arguments)); }), EPERM);
    }

    void otherProcessesAreLeftAlone()
    {
        const pid_t parent = ::getpid();
        QCOMPARE(confined([&] { return problem(::kill(parent, 0)); }), EPERM);
    }

    void memoryIsBounded()
    {
        const auto map = [] {
            return ::mmap(nullptr, 2048 * megabytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
                           MAP_FAILED
                       ? errno
                       : 0;
        };
        if (addressBytes > 2048 * megabytes)
            QSKIP("not under a sanitizer");
        QCOMPARE(confined(map), ENOMEM);
    }
};

QTEST_GUILESS_MAIN(TestSandbox)
#include "tst_sandbox.moc"
