// SPDX-License-Identifier: GPL-3.0-or-later
// Every operator of LibTorch, run on shapes as sunflop-torch runs it, against the processor's kernel on small
// tensors: sizes and types of all results must be the same.

#include "tests/support/differences.h"
#include "tests/worker/swept.h"

#include <QtTest>

#include <algorithm>
#include <map>
#include <ranges>
#include <span>

using namespace sunflop::test;

namespace {

struct Exception {
    std::string_view name; ///< without its overload: of them all
    std::string_view reason;
    int since = 1; ///< of LibTorch, the major version

    bool occurs() const { return majorVersion() >= since; }
    std::string text(const char* verb) const { return std::string(name) + verb + std::string(reason); }
};

/// What must stop a run on shapes, since nobody knows the result's size, or a number that is no tensor.
constexpr Exception needsValues[] = {
    {"aten::_choose_qparams_per_tensor", "gives numbers of the smallest and largest element"},
    {"aten::_local_scalar_dense", "gives an element"},
    {"aten::item", "gives an element"},
    {"aten::is_nonzero", "asks for an element"},
    {"aten::equal", "compares elements"},
    {"aten::allclose", "compares elements"},
    {"aten::nonzero", "a row for each element that is not zero"},
    {"aten::nonzero_numpy", "a row for each element that is not zero"},
    {"aten::argwhere", "a row for each element that is not zero"},
    {"aten::where", "without operands it is nonzero; with them it has a shape"},
    {"aten::masked_select", "as many elements as the mask lets through"},
    {"aten::combinations", "selects by a mask"},
    {"aten::_unique", "as many elements as differ"},
    {"aten::_unique2", "as many elements as differ"},
    {"aten::unique_dim", "as many slices as differ"},
    {"aten::unique_consecutive", "as many runs as there are"},
    {"aten::unique_dim_consecutive", "as many runs as there are"},
    {"aten::bincount", "as many numbers as the largest element asks for"},
    {"aten::one_hot", "without a number of classes the largest element says it"},
    {"aten::repeat_interleave", "a tensor says how often"},
    {"aten::narrow", "a tensor says where it begins"},
    {"aten::tensor_split", "a tensor says where to cut"},
    {"aten::_reshape_from_tensor", "a tensor says the shape"},
    {"aten::_rowwise_prune", "as many rows as the mask lets through"},
    {"aten::linalg_lstsq", "residuals only where the rank is full"},
    {"aten::_pack_padded_sequence", "a tensor says the lengths"},
    {"aten::_pad_packed_sequence", "a tensor says the lengths"},
    {"aten::ctc_loss", "a tensor says the lengths"},
    {"aten::segment_reduce", "a tensor says the lengths, which the kernel adds up"},
    {"aten::masked_scatter_backward", "as many elements as the mask lets through", 2},
    {"aten::_test_check_tensor", "asks for an element", 2},
};

/// What differs and may.
constexpr Exception deviates[] = {
    {"aten::_autocast_to_reduced_precision", "asks which device its operand is on"},
    {"aten::linalg_matrix_rank", "into a result of fractions, which a rank is not", 2},
    {"aten::_stack", "into a result that is given: off the processor its caller has unsqueezed the operands"},
};

std::string baseOf(const std::string& name)
{
    return name.substr(0, name.find('.'));
}

bool has(std::span<const Exception> table, const std::string& name)
{
    return std::ranges::any_of(table, [base = baseOf(name)](const Exception& exception) {
        return exception.occurs() && exception.name == base;
    });
}

} // namespace

class TestShapeRules : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        for (const std::string& name : operators())
            m_swept.emplace(name, sweep(name));
    }

    void shapesAreThoseOfTheProcessor()
    {
        Differences differences;
        for (const auto& [name, swept] : m_swept) {
            if (has(deviates, name))
                continue;
            for (const std::string& deviation : swept.deviations)
                differences.add(name + " " + deviation);
            differences.expectEqual(name + ", calls that differ", swept.deviations.size(), std::size_t{0});
        }
        QVERIFY2(differences.none(), differences.text());
    }

    void onlyWhatNeedsValuesStops()
    {
        Differences differences;
        for (const auto& [name, swept] : m_swept)
            if (swept.stopped > 0 && !has(needsValues, name))
                differences.add(name + " stops, and is not known to need values");
        for (const Exception& exception : needsValues) {
            const bool isStopped = std::ranges::any_of(m_swept, [&](const auto& entry) {
                return baseOf(entry.first) == exception.name && entry.second.stopped > 0;
            });
            differences.expectEqual(exception.text(" stops: "), isStopped, exception.occurs());
        }
        QVERIFY2(differences.none(), differences.text());
    }

    void everyExceptionIsOne()
    {
        Differences differences;
        for (const Exception& exception : deviates) {
            const bool isDifferent = std::ranges::any_of(m_swept, [&](const auto& entry) {
                return baseOf(entry.first) == exception.name && !entry.second.deviations.empty();
            });
            differences.expectEqual(exception.text(" differs: "), isDifferent, exception.occurs());
        }
        QVERIFY2(differences.none(), differences.text());
    }

    /// A sweep that meets nobody proves nothing.
    void mostOperatorsAreReached()
    {
        std::size_t reached = 0;
        for (const auto& [name, swept] : m_swept) {
            if (swept.agreed + swept.stopped > 0 || !swept.deviations.empty())
                ++reached;
            else
                qInfo("%s is not reached: %s", name.c_str(), swept.refusal.c_str());
        }
        qInfo("%zu of %zu operators are reached", reached, m_swept.size());
        QVERIFY(m_swept.size() > 2000);
        QVERIFY(4 * reached > 3 * m_swept.size());
    }

private:
    std::map<std::string, Swept> m_swept;
};

QTEST_APPLESS_MAIN(TestShapeRules)
#include "tst_shape_rules.moc"
