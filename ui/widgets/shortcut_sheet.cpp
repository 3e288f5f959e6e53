// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/shortcut_sheet.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QGridLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <vector>

namespace sunflop {

namespace {

struct Entry {
    QString title;
    QString keys;
};

/// In the order of creation; an action that has several shortcuts shows them all.
std::vector<Entry> entriesOf(const QWidget& window)
{
    std::vector<Entry> entries;
    for (const QAction* action : window.findChildren<QAction*>()) {
        if (action->shortcut().isEmpty() || action->text().isEmpty())
            continue;
        QString title = action->text();
        title.remove(QLatin1Char('&'));
        while (title.endsWith(QChar(u'…')))
            title.chop(1);
        QStringList keys;
        for (const QKeySequence& shortcut : action->shortcuts())
            keys << shortcut.toString(QKeySequence::NativeText);
        entries.push_back({title, keys.join(ShortcutSheet::tr(" or "))});
    }
    return entries;
}

} // namespace

ShortcutSheet::ShortcutSheet(QWidget* window) : QDialog(window)
{
    setWindowTitle(tr("Shortcuts"));
    const std::vector<Entry> entries = entriesOf(*window);
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(14);
    grid->setVerticalSpacing(6);
    const int rows = static_cast<int>((entries.size() + 1) / 2);
    for (int i = 0; i < static_cast<int>(entries.size()); ++i) {
        const Entry& entry = entries[static_cast<std::size_t>(i)];
        auto* keys = new QLabel(entry.keys);
        keys->setProperty("tone", QStringLiteral("key"));
        auto* title = new QLabel(entry.title);
        title->setBuddy(keys);
        const int column = i < rows ? 0 : 3;
        grid->addWidget(title, i % rows, column);
        grid->addWidget(keys, i % rows, column + 1, Qt::AlignRight);
    }
    grid->setColumnMinimumWidth(2, 24);
    grid->setRowStretch(rows, 1);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 22, 24, 18);
    layout->setSpacing(18);
    layout->addLayout(grid, 1);
    layout->addWidget(buttons);
}

} // namespace sunflop
