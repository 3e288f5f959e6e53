// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/comparison_model.h"

#include "core/cost/own_parts.h"

#include <QMimeData>

#include <algorithm>
#include <vector>

namespace sunflop {

namespace {

constexpr const char* rowMime = "application/x-sunflop-compared-row";

/// A difference as a number to sort by; what is not known comes last.
double sortingKey(const ComparedFigure& figure)
{
    const auto change = difference(figure);
    return change ? static_cast<double>(change->value()) : 0;
}

} // namespace

ComparisonModel::ComparisonModel(const CompareSession& session, QObject* parent)
    : QAbstractItemModel(parent), m_session(session)
{
    resetRows();
    connect(&session, &CompareSession::rowsChanged, this, &ComparisonModel::resetRows);
    connect(&session, &CompareSession::figuresChanged, this, &ComparisonModel::figuresChanged);
    connect(&session.session(Side::B).finder(), &Finder::changed, this, &ComparisonModel::searchChanged);
    connect(&session.lens(), &Lens::measureChanged, this, &ComparisonModel::measureChanged);
}

QModelIndex ComparisonModel::indexOf(std::int32_t row, int column) const
{
    if (row < 0 || m_rows.isEmpty() || !m_rows.isShown(row))
        return {};
    return createIndex(m_rows.row(row), column, static_cast<quintptr>(row));
}

std::int32_t ComparisonModel::row(const QModelIndex& index)
{
    return index.isValid() ? static_cast<std::int32_t>(index.internalId()) : -1;
}

QModelIndex ComparisonModel::index(int row, int column, const QModelIndex& parent) const
{
    if (row < 0 || column < 0 || column >= columns || row >= rowCount(parent))
        return {};
    const std::int32_t shown = parent.isValid() ? m_rows.child(this->row(parent), row).node : 0;
    return createIndex(row, column, static_cast<quintptr>(shown));
}

QModelIndex ComparisonModel::parent(const QModelIndex& child) const
{
    return child.isValid() ? indexOf(compared(row(child)).parent) : QModelIndex();
}

int ComparisonModel::rowCount(const QModelIndex& parent) const
{
    if (!parent.isValid())
        return m_rows.isEmpty() ? 0 : 1;
    return parent.column() == ModuleColumn ? m_rows.childRows(row(parent)) : 0;
}

int ComparisonModel::columnCount(const QModelIndex&) const
{
    return columns;
}

void ComparisonModel::resetRows()
{
    beginResetModel();
    m_modules = m_session.isAligned() ? m_session.comparison().rows.size() : 0;
    m_parts = shownParts();
    m_rows = filteredRows();
    if (m_sorting && m_session.isAligned())
        m_rows.sort(order());
    endResetModel();
}

void ComparisonModel::searchChanged()
{
    if (m_session.isUpToDate()) // else the matches are of other trees, whose rowsChanged() follows
        resetRows();
}

TreeRows ComparisonModel::filteredRows() const
{
    if (!m_session.isAligned())
        return {};
    const auto& rows = m_session.comparison().rows;
    std::vector<std::int32_t> parents(rows.size());
    std::ranges::transform(rows, parents.begin(), &ComparedRow::parent);
    for (const ShownPart& shown : m_parts)
        parents.push_back(shown.part.row);
    if (!isSearching())
        return TreeRows(parents);
    std::vector<std::int32_t> wanted;
    for (std::size_t i = 0; i < parents.size(); ++i)
        if (isMatch(static_cast<std::int32_t>(i)))
            wanted.push_back(static_cast<std::int32_t>(i));
    return TreeRows(parents, wanted);
}

bool ComparisonModel::isMatch(std::int32_t row) const
{
    const std::optional<OwnKey> own = ownKey(row);
    for (const Side side : {Side::A, Side::B}) {
        const std::int32_t node = m_session.node(side, comparedRow(row));
        const Finder& finder = m_session.session(side).finder();
        const Run& run = m_session.run(side);
        const OwnPart* const part = own && node >= 0 ? ownAt(run.costs, node, *own) : nullptr;
        if (own ? part != nullptr && finder.isMatch(run, *part) : node >= 0 && finder.isMatch(node))
            return true;
    }
    return false;
}

std::vector<ComparisonModel::ShownPart> ComparisonModel::shownParts() const
{
    std::vector<ShownPart> shown;
    if (!m_session.isAligned())
        return shown;
    const std::vector<ComparedFigure>& figures = m_session.figures().parts;
    for (std::size_t i = 0; i < figures.size(); ++i)
        if (figures[i].a != Count(0) || figures[i].b != Count(0))
            shown.push_back({m_session.parts()[i], i});
    return shown;
}

bool ComparisonModel::hasSameParts(const std::vector<ShownPart>& parts) const
{
    return std::ranges::equal(m_parts, parts, [](const ShownPart& a, const ShownPart& b) {
        return a.part.row == b.part.row && a.part.key == b.part.key && a.part.isInA == b.part.isInA &&
               a.part.isInB == b.part.isInB;
    });
}

std::optional<OwnKey> ComparisonModel::ownKey(std::int32_t row) const
{
    return isOwn(row) ? std::optional(part(row).key) : std::nullopt;
}

std::int32_t ComparisonModel::ownRow(std::int32_t row, const std::optional<OwnKey>& own) const
{
    const auto found = std::ranges::find_if(m_parts, [&](const ShownPart& shown) {
        return own && shown.part.row == row && shown.part.key == *own;
    });
    if (found == m_parts.end())
        return row;
    const auto id = static_cast<std::int32_t>(m_modules) + static_cast<std::int32_t>(found - m_parts.begin());
    return m_rows.isShown(id) ? id : row;
}

ComparedRow ComparisonModel::compared(std::int32_t row) const
{
    if (!isOwn(row))
        return m_session.row(row);
    const ComparedPart& own = part(row);
    return {.parent = own.row, .end = row + 1, .isInA = own.isInA, .isInB = own.isInB};
}

void ComparisonModel::figuresChanged()
{
    std::vector<ShownPart> parts = shownParts();
    if (!hasSameParts(parts)) {
        resetRows();
        return;
    }
    m_parts = std::move(parts);
    if (m_sorting && m_session.isAligned() && !m_rows.isSorted(order()))
        rearrange([this] { m_rows.sort(order()); });
    if (!m_rows.isEmpty())
        Q_EMIT dataChanged(index(0, 0), index(0, columns - 1));
}

void ComparisonModel::measureChanged()
{
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, columns - 1);
    figuresChanged();
}

