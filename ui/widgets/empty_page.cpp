// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/empty_page.h"

#include "core/formats/format.h"
#include "ui/session/session.h"
#include "ui/text.h"
#include "ui/widgets/icons.h"

#include <QAction>
#include <QDir>
#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QShortcut>
#include <QTreeWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <map>

namespace sunflop {

namespace {

constexpr int pageWidth = 860;
constexpr int dropIconSize = 40;
constexpr int lastWidth = 780; ///< of the words on the button

/// What a newcomer should see first: each family once, small and large.
constexpr std::array<std::string_view, 8> featured{
    "ovis2-4b",     "internvl3-8b",   "qwen2.5-7b",      "qwen3-8b",
    "llama-3.1-8b", "llama-3.1-405b", "mistral-7b-v0.3", "aimv2-1b-patch14-448",
};

/// "ovis2-4b" belongs to "Ovis": names begin with their makers' letters.
QString groupOf(const QString& model)
{
    static const std::map<QString, QString> titles{
        {QStringLiteral("aimv"), QStringLiteral("AIMv2")},
        {QStringLiteral("internvl"), QStringLiteral("InternVL")},
    };
    const auto notLetter = std::ranges::find_if(model, [](QChar c) { return !c.isLetter(); });
    QString prefix = model.left(notLetter - model.begin());
    if (const auto found = titles.find(prefix); found != titles.end())
        return found->second;
    return prefix.left(1).toUpper() + prefix.mid(1);
}

QLabel* heading(const QString& text)
{
    auto* label = new QLabel(text.toUpper());
    label->setProperty("tone", QStringLiteral("section"));
    return label;
}

} // namespace

EmptyPage::EmptyPage(const Session& session, QWidget* parent) : QWidget(parent), m_session(session)
{
    setObjectName(QStringLiteral("page"));
    setAttribute(Qt::WA_StyledBackground);
    auto* column = new QWidget;
    column->setMaximumWidth(pageWidth);
    auto* inner = new QVBoxLayout(column);
    inner->setContentsMargins(0, 0, 0, 0);
    inner->setSpacing(14);
    m_last = new QPushButton;
    connect(m_last, &QPushButton::clicked, this, &EmptyPage::continueRequested);
    inner->addWidget(m_last);
    inner->addWidget(makeDropZone());
    inner->addWidget(makeFeatured());
    auto* lists = new QHBoxLayout;
    lists->setSpacing(14);
    lists->addWidget(makeExamples(), 3);
    lists->addWidget(makeRecent(), 2);
    inner->addLayout(lists, 1);
    auto* outer = new QHBoxLayout(this);
    outer->setContentsMargins(28, 24, 28, 24);
    outer->addStretch(1);
    outer->addWidget(column, 100);
    outer->addStretch(1);
    connect(&session.lens(), &Lens::themeChanged, this, &EmptyPage::colourIcons);
    colourIcons();
    setRecent({});
    setLast({});
}

QWidget* EmptyPage::makeDropZone()
{
    auto* zone = new QFrame;
    zone->setObjectName(QStringLiteral("dropZone"));
    m_dropIcon = new QLabel;
    auto* title = new QLabel(tr("Drop a model here"));
    title->setProperty("tone", QStringLiteral("figure"));
    QStringList titles{tr("model folder")};
    for (const Format& format : formats())
        titles << text::from(format.title);
    titles << tr("Sunflop session");
    auto* kinds = new QLabel(titles.join(QStringLiteral(" · ")));
    kinds->setProperty("tone", QStringLiteral("dim"));
    kinds->setAlignment(Qt::AlignCenter);
    kinds->setWordWrap(true);
    auto* open = new QPushButton(tr("Open…"));
    open->setProperty("tone", QStringLiteral("primary"));
    open->setAccessibleName(tr("Open a model"));
    connect(open, &QPushButton::clicked, this, &EmptyPage::browseRequested);
    auto* layout = new QVBoxLayout(zone);
    layout->setContentsMargins(24, 20, 24, 22);
    layout->setSpacing(6);
    layout->addWidget(m_dropIcon, 0, Qt::AlignHCenter);
    layout->addWidget(title, 0, Qt::AlignHCenter);
    layout->addWidget(kinds);
    layout->addSpacing(6);
    layout->addWidget(open, 0, Qt::AlignHCenter);
    return zone;
}

QWidget* EmptyPage::makeFeatured()
{
    auto* part = new QWidget;
    auto* grid = new QGridLayout(part);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(8);
    grid->addWidget(heading(tr("Start with")), 0, 0, 1, 4);
    int shown = 0;
    for (const std::string_view name : featured) {
        if (std::ranges::find(bundledModels(), name, &BundledModel::name) == bundledModels().end())
            continue;
        const QString place = text::from(name);
        auto* button = new QPushButton(place);
        button->setToolTip(tr("Open the bundled example %1").arg(place));
        connect(button, &QPushButton::clicked, this, [this, place] { Q_EMIT openRequested(place); });
        grid->addWidget(button, 1 + shown / 4, shown % 4);
        ++shown;
    }
    return part;
}

QWidget* EmptyPage::makeExamples()
{
    m_search = new QLineEdit;
    m_search->setPlaceholderText(tr("Search %1 examples").arg(bundledModels().size()));
    m_search->setAccessibleName(tr("Search examples"));
    m_searchIcon = m_search->addAction(QIcon(), QLineEdit::LeadingPosition);
    m_examples = new QTreeWidget;
    m_examples->setHeaderHidden(true);
    m_examples->setAccessibleName(tr("Bundled examples"));
    m_examples->setObjectName(QStringLiteral("list"));
    m_examples->setIndentation(18);
    std::map<QString, QTreeWidgetItem*> groups;
    for (const BundledModel& model : bundledModels()) {
        const QString name = text::from(model.name);
        QTreeWidgetItem*& group = groups[groupOf(name)];
        if (group == nullptr) {
            group = new QTreeWidgetItem(m_examples, {groupOf(name)});
            group->setFlags(Qt::ItemIsEnabled);
            QFont bold = font();
            bold.setWeight(QFont::DemiBold);
            group->setFont(0, bold);
        }
        new QTreeWidgetItem(group, {name});
    }
    m_examples->expandAll();
    connect(m_search, &QLineEdit::textChanged, this, &EmptyPage::filter);
    connect(m_search, &QLineEdit::returnPressed, this, [this] {
        if (!m_search->text().trimmed().isEmpty())
            open(firstShown());
    });
    connect(m_examples, &QTreeWidget::itemClicked, this, &EmptyPage::open);
    for (const auto key : {Qt::Key_Return, Qt::Key_Enter})
        connect(new QShortcut(key, m_examples, nullptr, nullptr, Qt::WidgetShortcut), &QShortcut::activated,
                this, [this] { open(m_examples->currentItem()); });
    auto* part = new QWidget;
    auto* layout = new QVBoxLayout(part);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(heading(tr("All examples")));
    layout->addWidget(m_search);
    layout->addWidget(m_examples, 1);
    return part;
}

QWidget* EmptyPage::makeRecent()
{
    m_recentPart = new QWidget;
    m_recent = new QListWidget;
    m_recent->setAccessibleName(tr("Recent models"));
    m_recent->setObjectName(QStringLiteral("list"));
    m_recent->setTextElideMode(Qt::ElideMiddle);
    m_recent->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    const auto openItem = [this](const QListWidgetItem* item) {
        if (item != nullptr)
            Q_EMIT openRequested(item->data(Qt::UserRole).toString());
    };
    connect(m_recent, &QListWidget::itemClicked, this, openItem);
    for (const auto key : {Qt::Key_Return, Qt::Key_Enter})
        connect(new QShortcut(key, m_recent, nullptr, nullptr, Qt::WidgetShortcut), &QShortcut::activated,
                this, [this, openItem] { openItem(m_recent->currentItem()); });
    auto* layout = new QVBoxLayout(m_recentPart);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(heading(tr("Recent")));
    layout->addWidget(m_recent, 1);
    return m_recentPart;
}

void EmptyPage::setRecent(const QStringList& paths)
{
    m_recent->clear();
    for (const QString& path : paths) {
        const QFileInfo file(path);
        // Every model's file is called config.json: its folder tells them apart.
        const bool isConfig = file.fileName() == QLatin1String("config.json");
        auto* item = new QListWidgetItem(isConfig ? file.dir().dirName() : file.fileName(), m_recent);
        item->setToolTip(path);
        item->setData(Qt::UserRole, path);
    }
    m_recentPart->setVisible(!paths.isEmpty());
}

void EmptyPage::setLast(const QString& words)
{
    const QString all = tr("Continue with %1").arg(words);
    m_last->setText(fontMetrics()
                        .elidedText(all, Qt::ElideRight, lastWidth)
                        .replace(QLatin1Char('&'), QStringLiteral("&&")));
    m_last->setToolTip(all);
    m_last->setAccessibleName(all);
    m_last->setVisible(!words.isEmpty());
}

void EmptyPage::filter(const QString& text)
{
    const QString wanted = text.trimmed();
    for (int i = 0; i < m_examples->topLevelItemCount(); ++i) {
        QTreeWidgetItem* const group = m_examples->topLevelItem(i);
        bool any = false;
        for (int j = 0; j < group->childCount(); ++j) {
            const bool matches = group->child(j)->text(0).contains(wanted, Qt::CaseInsensitive) ||
                                 group->text(0).contains(wanted, Qt::CaseInsensitive);
            group->child(j)->setHidden(!matches);
            any = any || matches;
        }
        group->setHidden(!any);
    }
}

const QTreeWidgetItem* EmptyPage::firstShown() const
{
    for (int i = 0; i < m_examples->topLevelItemCount(); ++i) {
        const QTreeWidgetItem* const group = m_examples->topLevelItem(i);
        for (int j = 0; j < group->childCount(); ++j)
            if (!group->child(j)->isHidden())
                return group->child(j);
    }
    return nullptr;
}

void EmptyPage::open(const QTreeWidgetItem* item)
{
    if (item != nullptr && item->parent() != nullptr)
        Q_EMIT openRequested(item->text(0));
}

void EmptyPage::colourIcons()
{
    const Theme& theme = m_session.lens().theme();
    m_dropIcon->setPixmap(
        icon(QLatin1String("drop"), theme.accent, theme).pixmap(dropIconSize, dropIconSize));
    m_searchIcon->setIcon(icon(QLatin1String("search"), theme.faint, theme));
}

} // namespace sunflop
