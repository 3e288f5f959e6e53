// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The search: which modules match a text, shared by tree and sunburst.

#include "core/cost/measure.h"
#include "core/run/run.h"

#include <QObject>
#include <QString>

#include <cstdint>
#include <optional>
#include <vector>

namespace sunflop {

/// A module matches if its name or class contains the text, without regard to case; a text with a dot is
/// looked for in the whole path. So does a part of what a module has itself.
class Finder : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    bool isActive() const { return !m_text.isEmpty(); }
    const QString& text() const { return m_text; }
    /// Matching nodes, ascending.
    const std::vector<std::int32_t>& matches() const { return m_matches; }
    bool isMatch(std::int32_t node) const { return m_isMatch[static_cast<std::size_t>(node)]; }
    /// Whether what a module has itself matches by its own name, or, with a dot, by its whole path.
    bool isMatch(const Run& run, const OwnPart& part) const;
    /// Those that have some of the measure: the others have no row.
    std::vector<const OwnPart*> ownMatches(const Run& run, const Measure& measure) const;
    /// What the matches hold together; a match inside another counts once.
    Count sum(const Run& run, const Measure& measure) const;

    /// A module, or a part of what it has itself.
    struct Found {
        std::int32_t node = -1;
        std::optional<OwnKey> own;
    };
    /// The match after (or before) another row, in the order of the table, round the end; node -1 without
    /// matches.
    Found next(const Run& run, const Measure& measure, const Found& from, bool backwards) const;

    void search(const QString& text, const Run* run);

Q_SIGNALS:
    void changed();

private:
    QString m_text;
    std::vector<std::int32_t> m_matches;
    std::vector<bool> m_isMatch;
};

} // namespace sunflop
