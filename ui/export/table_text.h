// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The module table as text for other programs.

#include "ui/session/session.h"

#include <QList>
#include <QString>
#include <QStringList>

namespace sunflop {

/// Heads and the rows that the session's outline shows, cell by cell; the first is the full path.
QList<QStringList> tableCells(const Session& session);

QString asTabs(const QList<QStringList>& cells);
QString asMarkdown(const QList<QStringList>& cells);
QString asHtml(const QList<QStringList>& cells);

} // namespace sunflop
