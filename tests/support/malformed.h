// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The files of tests/malformed/<format>/: each has one defect, named by the file, and beside it
/// <file>.expected with a part of the error that it must meet.

#include <QString>
#include <QStringList>

namespace sunflop::test {

QStringList malformedFiles();
/// Adds a column "path" and a row for every file.
void addMalformedFiles();
/// What the error must contain; empty if there is no .expected.
QString malformedExpectation(const QString& path);

} // namespace sunflop::test
