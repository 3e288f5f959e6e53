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
    {"peak_bytes", "peak_bytes"},
    {"saved_bytes", "saved_bytes"},
    {"nanoseconds", "nanoseconds"},
    {"instances", nullptr},
    {"parent_share", nullptr},
    {"share", nullptr},
}};

static_assert(sizeof(quintptr) == 8, "an index holds a node and a number");

/// Views look up every index in a hash that takes an id's lower bits as they are and walks along runs of
/// neighbours: these spread the instances of a module, and can be turned back into a number.
constexpr quint32 spread = 2'654'435'761U;
constexpr quint32 gathered = 244'002'641U;
static_assert(spread * gathered == 1);

quint32 firstId(quint32 node)
{
    return node * 2'246'822'507U;
}

quintptr idOf(Instance row)
{
    const auto node = static_cast<quint32>(row.node);
    return static_cast<quintptr>(node) << 32 | (firstId(node) + static_cast<quint32>(row.number) * spread);
}

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
    connect(&session.lens(), &Lens::foldingChanged, this, &CostTreeModel::resetRows);
}

QLatin1String CostTreeModel::columnId(int column)
{
    return QLatin1String(infos[static_cast<std::size_t>(column)].id);
}

const Measure* CostTreeModel::measureOf(int column)
{
    const char* id = infos[static_cast<std::size_t>(column)].measure;
    return id == nullptr ? nullptr : &measureNamed(id);
}

int CostTreeModel::activeColumn() const
{
    const auto active = std::ranges::find_if(infos, [&](const ColumnInfo& column) {
        return column.measure != nullptr && column.measure == m_session.lens().measure().id;
    });
    return static_cast<int>(active - infos.begin());
}

Instance CostTreeModel::instance(const QModelIndex& index)
{
    if (!index.isValid())
        return {};
    const auto node = static_cast<quint32>(index.internalId() >> 32);
    const auto number = (static_cast<quint32>(index.internalId()) - firstId(node)) * gathered;
    return {static_cast<std::int32_t>(node), static_cast<std::int32_t>(number)};
}

QModelIndex CostTreeModel::indexOf(Instance row, int column) const
{
    if (m_run == nullptr || row.node < 0 || !m_rows.isShown(row.node) || row.number < 0 ||
        row.number >= copies(row.node))
        return {};
    return createIndex(m_rows.row(row), column, idOf(row));
}

bool CostTreeModel::isOpen(Instance row) const
{
    return m_session.finder().isActive() ? m_opensAllFound || row.number == 0
                                         : m_session.outline().isOpen(row);
}

QModelIndex CostTreeModel::index(int row, int column, const QModelIndex& parent) const
{
    if (row < 0 || column < 0 || column >= columns || row >= rowCount(parent))
        return {};
    return createIndex(row, column, idOf(parent.isValid() ? m_rows.child(instance(parent), row) : 0));
}

QModelIndex CostTreeModel::parent(const QModelIndex& child) const
{
    return child.isValid() ? indexOf(outer(instance(child))) : QModelIndex();
}

int CostTreeModel::rowCount(const QModelIndex& parent) const
{
    if (!parent.isValid())
        return m_rows.isEmpty() ? 0 : 1;
    return parent.column() == ModuleColumn ? m_rows.childRows(node(parent)) : 0;
}

int CostTreeModel::columnCount(const QModelIndex&) const
{
    return columns;
}

void CostTreeModel::resetRows()
{
    beginResetModel();
    m_run = m_session.sharedRun();
    m_parts = ownPartsOf(m_run.get());
    m_classes.clear();
    m_rows = filteredRows();
    if (m_sorting && m_run != nullptr)
        sortRows();
    m_opensAllFound = m_rows.unfolding().foldsRepeats() || m_rows.count() <= Outline::mostOpenRows;
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
    const Unfolding& unfolding = m_session.outline().unfolding();
    const auto& nodes = m_run->costs.nodes;
    std::vector<std::int32_t> parents(nodes.size());
    std::ranges::transform(nodes, parents.begin(), &CostNode::parent);
    std::vector<std::int32_t> wanted = finder.matches();
    for (const std::int32_t own : m_parts) {
        const OwnPart& part = m_run->costs.own[static_cast<std::size_t>(own)];
        if (finder.isActive() && finder.isMatch(*m_run, part))
            wanted.push_back(static_cast<std::int32_t>(parents.size()));
        parents.push_back(part.module);
    }
    return finder.isActive() ? TreeRows(parents, wanted, unfolding) : TreeRows(parents, unfolding);
}

