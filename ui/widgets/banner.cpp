// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/banner.h"

#include "ui/text.h"

#include <QAccessible>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace sunflop {

Banner::Banner(QWidget* parent)
    : QFrame(parent), m_title(new QLabel), m_sentence(new QLabel), m_offer(new QPushButton)
{
    setObjectName(QStringLiteral("banner"));
    setFocusPolicy(Qt::StrongFocus);
    m_title->setProperty("tone", QStringLiteral("bannerTitle"));
    m_title->setTextFormat(Qt::PlainText);
    m_title->setWordWrap(true);
    m_sentence->setTextFormat(Qt::PlainText);
    m_sentence->setWordWrap(true);
    m_sentence->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* words = new QVBoxLayout;
    words->setSpacing(2);
    words->addWidget(m_title);
    words->addWidget(m_sentence);
    auto* copy = new QPushButton(tr("Copy details"));
    auto* close = new QPushButton(tr("Dismiss"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 10, 12, 10);
    layout->setSpacing(8);
    layout->addLayout(words, 1);
    layout->addWidget(m_offer);
    layout->addWidget(copy);
    layout->addWidget(close);
    m_offer->setProperty("tone", QStringLiteral("primary"));
    connect(m_offer, &QPushButton::clicked, this, [this] {
        dismiss();
        m_act();
    });
    connect(copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_details); });
    connect(close, &QPushButton::clicked, this, &Banner::dismiss);
    hide();
}

void Banner::show(const Error& error, const QString& title)
{
    const QString sentence = text::from(error.text());
    m_title->setText(title);
    m_title->setVisible(!title.isEmpty());
    m_sentence->setText(sentence);
    m_details = title.isEmpty() ? sentence : title + QLatin1Char('\n') + sentence;
    m_offer->hide();
    setAccessibleName(m_details);
    setVisible(true);
    QAccessibleEvent alert(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
}

void Banner::offer(const QString& words, std::function<void()> act)
{
    m_offer->setText(words);
    m_act = std::move(act);
    m_offer->show();
}

void Banner::dismiss()
{
    if (isHidden())
        return;
    hide();
    Q_EMIT dismissed();
}

void Banner::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape)
        dismiss();
    else
        QFrame::keyPressEvent(event);
}

} // namespace sunflop