template<typename Rearrange>
void ComparisonModel::rearrange(Rearrange rearrange)
{
    Q_EMIT layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    const QModelIndexList before = persistentIndexList();
    rearrange();
    QModelIndexList after;
    after.reserve(before.size());
    for (const QModelIndex& index : before)
        after.append(indexOf(row(index), index.column()));
    changePersistentIndexList(before, after);
    Q_EMIT layoutChanged({}, QAbstractItemModel::VerticalSortHint);
}

void ComparisonModel::sort(int column, Qt::SortOrder wanted)
{
    const bool isColumn = column >= 0 && column < columns;
    if (!isColumn && !m_sorting)
        return;
    m_sorting.reset();
    if (isColumn)
        m_sorting = Sorting{column, wanted == Qt::DescendingOrder};
    if (m_rows.isEmpty())
        return;
    if (m_sorting)
        rearrange([this] { m_rows.sort(order()); });
    else
        rearrange([this] { m_rows.unsort(); });
}

TreeRows::Order ComparisonModel::order() const
{
    const bool descends = m_sorting->isDescending;
    if (m_sorting->column == ModuleColumn)
        return [this, descends](std::int32_t a, std::int32_t b) {
            const int order = QString::localeAwareCompare(name(a), name(b));
            return descends ? order > 0 : order < 0;
        };
    std::vector<ComparedFigure> rows = m_session.figures().rows;
    for (const ShownPart& shown : m_parts)
        rows.push_back(m_session.figures().parts[shown.index]);
    std::vector<double> keys(rows.size());
    std::ranges::transform(rows, keys.begin(), [column = m_sorting->column](const ComparedFigure& figure) {
        switch (column) {
        case AColumn: return static_cast<double>(figure.a.value());
        case BColumn: return static_cast<double>(figure.b.value());
        case RatioColumn: return ratio(figure).value_or(0);
        default: return sortingKey(figure);
        }
    });
    return [keys = std::move(keys), descends](std::int32_t a, std::int32_t b) {
        const double x = keys[static_cast<std::size_t>(a)];
        const double y = keys[static_cast<std::size_t>(b)];
        return descends ? y < x : x < y;
    };
}

Qt::ItemFlags ComparisonModel::flags(const QModelIndex& index) const
{
    Qt::ItemFlags flags = QAbstractItemModel::flags(index);
    if (!index.isValid())
        return flags;
    const ComparedRow row = compared(this->row(index));
    if (!isOwn(this->row(index)) && (row.a < 0 || row.b < 0))
        flags |= Qt::ItemIsDragEnabled | Qt::ItemIsDropEnabled;
    return flags;
}

QStringList ComparisonModel::mimeTypes() const
{
    return {QLatin1String(rowMime)};
}

QMimeData* ComparisonModel::mimeData(const QModelIndexList& indexes) const
{
    auto* data = new QMimeData;
    if (!indexes.isEmpty())
        data->setData(QLatin1String(rowMime), QByteArray::number(row(indexes.first())));
    return data;
}

} // namespace sunflop
