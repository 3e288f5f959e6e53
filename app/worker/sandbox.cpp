// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/worker/sandbox.h"

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <vector>

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sunflop::worker {

namespace {

constexpr rlim_t processorSeconds = 300;
constexpr rlim_t mostDescriptors = 64;

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t architecture = 0; // unknown: no filter
#endif

void limit(int resource, rlim_t most)
{
    rlimit bounds{};
    if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &bounds) != 0)
        return;
    if (bounds.rlim_max != RLIM_INFINITY && bounds.rlim_max < most)
        most = bounds.rlim_max;
    bounds.rlim_cur = bounds.rlim_max = most;
    ::setrlimit(static_cast<__rlimit_resource_t>(resource), &bounds);
}

constexpr std::uint32_t errorOf(int error)
{
    return SECCOMP_RET_ERRNO | (static_cast<std::uint32_t>(error) & SECCOMP_RET_DATA);
}

/// A filter in the kernel's own little language; every system call starts at its first instruction.
class Filter {
public:
    Filter()
    {
        load(offsetof(seccomp_data, arch));
        add(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0);
        add(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
        load(offsetof(seccomp_data, nr));
    }

    void answer(long call, std::uint32_t action)
    {
        add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1);
        add(BPF_RET | BPF_K, action);
    }
    template<typename Calls>
    void allow(const Calls& calls)
    {
        for (const long call : calls)
            answer(call, SECCOMP_RET_ALLOW);
    }
    /// Allowed where the bits `mask` of an argument (its low half) are `expected`, refused elsewhere.
    void allowWhere(long call, unsigned argument, std::uint32_t mask, std::uint32_t expected)
    {
        const auto place = offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t);
        add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 5);
        load(place);
        add(BPF_ALU | BPF_AND | BPF_K, mask);
        add(BPF_JMP | BPF_JEQ | BPF_K, expected, 0, 1);
        add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        add(BPF_RET | BPF_K, errorOf(EPERM));
    }

    bool install()
    {
        add(BPF_RET | BPF_K, errorOf(EPERM));
        const sock_fprog program{static_cast<unsigned short>(m_code.size()), m_code.data()};
        return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
               ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
    }

private:
    void load(std::size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }
    void add(int code, std::uint32_t value, int then = 0, int otherwise = 0)
    {
        m_code.push_back({static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(then),
                          static_cast<std::uint8_t>(otherwise), value});
    }

    std::vector<sock_filter> m_code;
};

/// What computing, reading files that are open, answering and ending take. Nothing more is opened: the file
/// of the program is, and so are the libraries.
// clang-format off
constexpr long neededCalls[] = {
    SYS_read, SYS_readv, SYS_pread64, SYS_write, SYS_writev, SYS_lseek, SYS_close, SYS_ppoll,
    SYS_fstat, SYS_newfstatat,
    SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_brk,
    SYS_futex, SYS_sched_yield, SYS_sched_getaffinity, SYS_set_robust_list, SYS_getpid, SYS_gettid,
    SYS_clock_gettime, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_getrusage, SYS_getrandom,
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_restart_syscall,
    SYS_exit, SYS_exit_group, SYS_uname, SYS_sysinfo,
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef SYS_rseq
    SYS_rseq,
#endif
};
// clang-format on

/// What root, or a caller with privileges, might do beyond what anybody may.
void dropCapabilities()
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3]{};
    ::syscall(SYS_capset, &header, none);
}

bool filterSystemCalls()
{
    if (architecture == 0)
        return false;
    Filter filter;
    filter.allow(neededCalls);
    // Threads of this process; a C library that asks by clone3, whose flags a filter cannot read, falls back.
    filter.allowWhere(SYS_clone, 0, CLONE_THREAD, CLONE_THREAD);
    filter.allowWhere(SYS_tgkill, 0, ~std::uint32_t{0}, static_cast<std::uint32_t>(::getpid())); // abort()
#ifdef SYS_clone3
    filter.answer(SYS_clone3, errorOf(ENOSYS));
#endif
    return filter.install();
}

} // namespace

bool confine(std::uint64_t addressBytes)
{
    limit(RLIMIT_AS, addressBytes);
    limit(RLIMIT_CPU, processorSeconds);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, mostDescriptors);
    std::signal(SIGXFSZ, SIG_IGN);
    dropCapabilities();
    return filterSystemCalls();
}

} // namespace sunflop::worker
