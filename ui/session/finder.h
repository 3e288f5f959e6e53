// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The search: which modules match a text, shared by tree and sunburst.

#include "core/cost/measure.h"
#include "core/run/run.h"

#include <QObject>
#include <QString>

#include <cstdint>
#include <vector>

namespace sunflop {

/// A module matches if its name or class contains the text, without regard to case; a text with a dot is
/// looked for in the whole path.
class Finder : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    bool isActive() const { return !m_text.isEmpty(); }
    const QString& text() const { return m_text; }
    /// Matching nodes, ascending.
    const std::vector<std::int32_t>& matches() const { return m_matches; }
    bool isMatch(std::int32_t node) const { return m_isMatch[static_cast<std::size_t>(node)]; }
    /// What the matches hold together; a match inside another counts once.
    Count sum(const Run& run, const Measure& measure) const;
    /// The match after (or before) a node, round the end; -1 without matches.
    std::int32_t next(std::int32_t node, bool backwards) const;

    void search(const QString& text, const Run* run);

Q_SIGNALS:
    void changed();

private:
    QString m_text;
    std::vector<std::int32_t> m_matches;
    std::vector<bool> m_isMatch;
};

} // namespace sunflop
