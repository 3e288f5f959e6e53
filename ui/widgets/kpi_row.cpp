// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/kpi_row.h"

#include "core/run/remarks.h"
#include "ui/memory_text.h"
#include "ui/session/session.h"
#include "ui/text.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPainter>

#include <algorithm>
#include <array>

namespace sunflop {

namespace {

constexpr int cardHeight = 62;
constexpr std::array figurePixels{22, 20, 18, 16, 15};
constexpr int chipGap = 6;
constexpr int chipHeight = 18;

QFont sized(QFont font, int pixels, QFont::Weight weight = QFont::Normal)
{
    font.setPixelSize(pixels);
    font.setWeight(weight);
    return font;
}

/// What a card's measure counts, for its tooltip.
QString meaning(std::string_view measure)
{
    struct Sentence {
        std::string_view measure;
        const char* text;
    };
    static constexpr std::array sentences{
        Sentence{"params",
                 QT_TRANSLATE_NOOP("sunflop::KpiRow", "Weights of the model; tied ones count once.")},
        Sentence{"macs", QT_TRANSLATE_NOOP("sunflop::KpiRow", "Multiply-accumulates of the whole run.")},
        Sentence{"flops",
                 QT_TRANSLATE_NOOP("sunflop::KpiRow",
                                   "Floating-point operations of the whole run, as the convention counts.")},
        Sentence{"weight_bytes",
                 QT_TRANSLATE_NOOP("sunflop::KpiRow", "What the weights take in memory at their precision.")},
        Sentence{"kv_cache_bytes",
                 QT_TRANSLATE_NOOP("sunflop::KpiRow",
                                   "Keys and values kept at the end of the run, all sequences together.")},
        Sentence{"peak_bytes",
                 QT_TRANSLATE_NOOP("sunflop::KpiRow", "Most that is allocated on a device at one moment.")},
    };
    const auto found = std::ranges::find(sentences, measure, &Sentence::measure);
    return found == sentences.end() ? QString() : KpiRow::tr(found->text);
}

} // namespace

KpiCard::KpiCard(const Session& session, const QString& title, QWidget* parent)
    : QAbstractButton(parent), m_session(session)
{
    setText(title);
    setFocusPolicy(Qt::TabFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void KpiCard::show(const Figure& figure, const QString& meaning)
{
    m_figure = figure;
    QString html = QStringLiteral("<b>%1</b><br>%2")
                       .arg(figure.exact.toHtmlEscaped(),
                            meaning.toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>")));
    if (!figure.change.isEmpty())
        html += QStringLiteral("<br>") + tr("%1 from the baseline").arg(figure.change);
    setToolTip(html);
    setAccessibleName(figure.change.isEmpty()
                          ? QStringLiteral("%1: %2").arg(text(), figure.brief)
                          : tr("%1: %2, %3 from the baseline").arg(text(), figure.brief, figure.change));
    setAccessibleDescription(figure.exact);
    update();
}

QSize KpiCard::sizeHint() const
{
    return {190, cardHeight};
}

QSize KpiCard::minimumSizeHint() const
{
    return {112, cardHeight};
}

int KpiCard::margin() const
{
    return width() < 150 ? 10 : 14;
}

int KpiCard::chipWidth() const
{
    if (m_figure.change.isEmpty())
        return 0;
    const int padding = width() < 150 ? 8 : 14;
    return QFontMetrics(sized(font(), 11, QFont::DemiBold)).horizontalAdvance(m_figure.change) + padding;
}

int KpiCard::fittingPixels() const
{
    const int chip = chipWidth();
    const int room = width() - 2 * margin() - (chip > 0 ? chip + chipGap : 0);
    const auto fits = [&](int pixels) {
        return QFontMetrics(sized(font(), pixels, QFont::DemiBold)).horizontalAdvance(m_figure.brief) <= room;
    };
    const auto found = std::ranges::find_if(figurePixels, fits);
    return found == figurePixels.end() ? figurePixels.back() : *found;
}

void KpiCard::setFigurePixels(int pixels)
{
    m_figurePixels = pixels;
    update();
}

void KpiCard::paintEvent(QPaintEvent*)
{
    const Theme& theme = m_session.lens().theme();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool isLit = isChecked() || hasFocus();
    painter.setPen(QPen(isLit                           ? theme.accent
                        : isCheckable() && underMouse() ? theme.faint
                                                        : theme.border,
                        isChecked() ? 1.5 : 1));
    painter.setBrush(theme.panel);
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 10, 10);

    const QRect inner = rect().adjusted(margin(), 9, -margin(), -9);
    painter.setFont(sized(font(), 12));
    painter.setPen(isChecked() ? theme.accent : theme.dim);
    painter.drawText(inner, Qt::AlignLeft | Qt::AlignTop,
                     painter.fontMetrics().elidedText(text(), Qt::ElideRight, inner.width()));
    painter.setFont(sized(font(), m_figurePixels, QFont::DemiBold));
    painter.setPen(theme.text);
    painter.drawText(inner.adjusted(0, 0, 0, 2), Qt::AlignLeft | Qt::AlignBottom, m_figure.brief);
    const int chip = chipWidth();
    if (chip == 0 || painter.fontMetrics().horizontalAdvance(m_figure.brief) + chip > inner.width())
        return; // the tooltip has the change, too
    const QRectF area(inner.right() + 1 - chip, inner.bottom() + 1 - chipHeight, chip, chipHeight);
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_figure.isMore ? theme.warningSoft : theme.goodSoft);
    painter.drawRoundedRect(area, 7, 7);
    painter.setFont(sized(font(), 11, QFont::DemiBold));
    painter.setPen(m_figure.isMore ? theme.warning : theme.good);
    painter.drawText(area, Qt::AlignCenter, m_figure.change);
}

void KpiCard::mouseDoubleClickEvent(QMouseEvent*)
{
    QGuiApplication::clipboard()->setText(m_figure.exact);
}

KpiRow::KpiRow(Session& session, QWidget* parent) : QWidget(parent), m_session(session)
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(10);
    for (const char* id : {"params", "macs", "flops", "weight_bytes", "kv_cache_bytes", "peak_bytes"}) {
        const Measure* const measure = &measureNamed(id);
        auto* card = new KpiCard(session, text::title(*measure));
        card->setCheckable(true);
        connect(card, &KpiCard::clicked, this, [this, measure] {
            m_session.lens().setMeasure(*measure);
            showMeasure();
        });
        layout->addWidget(card, 1);
        m_cards.push_back({measure, card});
    }

    connect(&session, &Session::modelChanged, this, &KpiRow::showFigures);
    connect(&session, &Session::figuresChanged, this, &KpiRow::showFigures);
    connect(&session, &Session::baselineChanged, this, &KpiRow::showFigures);
    connect(&session.lens(), &Lens::measureChanged, this, &KpiRow::showMeasure);
    connect(&session.lens(), &Lens::themeChanged, this, qOverload<>(&QWidget::update));
    showFigures();
    showMeasure();
}

void KpiRow::showFigures()
{
    if (!m_session.hasModel())
        return;
    for (const auto& [measure, card] : m_cards) {
        const Count now = measure->of(m_session.run().costs.root().total);
        const Count before = measure->of(m_session.baseline().costs.root().total);
        const QString brief = text::brief(now, *measure);
        card->show({.brief = isEstimate(m_session.run(), *measure) ? QStringLiteral("≈ ") + brief : brief,
                    .exact = text::exactWithUnit(now, *measure),
                    .change = text::change(now, before),
                    .isMore = now > before},
                   meaningOf(*measure));
    }
    fit();
}

void KpiRow::fit()
{
    int pixels = figurePixels.front();
    for (const auto& [measure, card] : m_cards)
        pixels = std::min(pixels, card->fittingPixels());
    for (const auto& [measure, card] : m_cards)
        card->setFigurePixels(pixels);
}

void KpiRow::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    layout()->activate();
    fit();
}

QString KpiRow::meaningOf(const Measure& measure) const
{
    const QString sentence = meaning(measure.id);
    if (measure.id != "peak_bytes")
        return sentence;
    return (QStringList{sentence} + peakLines(m_session.run())).join(QLatin1Char('\n'));
}

void KpiRow::showMeasure()
{
    for (const auto& [measure, card] : m_cards)
        card->setChecked(measure == &m_session.lens().measure());
}

} // namespace sunflop
