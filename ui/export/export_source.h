// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What there is to export of one model, or of two that are compared.

#include "ui/compare/comparison_table.h"
#include "ui/export/figure_page.h"

#include <QString>

#include <functional>
#include <string>
#include <vector>

namespace sunflop {

/// One thing that can be exported.
struct ExportSubject {
    enum class Kind { Figure, Window, Data, Everything };

    Kind kind = Kind::Figure;
    QString id; ///< of the figure or exporter; "window", "everything"
    QString title;
    Figure figure{};                     ///< of a figure
    QString extension{};                 ///< of data, without the dot
    std::function<std::string()> data{}; ///< as it is now
};

/// Follows the sessions that it is of, and does not outlive them.
struct ExportSource {
    std::vector<ExportSubject> subjects; ///< figures, the window, data, and all of them
    std::function<QString()> name;       ///< of the model or the two models, for files
    std::function<QString()> measure;    ///< its id

    /// Of this id; null for none.
    const ExportSubject* subject(const QString& id) const;
};

/// Every view with a painter, and the formats of core's exporters.
ExportSource exportSource(const Session& session);
/// The comparison with the rows that `rows` tells when it is asked, the sweep of both, and the formats that
/// have a place for two runs. Whatever is asked of it requires rows.
ExportSource exportSource(const CompareSession& session, const std::function<std::vector<ShownRow>()>& rows);

} // namespace sunflop
