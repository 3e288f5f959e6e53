// SPDX-License-Identifier: GPL-3.0-or-later
// Linked into every test: no test depends on the fonts of the machine. Programs that a test starts see the
// same.
#include <QByteArray>

namespace {

/// SUNFLOP_TEST_FONTS names another fontconfig file, to see how the window bears other fonts.
[[maybe_unused]] const bool areSet = [] {
    const QByteArray named = qgetenv("SUNFLOP_TEST_FONTS");
    return qputenv("FONTCONFIG_FILE", named.isEmpty() ? QByteArray(TEST_DATA "/support/fonts.conf") : named);
}();

} // namespace
