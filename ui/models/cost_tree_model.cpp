// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/cost_tree_model.h"

#include "ui/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <vector>

namespace sunflop {

namespace {

struct ColumnInfo {
    const char* id;
    const char* measure; ///< id of the measure, null for what is no measure
};

/// In the order of CostTreeModel::Column.
constexpr std::array<ColumnInfo, CostTreeModel::columns> infos{{
    {"module", nullptr},
    {"params", "params"},
    {"active_params", "active_params"},
    {"macs", "macs"},
    {"flops", "flops"},
    {"backward_flops", "backward_flops"},
    {"weight_bytes", "weight_bytes"},
    {"kv_cache_bytes", "kv_cache_bytes"},
    {"instances", nullptr},
    {"parent_share", nullptr},
    {"share", nullptr},
}};

bool isDigit(char c)
{
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

/// Names in the order of people: "layer2" before "layer10".
bool namePrecedes(std::string_view a, std::string_view b)
{
    const auto digits = [](std::string_view text) {
        return text.substr(0,
                           static_cast<std::size_t>(std::ranges::find_if_not(text, isDigit) - text.begin()));
    };
    while (!a.empty() && !b.empty()) {
        if (isDigit(a[0]) && isDigit(b[0])) {
            const auto [x, y] = std::pair(digits(a), digits(b));
            if (x.size() != y.size() || x != y)
                return x.size() != y.size() ? x.size() < y.size() : x < y;
            a.remove_prefix(x.size());
            b.remove_prefix(y.size());
        } else if (a[0] != b[0]) {
            return a[0] < b[0];
        } else {
            a.remove_prefix(1);
            b.remove_prefix(1);
        }
    }
    return a.size() < b.size();
}

} // namespace

CostTreeModel::CostTreeModel(const Session& session, QObject* parent)
    : QAbstractItemModel(parent), m_session(session), m_sorting(session.outline().sorting())
{
    resetRows();
    connect(&session, &Session::modelChanged, this, &CostTreeModel::resetRows);
    connect(&session, &Session::figuresChanged, this, &CostTreeModel::figuresChanged);
    connect(&session.finder(), &Finder::changed, this, &CostTreeModel::searchChanged);
    connect(&session.lens(), &Lens::measureChanged, this, &CostTreeModel::measureChanged);
}

QLatin1String CostTreeModel::columnId(int column)
{
    return QLatin1String(infos[static_cast<std::size_t>(column)].id);
}

const Measure* CostTreeModel::measureOf(int column)
{
    const char* id = infos[static_cast<std::size_t>(column)].measure;
    return id == nullptr ? nullptr : &*std::ranges::find(measures(), std::string_view(id), &Measure::id);
}

int CostTreeModel::activeColumn() const
{
    const auto active = std::ranges::find_if(infos, [&](const ColumnInfo& column) {
        return column.measure != nullptr && column.measure == m_session.lens().measure().id;
    });
    return static_cast<int>(active - infos.begin());
}

std::int32_t CostTreeModel::node(const QModelIndex& index)
{
    return index.isValid() ? static_cast<std::int32_t>(index.internalId()) : -1;
}

QModelIndex CostTreeModel::indexOf(std::int32_t node, int column) const
{
    if (m_run == nullptr || node < 0 || !m_rows.isShown(node))
        return {};
    return createIndex(m_rows.row(node), column, static_cast<quintptr>(node));
}

QModelIndex CostTreeModel::index(int row, int column, const QModelIndex& parent) const
{
    if (row < 0 || column < 0 || column >= columns || row >= rowCount(parent))
        return {};
    const std::int32_t id =
        parent.isValid() ? m_rows.children(node(parent))[static_cast<std::size_t>(row)] : 0;
    return createIndex(row, column, static_cast<quintptr>(id));
}

QModelIndex CostTreeModel::parent(const QModelIndex& child) const
{
    return child.isValid() ? indexOf(costs(node(child)).parent) : QModelIndex();
}

int CostTreeModel::rowCount(const QModelIndex& parent) const
{
    if (!parent.isValid())
        return m_rows.isEmpty() ? 0 : 1;
    return parent.column() == ModuleColumn ? static_cast<int>(m_rows.children(node(parent)).size()) : 0;
}

int CostTreeModel::columnCount(const QModelIndex&) const
{
    return columns;
}

void CostTreeModel::resetRows()
{
    beginResetModel();
    m_run = m_session.sharedRun();
    m_classes.clear();
    m_rows = filteredRows();
    if (m_sorting && m_run != nullptr)
        m_rows.sort(orderOf(*m_sorting));
    endResetModel();
}

void CostTreeModel::searchChanged()
{
    if (m_run == m_session.sharedRun()) // else the matches are of another tree, whose modelChanged() follows
        resetRows();
}

TreeRows CostTreeModel::filteredRows() const
{
    if (m_run == nullptr)
        return {};
    const Finder& finder = m_session.finder();
    return finder.isActive() ? TreeRows(m_run->costs, finder.matches()) : TreeRows(m_run->costs);
}

void CostTreeModel::figuresChanged()
{
    m_run = m_session.sharedRun();
    keepSorted();
    if (!m_rows.isEmpty())
        Q_EMIT dataChanged(index(0, 0), index(0, columns - 1));
}

void CostTreeModel::measureChanged()
{
    keepSorted();
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, columns - 1);
    if (!m_rows.isEmpty())
        Q_EMIT dataChanged(index(0, 0), index(0, columns - 1));
}

template<typename Rearrange>
void CostTreeModel::rearrange(Rearrange rearrange)
{
    Q_EMIT layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    const QModelIndexList before = persistentIndexList();
    rearrange();
    QModelIndexList after;
    after.reserve(before.size());
    for (const QModelIndex& index : before)
        after.append(indexOf(node(index), index.column()));
    changePersistentIndexList(before, after);
    Q_EMIT layoutChanged({}, QAbstractItemModel::VerticalSortHint);
}

void CostTreeModel::sort(int column, Qt::SortOrder order)
{
    const bool isColumn = column >= 0 && column < columns;
    if (!isColumn && !m_sorting)
        return;
    m_sorting.reset();
    if (isColumn)
        m_sorting = Outline::Sorting{column, order == Qt::DescendingOrder};
    if (m_run == nullptr)
        return;
    if (m_sorting)
        rearrange([this] { m_rows.sort(orderOf(*m_sorting)); });
    else
        rearrange([this] { m_rows.unsort(); });
}

void CostTreeModel::keepSorted()
{
    if (!m_sorting || m_run == nullptr)
        return;
    const TreeRows::Order order = orderOf(*m_sorting);
    if (!m_rows.isSorted(order))
        rearrange([&] { m_rows.sort(order); });
}

std::vector<std::int64_t> CostTreeModel::sortingKeys(int column) const
{
    std::vector<std::int64_t> keys(m_run->costs.nodes.size());
    const Measure& measure = measureOf(column) != nullptr ? *measureOf(column) : m_session.lens().measure();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const CostNode& node = m_run->costs.nodes[i];
        keys[i] = column == InstancesColumn ? node.instances : measure.of(node.total).value();
    }
    return keys;
}

TreeRows::Order CostTreeModel::orderOf(const Outline::Sorting& sorting) const
{
    // Equal rows keep the model's order in both directions, so descending is not the reverse of ascending.
    if (sorting.column == ModuleColumn)
        return [this, descends = sorting.isDescending](std::int32_t a, std::int32_t b) {
            return descends ? namePrecedes(module(b).name, module(a).name)
                            : namePrecedes(module(a).name, module(b).name);
        };
    return [keys = sortingKeys(sorting.column), descends = sorting.isDescending](std::int32_t a,
                                                                                 std::int32_t b) {
        const std::int64_t x = keys[static_cast<std::size_t>(a)];
        const std::int64_t y = keys[static_cast<std::size_t>(b)];
        return descends ? y < x : x < y;
    };
}

const CostNode& CostTreeModel::costs(std::int32_t node) const
{
    return m_run->costs.nodes[static_cast<std::size_t>(node)];
}

const Module& CostTreeModel::module(std::int32_t node) const
{
    return m_run->trace.modules[static_cast<std::size_t>(node)];
}

Count CostTreeModel::value(std::int32_t node, const Measure& measure) const
{
    return measure.of(costs(node).total);
}

} // namespace sunflop
