// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/wrapped_text.h"

#include <QFont>
#include <QTextLayout>

namespace sunflop {

QStringList wrapped(const QString& words, const QFont& font, double width)
{
    QTextLayout layout(words, font);
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    layout.setTextOption(option);
    QStringList lines;
    layout.beginLayout();
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
        line.setLineWidth(width);
        lines += words.mid(line.textStart(), line.textLength()).trimmed();
    }
    layout.endLayout();
    return lines;
}

} // namespace sunflop
