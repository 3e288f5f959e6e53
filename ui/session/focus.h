// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which module the user looks at: one selection, one hover and one root for all views.

#include "core/cost/cost_tree.h"

#include <QObject>

#include <cstdint>
#include <optional>
#include <vector>

namespace sunflop {

/// Node ids of the session's cost tree. Selection and root always exist while a model is open; there is a
/// history of both. Where runs are unfolded, one of a module's instances may be meant (see Unfolding); and a
/// part of what a module has itself.
class Focus : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    static constexpr std::int32_t anyInstance = -1;

    std::int32_t selected() const { return m_now.selected; }
    std::int32_t selectedInstance() const { return m_now.instance; }       ///< or anyInstance
    const std::optional<OwnKey>& selectedOwn() const { return m_now.own; } ///< none: all of the module
    std::int32_t hovered() const { return m_hovered; }                     ///< -1: none
    const std::optional<OwnKey>& hoveredOwn() const { return m_hoveredOwn; }
    bool isHovered(std::int32_t node, std::int32_t instance, const std::optional<OwnKey>& own = {}) const;
    /// Node in the middle of the sunburst.
    std::int32_t root() const { return m_now.root; }

    void select(std::int32_t node, std::int32_t instance = anyInstance, std::optional<OwnKey> own = {});
    void hover(std::int32_t node, std::int32_t instance = anyInstance, std::optional<OwnKey> own = {});
    /// Puts a module into the middle and selects it.
    void zoom(std::int32_t node, std::int32_t instance = anyInstance);

    bool canGoBack() const { return !m_back.empty(); }
    bool canGoForward() const { return !m_forward.empty(); }
    void back();
    void forward();

    /// Another tree: node n is now node newIds[n], or gone (-1); an empty map forgets everything.
    void remap(const std::vector<std::int32_t>& newIds);

Q_SIGNALS:
    void selectedChanged(std::int32_t node);
    void hoveredChanged(std::int32_t node);
    void rootChanged(std::int32_t node);
    void historyChanged();

private:
    struct Place {
        std::int32_t selected = 0;
        std::int32_t instance = anyInstance;
        std::int32_t root = 0;
        std::optional<OwnKey> own; ///< of the selected module
        friend bool operator==(const Place&, const Place&) = default;
    };

    void visit(Place place);
    void goTo(const Place& place);

    Place m_now;
    std::int32_t m_hovered = -1;
    std::int32_t m_hoveredInstance = anyInstance;
    std::optional<OwnKey> m_hoveredOwn;
    std::vector<Place> m_back;
    std::vector<Place> m_forward;
};

} // namespace sunflop
