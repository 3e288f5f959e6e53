// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/operators/operator.h"
#include "core/playback/aten.h"
#include "tests/support/convention_rows.h"
#include "tests/support/text.h"

#include <QtTest>

#include <algorithm>
#include <array>
#include <map>
#include <set>

using namespace sunflop;
using namespace sunflop::test;

namespace {

OpKind kindAt(std::size_t row)
{
    return static_cast<OpKind>(row);
}

/// The words of a text between blanks.
std::vector<std::string_view> words(std::string_view text)
{
    std::vector<std::string_view> found;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        found.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return found;
}

/// A call whose result requires the gradients of all operands.
Op trained(Op op)
{
    std::int32_t storage = 0;
    for (Operand& input : op.inputs) {
        input.storage = storage++;
        input.requiresGradient = isFloat(input.dtype);
    }
    op.output.storage = storage;
    op.output.requiresGradient = true;
    return op;
}

} // namespace

class TestOperators : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyRowHasANameOfItsOwn()
    {
        std::set<std::string_view> names;
        for (std::size_t i = 0; i < allOperators().size(); ++i) {
            const std::string_view name = opName(kindAt(i));
            QVERIFY(!name.empty());
            QVERIFY2(names.insert(name).second, name.data());
        }
        QVERIFY(kindAt(allOperators().size() - 1) == OpKind::Unknown);
    }

    void everyRowHasAllItsFunctions()
    {
        for (const Operator& row : allOperators())
            QVERIFY2(row.isWellFormed != nullptr && row.candidates != nullptr && row.keep != nullptr &&
                         row.passesGradient != nullptr && row.access != nullptr && row.reads != nullptr,
                     row.name.data());
    }

    void everyRowCountsWhatItsGroupIsCountedBy()
    {
        for (const Operator& row : allOperators()) {
            const bool hasGates = row.group == OpGroup::Recurrence || row.group == OpGroup::RecurrentCell;
            QVERIFY2(row.perElement > 0, row.name.data());
            QVERIFY2((row.gates > 0) == hasGates, row.name.data());
        }
    }

    /// A compiler joins neither what runs in tiles nor what looks elsewhere for its elements.
    void onlyFunctionsOfElementsAreJoined()
    {
        static constexpr std::array whole{
            OpGroup::Linear,    OpGroup::Product,      OpGroup::AddedProduct, OpGroup::Convolution,
            OpGroup::Attention, OpGroup::Recurrence,   OpGroup::Lookup,       OpGroup::TransposedConvolution,
            OpGroup::Pool,      OpGroup::AdaptivePool, OpGroup::Unknown,      OpGroup::Interpolation};
        for (const Operator& row : allOperators())
            QVERIFY2(!row.isElementwise || std::ranges::find(whole, row.group) == whole.end(),
                     row.name.data());
    }

    void callsWithoutTheirOperandsAreNotWellFormed()
    {
        for (std::size_t i = 0; i < allOperators().size(); ++i) {
            const OpKind kind = kindAt(i);
            const bool mayHaveNone = kind == OpKind::Elementwise || kind == OpKind::Movement ||
                                     kind == OpKind::Unknown || groupOf(kind) == OpGroup::RecurrentCell;
            QCOMPARE(isWellFormed(call(kind, {}, {3})), mayHaveNone);
        }
    }

    /// ATen's names of an operator are played as that operator, and each is one operator's.
    void everyAtenNameIsPlayedAsItsRow()
    {
        std::map<std::string_view, std::string_view> rowOf;
        for (std::size_t i = 0; i < allOperators().size(); ++i)
            for (const std::string_view name : words(allOperators()[i].aten)) {
                const AtenOperator op = atenOperator(name);
                QVERIFY2(op.play != nullptr && op.kind == kindAt(i), std::string(name).c_str());
                QVERIFY2(rowOf.emplace(name, allOperators()[i].name).second, std::string(name).c_str());
            }
    }

    /// Programs come to every operator: by a name, or of a gelu() that says "tanh".
    void everyRowHasAnAtenName()
    {
        for (std::size_t i = 0; i < allOperators().size(); ++i) {
            const bool hasNone = kindAt(i) == OpKind::GeLUTanh || kindAt(i) == OpKind::Unknown;
            QVERIFY2(allOperators()[i].aten.empty() == hasNone, allOperators()[i].name.data());
        }
    }

    /// Autograd keeps what was there, and of what it keeps nothing is negative.
    void everyCallKeepsWhatItHas()
    {
        for (const Row& row : programRows()) {
            const Op op = trained(row.op);
            const Saved saved = savedBy(op);
            QVERIFY2(saved.extraBytes >= Count(0), row.name);
            for (const std::int32_t storage : saved.storages())
                QVERIFY2(storage >= 0 && storage <= op.output.storage, row.name);
            Op frozen = op;
            frozen.output.requiresGradient = false;
            QVERIFY2(savedBy(frozen).storages().empty() && savedBy(frozen).extraBytes == Count(0), row.name);
        }
    }

    /// A gradient that is handed on as it is has the size of what it is the gradient of.
    void gradientsThatAreHandedOnFit()
    {
        for (const Row& row : programRows())
            for (std::size_t i = 0; i < row.op.inputs.size(); ++i) {
                const bool isView = groupOf(row.op.kind) == OpGroup::Reduction || row.op.kind == OpKind::Cat;
                if (passesGradientOn(row.op, i) && !isView)
                    QVERIFY2(row.op.inputs[i].shape.elements() == row.op.output.shape.elements(), row.name);
            }
    }
};

QTEST_APPLESS_MAIN(TestOperators)
#include "tst_operators.moc"
