// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/size_row.h"

#include "ui/text.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/input_row.h"
#include "ui/widgets/restyle.h"
#include "ui/widgets/value_slider.h"

#include <QAction>
#include <QEvent>
#include <QLineEdit>
#include <QMenu>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace sunflop {

namespace {

constexpr int boxWidth = 146;
/// The menu offers sides of one to so many times the default.
constexpr int mostMultiples = 3;

QString written(QSize size)
{
    return QStringLiteral("%1 × %2 px").arg(size.width()).arg(size.height());
}

} // namespace

SizeRow::SizeRow(const Input& width, const Input& height, QWidget* parent)
    : RowFrame(tr("Image size"), parent), m_width(width), m_height(height), m_box(new QLineEdit),
      m_sizes(m_box->addAction(QIcon(), QLineEdit::TrailingPosition)), m_slider(new ValueSlider)
{
    const auto [from, to] = usualRange(width);
    m_slider->setScale(from, to, std::max(width.step, height.step), width.scale == InputScale::Logarithmic);
    m_slider->setToolTip(tr("Longer side, %1 to %2 pixels; the shape stays").arg(from).arg(to));
    m_box->setAlignment(Qt::AlignRight);
    m_box->setProperty("tone", QStringLiteral("number"));
    setEditor(m_box, boxWidth);
    setWidestText(written({static_cast<int>(to), static_cast<int>(usualRange(height).second)}));
    setSlider(m_slider);
    m_box->installEventFilter(this);
    m_sizes->setText(tr("Common sizes"));
    m_sizes->setToolTip(tr("Common sizes (Alt+Down)"));
    m_sizes->setShortcut(Qt::ALT | Qt::Key_Down);
    m_sizes->setShortcutContext(Qt::WidgetShortcut);
    connect(m_sizes, &QAction::triggered, this, &SizeRow::showSizes);
    connect(m_box, &QLineEdit::returnPressed, this, &SizeRow::commit);
    connect(m_slider, &ValueSlider::moved, this, [this](qint64 longerSide) {
        m_shown = scaled(longerSide);
        Q_EMIT changed(m_shown, true);
    });
    connect(m_slider, &ValueSlider::released, this, &SizeRow::moveEnded);
    connect(this, &RowFrame::resetRequested, this, [this] { Q_EMIT changed(QSize(), false); });
}

void SizeRow::fillSizes(QMenu& menu)
{
    const int width = text::from(m_width.defaultValue).toInt();
    const int height = text::from(m_height.defaultValue).toInt();
    for (int rows = 1; rows <= mostMultiples; ++rows)
        for (int columns = 1; columns <= mostMultiples; ++columns) {
            const QSize size(columns * width, rows * height);
            connect(menu.addAction(written(size)), &QAction::triggered, this,
                    [this, size] { Q_EMIT changed(size, false); });
        }
}

void SizeRow::showSizes()
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    fillSizes(*menu);
    menu->popup(m_box->mapToGlobal(m_box->rect().bottomLeft()));
}

void SizeRow::colourIcon(const Theme& theme)
{
    m_sizes->setIcon(icon(QLatin1String("chevron-down"), theme.dim, theme));
}

QSize SizeRow::scaled(qint64 longerSide) const
{
    const int longer = std::max({m_shape.width(), m_shape.height(), 1});
    const auto side = [&](int pixels, const Input& input) {
        const double exact = static_cast<double>(longerSide) * pixels / longer;
        const auto steps = std::llround(exact / static_cast<double>(input.step));
        return static_cast<int>(std::clamp<std::int64_t>(steps * input.step, input.minimum, input.maximum));
    };
    return {side(m_shape.width(), m_width), side(m_shape.height(), m_height)};
}

void SizeRow::show(QSize size, const QString& idleReason)
{
    // A size of the slider's own making keeps the shape that it was scaled from.
    if (size != m_shown || m_shape.isEmpty())
        m_shape = size;
    m_shown = size;
    setAtDefault(QString::number(size.width()) == text::from(m_width.defaultValue) &&
                 QString::number(size.height()) == text::from(m_height.defaultValue));
    setCopiedText(QStringLiteral("%1x%2").arg(size.width()).arg(size.height()));
    RowFrame::refuse({});
    m_box->setText(written(size));
    fitEditor();
    m_box->setToolTip(idleReason.isEmpty() ? tr("Width × height, or one side of a square") : idleReason);
    restyle(m_box, "state", idleReason.isEmpty() ? QString() : QStringLiteral("idle"));
    restyle(m_slider, "state", idleReason.isEmpty() ? QString() : QStringLiteral("automatic"));
    m_slider->setCurrent(std::max(size.width(), size.height()));
}

void SizeRow::refuse(const QString& why)
{
    RowFrame::refuse(why);
    m_box->setToolTip(why);
    restyle(m_box, "state", QStringLiteral("refused"));
}

std::optional<QSize> SizeRow::read(const QString& text, QString& why) const
{
    static const QRegularExpression sides(
        QStringLiteral("^\\s*(\\d+)\\s*(?:[x×*]\\s*(\\d+)\\s*)?(?:px)?\\s*$"),
        QRegularExpression::CaseInsensitiveOption);
    const auto match = sides.match(text);
    if (!match.hasMatch()) {
        why = tr("\"%1\" is no size, expected one such as 448x672 or 448").arg(text.trimmed());
        return std::nullopt;
    }
    const QString height = match.captured(2).isEmpty() ? match.captured(1) : match.captured(2);
    for (const auto& [digits, input] :
         {std::pair(match.captured(1), &m_width), std::pair(height, &m_height)}) {
        bool fits = false;
        const qint64 pixels = digits.toLongLong(&fits);
        if (!fits || pixels < input->minimum || pixels > input->maximum) {
            why =
                tr("%1 is out of range, expected %2 to %3 pixels")
                    .arg(digits, sunflop::text::exact(input->minimum), sunflop::text::exact(input->maximum));
            return std::nullopt;
        }
    }
    return QSize(match.captured(1).toInt(), height.toInt());
}

void SizeRow::commit()
{
    if (!m_box->isModified())
        return;
    QString why;
    if (const auto size = read(m_box->text(), why)) {
        m_box->setModified(false);
        show(m_shown, {});
        Q_EMIT changed(*size, false);
        return;
    }
    if (!m_box->hasFocus())
        m_box->setText(written(m_shown));
    refuse(why);
}

bool SizeRow::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_box && event->type() == QEvent::FocusOut)
        commit();
    return RowFrame::eventFilter(watched, event);
}

} // namespace sunflop
