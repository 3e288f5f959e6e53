// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Work on another thread of which only the newest request counts.

#include "core/base/scarce_memory.h"

#include <QFutureWatcher>
#include <QtConcurrentRun>

#include <functional>
#include <new>
#include <optional>
#include <utility>

namespace sunflop {

/// Runs one job at a time. A request made meanwhile waits; a newer one takes its place, so results of
/// overtaken requests are never computed. Jobs must own all they touch. `finished` runs on the thread that
/// made the object, for every job that was run and not cancelled, and for which there was memory enough: a
/// view that gets no result keeps the one before.
template<typename T>
class Latest {
public:
    using Job = std::function<T()>;

    explicit Latest(std::function<void(T)> finished) : m_finished(std::move(finished))
    {
        QObject::connect(&m_watcher, &QFutureWatcherBase::finished, &m_watcher, [this] { finish(); });
    }
    /// Waits for the job that is running: it may use what its owner shares.
    ~Latest()
    {
        m_next.reset();
        m_watcher.disconnect();
        // A result that was taken leaves a future that never finishes.
        if (m_isRunning)
            m_watcher.waitForFinished();
    }
    Latest(const Latest&) = delete;
    Latest& operator=(const Latest&) = delete;

    void request(Job job)
    {
        m_next = std::move(job);
        if (!m_isRunning)
            start();
    }
    /// Forgets the waiting request and the result of the one that runs.
    void cancel()
    {
        m_next.reset();
        m_isCancelled = m_isRunning;
    }
    bool isBusy() const { return (m_isRunning && !m_isCancelled) || m_next.has_value(); }
    /// Returns when nothing waits or runs; results have been delivered.
    void wait()
    {
        while (m_isRunning) {
            m_watcher.waitForFinished();
            finish();
        }
    }

private:
    void start()
    {
        m_isRunning = true;
        m_isCancelled = false;
        m_watcher.setFuture(
            QtConcurrent::run([job = *std::exchange(m_next, std::nullopt)]() -> std::optional<T> {
                try {
                    const MemoryAttempt attempt;
                    return job();
                } catch (const std::bad_alloc&) {
                    reserveMemory();
                    return std::nullopt;
                }
            }));
    }
    void finish()
    {
        if (!m_isRunning || !m_watcher.isFinished())
            return;
        m_isRunning = false;
        const bool wanted = !std::exchange(m_isCancelled, false);
        std::optional<T> result;
        if (wanted)
            result = m_watcher.future().takeResult();
        if (m_next)
            start();
        if (result)
            m_finished(*std::move(result));
    }

    std::function<void(T)> m_finished;
    QFutureWatcher<std::optional<T>> m_watcher;
    std::optional<Job> m_next;
    bool m_isRunning = false;
    bool m_isCancelled = false;
};

} // namespace sunflop
