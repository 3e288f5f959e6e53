// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/compare_bar.h"

#include "core/formats/format.h"
#include "ui/compare/compare_badge.h"
#include "ui/text.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/segmented.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QPushButton>
#include <QSignalBlocker>
#include <QToolButton>

namespace sunflop {

namespace {

constexpr int barHeight = 52;
/// In a narrower bar buttons are icons only.
constexpr int roomyWidth = 1380;
constexpr int shownLetters = 8;

/// The item that asks for a file; no place is called so.
QString browse()
{
    return QStringLiteral("\n");
}

} // namespace

CompareBar::CompareBar(CompareSession& session, QWidget* parent)
    : QFrame(parent), m_session(session), m_leave(new QToolButton), m_inputs(new QToolButton),
      m_swap(new QToolButton), m_links(new QCheckBox(tr("Link inputs"))),
      m_scale(new QCheckBox(tr("Same scale"))), m_measures(measureSegments(session.session(Side::A))),
      m_export(new QPushButton(tr("Export")))
{
    setObjectName(QStringLiteral("toolBar"));
    setFixedHeight(barHeight);
    m_leave->setText(tr("Leave compare"));
    m_leave->setToolTip(tr("Back to model A alone (Esc)"));
    m_swap->setText(tr("Swap"));
    m_swap->setToolTip(tr("Swap A and B (X)"));
    m_inputs->setToolTip(tr("Show or hide the inputs (F9)"));
    for (QToolButton* button : {m_leave, m_inputs, m_swap}) {
        button->setAccessibleName(button->toolTip());
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setIconSize({18, 18});
        button->setFocusPolicy(Qt::StrongFocus);
    }
    m_inputs->setToolButtonStyle(Qt::ToolButtonIconOnly);
    m_links->setToolTip(tr("A change of an input goes to both models, where both offer it"));
    m_scale->setToolTip(tr("The areas of the circles are in proportion to what they show"));
    m_export->setProperty("tone", QStringLiteral("primary"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(10, 0, 14, 0);
    row->setSpacing(8);
    row->addWidget(m_leave);
    row->addWidget(m_inputs);
    addModels(*row);
    row->addSpacing(6);
    row->addWidget(m_links);
    row->addWidget(m_scale);
    row->addStretch(1);
    row->addWidget(m_measures);
    row->addWidget(m_export);
    follow();
    colourIcons();
    showModels();
    showChoices();
}

void CompareBar::addModels(QBoxLayout& row)
{
    row.addSpacing(6);
    row.addWidget(new CompareBadge(m_session, Side::A));
    row.addWidget(modelBox(Side::A), 1);
    row.addWidget(m_swap);
    row.addWidget(new CompareBadge(m_session, Side::B));
    row.addWidget(modelBox(Side::B), 1);
}

QComboBox* CompareBar::modelBox(Side side)
{
    auto* box = new QComboBox;
    m_models[static_cast<std::size_t>(side)] = box;
    box->setAccessibleName(side == Side::A ? tr("Model A") : tr("Model B"));
    box->setFocusPolicy(Qt::StrongFocus);
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(shownLetters);
    box->setMaximumWidth(240);
    box->setMaxVisibleItems(24);
    connect(box, &QComboBox::activated, this, [this, side](int index) { pick(side, index); });
    return box;
}

/// The model that is shown first, then all that it can be exchanged for.
void CompareBar::fillModels(Side side)
{
    QComboBox* const box = m_models[static_cast<std::size_t>(side)];
    const Session& session = m_session.session(side);
    const QSignalBlocker blocker(box);
    box->clear();
    box->addItem(session.hasModel() ? text::from(session.model().source.name) : tr("Choose a model"));
    box->setToolTip(session.hasModel() ? text::from(session.model().source.place) : QString());
    box->insertSeparator(box->count());
    box->addItem(tr("File…"), browse());
    for (const QString& place : m_session.opener(Side::A).recent()) {
        const QFileInfo file(place);
        const bool isConfig = file.fileName() == QLatin1String("config.json");
        box->addItem(isConfig ? file.dir().dirName() : file.fileName(), place);
        box->setItemData(box->count() - 1, place, Qt::ToolTipRole);
    }
    box->insertSeparator(box->count());
    for (const BundledModel& model : bundledModels())
        box->addItem(text::from(model.name), text::from(model.name));
    box->setCurrentIndex(0);
}

void CompareBar::pick(Side side, int index)
{
    QComboBox* const box = m_models[static_cast<std::size_t>(side)];
    const QString place = box->itemData(index).toString();
    box->setCurrentIndex(0);
    if (place == browse())
        Q_EMIT browseRequested(side);
    else if (!place.isEmpty() && side == Side::B)
        m_session.compareWith(place);
    else if (!place.isEmpty())
        m_session.opener(Side::A).open(place);
}

void CompareBar::follow()
{
    connect(m_leave, &QToolButton::clicked, this, &CompareBar::leaveRequested);
    connect(m_inputs, &QToolButton::clicked, this, &CompareBar::inputsRequested);
    connect(m_export, &QPushButton::clicked, this, &CompareBar::exportRequested);
    connect(m_swap, &QToolButton::clicked, &m_session, &CompareSession::swap);
    connect(m_links, &QCheckBox::toggled, &m_session, &CompareSession::setLinksInputs);
    connect(m_scale, &QCheckBox::toggled, &m_session, &CompareSession::setSameScale);
    connect(&m_session, &CompareSession::linksChanged, this, &CompareBar::showChoices);
    connect(&m_session, &CompareSession::scaleChanged, this, &CompareBar::showChoices);
    connect(&m_session.opener(Side::A), &Opener::recentChanged, this, &CompareBar::showModels);
    for (const Side side : {Side::A, Side::B})
        connect(&m_session.session(side), &Session::modelChanged, this, [this, side] {
            fillModels(side);
            showChoices();
        });
    connect(&m_session.lens(), &Lens::themeChanged, this, &CompareBar::colourIcons);
}

void CompareBar::showModels()
{
    fillModels(Side::A);
    fillModels(Side::B);
}

void CompareBar::showChoices()
{
    m_links->setChecked(m_session.linksInputs());
    m_scale->setChecked(m_session.hasSameScale());
    const bool hasBoth = m_session.session(Side::A).hasModel() && m_session.session(Side::B).hasModel();
    for (QWidget* widget : std::initializer_list<QWidget*>{m_swap, m_scale, m_links, m_export})
        widget->setEnabled(hasBoth);
}

void CompareBar::resizeEvent(QResizeEvent* event)
{
    QFrame::resizeEvent(event);
    const bool isRoomy = width() >= roomyWidth;
    m_measures->setMinimumWidth(m_measures->sizeHint().width()); // the models give way first
    m_leave->setText(isRoomy ? tr("Leave compare") : tr("Leave"));
    m_links->setText(isRoomy ? tr("Link inputs") : tr("Link"));
    m_scale->setText(isRoomy ? tr("Same scale") : tr("To scale"));
    m_swap->setToolButtonStyle(isRoomy ? Qt::ToolButtonTextBesideIcon : Qt::ToolButtonIconOnly);
}

void CompareBar::colourIcons()
{
    const Theme& theme = m_session.lens().theme();
    m_leave->setIcon(icon(QLatin1String("back"), theme.dim, theme));
    m_inputs->setIcon(icon(QLatin1String("panel"), theme.dim, theme));
    m_swap->setIcon(icon(QLatin1String("swap"), theme.dim, theme));
    m_export->setIcon(icon(QLatin1String("export"), theme.onAccent, theme));
}

} // namespace sunflop