void CostTreeModel::figuresChanged()
{
    const std::shared_ptr<const Run> run = m_session.sharedRun();
    std::vector<std::int32_t> parts = ownPartsOf(run.get());
    if (!hasSameParts(*run, parts)) {
        resetRows();
        return;
    }
    m_run = run;
    m_parts = std::move(parts);
    keepSorted();
    if (!m_rows.isEmpty())
        Q_EMIT dataChanged(index(0, 0), index(0, columns - 1));
}

void CostTreeModel::measureChanged()
{
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, columns - 1);
    if (m_run != nullptr && !hasSameParts(*m_run, ownPartsOf(m_run.get()))) {
        resetRows();
        return;
    }
    keepSorted();
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
        after.append(indexOf(instance(index), index.column()));
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
        rearrange([this] { sortRows(); });
    else
        rearrange([this] { m_rows.unsort(); });
}

void CostTreeModel::keepSorted()
{
    if (!m_sorting || m_run == nullptr)
        return;
    if (!m_rows.isSorted(orderOf(*m_sorting)))
        rearrange([this] { sortRows(); });
}

void CostTreeModel::sortRows()
{
    const bool isReversed = m_sorting->column == ModuleColumn && m_sorting->isDescending;
    m_rows.sort(orderOf(*m_sorting), isReversed);
}

std::vector<std::int64_t> CostTreeModel::sortingKeys(int column) const
{
    std::vector<std::int64_t> keys(m_run->costs.nodes.size() + m_parts.size());
    const Measure& measure = measureOf(column) != nullptr ? *measureOf(column) : m_session.lens().measure();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto node = static_cast<std::int32_t>(i);
        keys[i] = column == InstancesColumn ? instances(node) : value(node, measure).value();
    }
    return keys;
}

TreeRows::Order CostTreeModel::orderOf(const Outline::Sorting& sorting) const
{
    // Equal rows keep the model's order in both directions, so descending is not the reverse of ascending.
    if (sorting.column == ModuleColumn)
        return [this, descends = sorting.isDescending](std::int32_t a, std::int32_t b) {
            const auto name = [this](std::int32_t node) -> std::string_view {
                return isOwn(node) ? part(node).name : module(node).name;
            };
            if (isOwn(a) != isOwn(b)) // modules first
                return isOwn(b);
            return descends ? namePrecedes(name(b), name(a)) : namePrecedes(name(a), name(b));
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
    return m_run->costs.nodes[static_cast<std::size_t>(moduleOf(node))];
}

const Module& CostTreeModel::module(std::int32_t node) const
{
    return m_run->trace.modules[static_cast<std::size_t>(moduleOf(node))];
}

Count CostTreeModel::value(std::int32_t node, const Measure& measure) const
{
    if (isOwn(node)) {
        const Count total = measure.of(part(node).total);
        return total.isSaturated() ? total : Count(total.value() / copies(node));
    }
    return measure.of(costsOfRow(m_run->costs, m_rows.unfolding(), node));
}

/// Modules that one row stands for.
std::int64_t CostTreeModel::instances(std::int32_t node) const
{
    return costs(node).instances / copies(node);
}

/// Whether the rows of a node are members of an unfolded run.
bool CostTreeModel::isMember(std::int32_t node) const
{
    return m_rows.unfolding().members(node) > 1;
}

Instance CostTreeModel::outer(Instance row) const
{
    if (isOwn(row.node))
        return {part(row.node).module, row.number};
    return m_rows.unfolding().outer(row, costs(row.node).parent);
}

} // namespace sunflop
