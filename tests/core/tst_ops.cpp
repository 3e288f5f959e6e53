// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/ops.h"
#include "tests/support/text.h"

#include <QtTest>

#include <array>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// One call whose operands do not fit, and what its error must name.
struct Misfit {
    const char* name;
    void (*call)(Tracer&);
    std::initializer_list<const char*> named;
};

Tensor shaped(Tracer& t, const Shape& shape, DType dtype = DType::F16)
{
    return t.input(shape, dtype);
}

void attend(Tracer& t, const Shape& query, const Shape& key, const Shape& value)
{
    scaled_dot_product_attention(shaped(t, query), shaped(t, key), shaped(t, value), {.causal = true});
}

const std::array misfits{
    Misfit{"linear, inner sizes",
           [](Tracer& t) {
               linear(shaped(t, {2, 3, 8}), shaped(t, {4, 7}));
           },
           {"linear", "[2, 3, 8]", "[4, 7]"}},
    Misfit{"linear, of a scalar",
           [](Tracer& t) {
               linear(shaped(t, {}), shaped(t, {4, 7}));
           },
           {"linear", "[]", "[4, 7]"}},
    Misfit{"linear, vector as weight",
           [](Tracer& t) {
               linear(shaped(t, {2, 8}), shaped(t, {8}));
           },
           {"linear", "[2, 8]", "[8]"}},
    Misfit{"linear, scalar as weight",
           [](Tracer& t) { linear(shaped(t, {2}), shaped(t, {}), shaped(t, {4})); },
           {"linear", "[2]", "[]"}},
    Misfit{"linear, bias",
           [](Tracer& t) {
               linear(shaped(t, {2, 8}), shaped(t, {4, 8}), shaped(t, {5}));
           },
           {"linear", "[5]", "[4, 8]"}},
    Misfit{"conv2d, channels",
           [](Tracer& t) {
               conv2d(shaped(t, {1, 4, 9, 9}), shaped(t, {6, 3, 3, 3}), {}, {});
           },
           {"conv2d", "[1, 4, 9, 9]", "[6, 3, 3, 3]"}},
    Misfit{"conv2d, no batch",
           [](Tracer& t) {
               conv2d(shaped(t, {3, 9, 9}), shaped(t, {6, 3, 3, 3}), {}, {});
           },
           {"conv2d", "[3, 9, 9]", "[6, 3, 3, 3]"}},
    Misfit{"conv2d, image smaller than kernel",
           [](Tracer& t) {
               conv2d(shaped(t, {1, 3, 9, 2}), shaped(t, {6, 3, 3, 3}), {}, {});
           },
           {"conv2d", "[1, 3, 9, 2]", "[6, 3, 3, 3]"}},
    Misfit{"conv2d, image smaller than patch",
           [](Tracer& t) {
               conv2d(shaped(t, {1, 3, 13, 14}), shaped(t, {6, 3, 14, 14}), {}, {.stride = 14});
           },
           {"conv2d", "[1, 3, 13, 14]", "[6, 3, 14, 14]"}},
    Misfit{"conv2d, bias",
           [](Tracer& t) {
               conv2d(shaped(t, {1, 3, 9, 9}), shaped(t, {6, 3, 3, 3}), shaped(t, {3}), {});
           },
           {"conv2d", "[3]", "[6, 3, 3, 3]"}},
    Misfit{"matmul, inner sizes",
           [](Tracer& t) {
               matmul(shaped(t, {2, 4, 5}), shaped(t, {2, 4, 5}));
           },
           {"matmul", "[2, 4, 5]"}},
    Misfit{"matmul, batches",
           [](Tracer& t) {
               matmul(shaped(t, {2, 4, 5}), shaped(t, {3, 5, 6}));
           },
           {"matmul", "[2, 4, 5]", "[3, 5, 6]"}},
    Misfit{"matmul, vector",
           [](Tracer& t) {
               matmul(shaped(t, {5}), shaped(t, {5, 6}));
           },
           {"matmul", "[5]", "[5, 6]"}},
    Misfit{"matmul, growth",
           [](Tracer& t) {
               matmul(shaped(t, {1, {5, 1}}), shaped(t, {5, 6}));
           },
           {"matmul", "[1, 5+]", "[5, 6]"}},
    Misfit{"add",
           [](Tracer& t) {
               add(shaped(t, {2, 3}), shaped(t, {2, 4}));
           },
           {"add", "[2, 3]", "[2, 4]"}},
    Misfit{"add, growth",
           [](Tracer& t) {
               add(shaped(t, {1, {6, 1}}), shaped(t, {1, 6}));
           },
           {"add", "[1, 6+]", "[1, 6]"}},
    Misfit{"sub", [](Tracer& t) { sub(shaped(t, {2}), shaped(t, {3})); }, {"sub", "[2]", "[3]"}},
    Misfit{"mul",
           [](Tracer& t) {
               mul(shaped(t, {7}), shaped(t, {2, 6}));
           },
           {"mul", "[7]", "[2, 6]"}},
    Misfit{"div",
           [](Tracer& t) {
               div(shaped(t, {5, 1}), shaped(t, {4, 3}));
           },
           {"div", "[5, 1]", "[4, 3]"}},
    Misfit{"attention, head width",
           [](Tracer& t) {
               attend(t, {1, 8, 3, 16}, {1, 2, 5, 12}, {1, 2, 5, 16});
           },
           {"scaled_dot_product_attention", "[1, 8, 3, 16]", "[1, 2, 5, 12]", "[1, 2, 5, 16]"}},
    Misfit{"attention, key heads",
           [](Tracer& t) {
               attend(t, {1, 8, 3, 16}, {1, 3, 5, 16}, {1, 3, 5, 16});
           },
           {"scaled_dot_product_attention", "[1, 8, 3, 16]", "[1, 3, 5, 16]"}},
    Misfit{"attention, key and value lengths",
           [](Tracer& t) {
               attend(t, {1, 8, 3, 16}, {1, 2, 5, 16}, {1, 2, 6, 16});
           },
           {"scaled_dot_product_attention", "[1, 2, 5, 16]", "[1, 2, 6, 16]"}},
    Misfit{"attention, batches",
           [](Tracer& t) {
               attend(t, {3, 8, 3, 16}, {2, 2, 5, 16}, {2, 2, 5, 16});
           },
           {"scaled_dot_product_attention", "[3, 8, 3, 16]", "[2, 2, 5, 16]"}},
    Misfit{"attention, rank",
           [](Tracer& t) {
               attend(t, {8, 3, 16}, {2, 5, 16}, {2, 5, 16});
           },
           {"scaled_dot_product_attention", "[8, 3, 16]", "[2, 5, 16]"}},
    Misfit{"embedding, table",
           [](Tracer& t) {
               embedding(shaped(t, {2, 7}), shaped(t, {100}));
           },
           {"embedding", "[100]"}},
    Misfit{"layer_norm, width",
           [](Tracer& t) {
               layer_norm(shaped(t, {2, 8}), shaped(t, {7}), shaped(t, {7}));
           },
           {"layer_norm", "[2, 8]", "[7]"}},
    Misfit{"layer_norm, bias",
           [](Tracer& t) {
               layer_norm(shaped(t, {2, 8}), shaped(t, {8}), shaped(t, {7}));
           },
           {"layer_norm", "[8]", "[7]"}},
    Misfit{"mean of a scalar", [](Tracer& t) { mean(shaped(t, {})); }, {"mean"}},
    Misfit{"interpolate",
           [](Tracer& t) {
               interpolate(shaped(t, {3, 8, 8}), 4, 4);
           },
           {"interpolate", "[3, 8, 8]"}},
    Misfit{"cat, other sizes",
           [](Tracer& t) {
               cat(shaped(t, {2, 3}), shaped(t, {3, 3}), 1);
           },
           {"cat", "[2, 3]", "[3, 3]"}},
    Misfit{"cat, ranks",
           [](Tracer& t) {
               cat(shaped(t, {2, 3}), shaped(t, {3}), 0);
           },
           {"cat", "[2, 3]", "[3]"}},
    Misfit{"cat, dimension",
           [](Tracer& t) {
               cat(shaped(t, {2, 3}), shaped(t, {2, 3}), 2);
           },
           {"cat", "[2, 3]"}},
    Misfit{"view",
           [](Tracer& t) {
               view(shaped(t, {2, 3}), {2, 4});
           },
           {"view", "[2, 3]", "[2, 4]"}},
    Misfit{"transpose",
           [](Tracer& t) {
               transpose(shaped(t, {2, 3}), 1, 2);
           },
           {"transpose", "[2, 3]"}},
};

} // namespace

class TestOps : public QObject {
    Q_OBJECT

    Tracer t{{DType::BF16, DType::BF16}};
    Tracer::Scope root = t.module("", "Net");

    /// "[2, 3] fp16": what an operator returned.
    static QString text(const Tensor& x)
    {
        return q(x.shape().text()) + QLatin1Char(' ') + q(info(x.dtype()).id);
    }
    Tensor x(const Shape& shape, DType dtype = DType::F16) { return t.input(shape, dtype); }

private Q_SLOTS:
    void misfitsNameModuleOperatorAndShapes_data()
    {
        QTest::addColumn<std::size_t>("index");
        for (std::size_t i = 0; i < misfits.size(); ++i)
            QTest::newRow(misfits[i].name) << i;
    }

    void misfitsNameModuleOperatorAndShapes()
    {
        QFETCH(std::size_t, index);
        Tracer own({DType::BF16, DType::BF16});
        {
            const auto model = own.module("", "Net");
            const auto block = own.module("block", "Block");
            misfits[index].call(own);
        }
        const auto trace = own.finish();
        QVERIFY2(!trace, "the operands were taken");
        QCOMPARE(trace.error().kind, ErrorKind::Shape);
        QCOMPARE(q(trace.error().where), q("block"));
        for (const char* part : misfits[index].named)
            QVERIFY2(trace.error().detail.find(part) != std::string::npos, trace.error().text().c_str());
    }

    void linearReplacesTheLastSize()
    {
        QCOMPARE(text(linear(x({2, 5, 8}), x({4, 8}))), q("[2, 5, 4] fp16"));
        QCOMPARE(text(linear(x({8}), x({4, 8}), x({4}))), q("[4] fp16"));
        QCOMPARE(text(linear(x({2, 8}), x({4, 8}, DType::NF4))), q("[2, 4] fp16"));
    }

    void convolutionsShrinkByKernelStrideAndPadding()
    {
        QCOMPARE(text(conv2d(x({2, 3, 28, 42}), x({16, 3, 14, 14}), x({16}), {.stride = 14})),
                 q("[2, 16, 2, 3] fp16"));
        // (7 + 2 - 3) / 2 + 1 and (10 + 2 - 3) / 2 + 1
        QCOMPARE(
            text(conv2d(x({1, 4, 7, 10}), x({6, 2, 3, 3}), {}, {.stride = 2, .padding = 1, .groups = 2})),
            q("[1, 6, 4, 5] fp16"));
        QCOMPARE(text(conv2d(x({1, 3, 3, 3}), x({6, 3, 3, 3}), {}, {})), q("[1, 6, 1, 1] fp16"));
    }

    void matrixProductsBroadcastTheirBatches()
    {
        QCOMPARE(text(matmul(x({4, 5}), x({5, 6}))), q("[4, 6] fp16"));
        QCOMPARE(text(matmul(x({2, 3, 4, 5}), x({5, 6}))), q("[2, 3, 4, 6] fp16"));
        QCOMPARE(text(matmul(x({2, 1, 4, 5}), x({3, 5, 6}))), q("[2, 3, 4, 6] fp16"));
        QCOMPARE(text(matmul(x({4, 5}), x({5, 6}, DType::F32))), q("[4, 6] fp32"));
    }

    void attentionReturnsAValuePerQuery()
    {
        QCOMPARE(text(scaled_dot_product_attention(x({1, 8, 3, 16}), x({1, 2, 5, 16}), x({1, 2, 5, 12}), {})),
                 q("[1, 8, 3, 12] fp16"));
    }

    void embeddingsAppendTheirWidth()
    {
        QCOMPARE(text(embedding(x({2, 7}, DType::I64), x({100, 8}))), q("[2, 7, 8] fp16"));
        QCOMPARE(text(embedding(x({2}, DType::I64), x({100, 256}, DType::Q4_K))), q("[2, 256] bf16"));
    }

    void elementwiseOperatorsBroadcastFromTheRight()
    {
        QCOMPARE(text(add(x({2, 1, 5}), x({3, 1}))), q("[2, 3, 5] fp16"));
        QCOMPARE(text(mul(x({8}), x({1, 147, 8}))), q("[1, 147, 8] fp16"));
        QCOMPARE(text(div(x({4, 3}), t.number())), q("[4, 3] fp16"));
        QCOMPARE(text(sub(x({1}), x({}))), q("[1] fp16"));
        QCOMPARE(text(rsub(x({4, 3}))), q("[4, 3] fp16"));
    }

    void theWiderFloatWinsAndNumbersAdapt()
    {
        QCOMPARE(text(add(x({2}, DType::BF16), x({2}, DType::F32))), q("[2] fp32"));
        QCOMPARE(text(add(x({2}, DType::F32), x({2}, DType::BF16))), q("[2] fp32"));
        QCOMPARE(text(mul(x({2}, DType::BF16), x({2}, DType::I64))), q("[2] bf16"));
        QCOMPARE(text(mul(x({2}, DType::Bool), x({2}, DType::F16))), q("[2] fp16"));
        QCOMPARE(text(add(x({2}, DType::I64), t.number())), q("[2] int64"));
        QCOMPARE(text(add(t.number(), x({2}, DType::F32))), q("[2] fp32"));
    }

    void unaryOperatorsKeepTheShape()
    {
        constexpr std::array<Tensor (*)(Tensor, Spelling), 9> unary{neg,  pow,  rsqrt,     cos, sin,
                                                                    silu, gelu, gelu_tanh, relu};
        for (const auto apply : unary)
            QCOMPARE(text(apply(x({2, 3}), Spelling::Function)), q("[2, 3] fp16"));
        QCOMPARE(text(masked_fill(x({2, 3}))), q("[2, 3] fp16"));
        QCOMPARE(text(softmax(x({2, 3}), DType::F32)), q("[2, 3] fp32"));
        QCOMPARE(text(layer_norm(x({2, 3}), x({3}), x({3}))), q("[2, 3] fp16"));
    }

    void reductionsDropOrKeepTheLastDimension()
    {
        QCOMPARE(text(mean(x({2, 5, 8}))), q("[2, 5, 1] fp16"));
        QCOMPARE(text(argmax(x({2, 5, 8}))), q("[2, 5] int64"));
        QCOMPARE(text(interpolate(x({1, 8, 32, 32}), 16, 24)), q("[1, 8, 16, 24] fp16"));
    }

    void copiesAndViewsReshape()
    {
        QCOMPARE(text(copy(x({2, 6}), {3, 4})), q("[3, 4] fp16"));
        QCOMPARE(text(to(x({2, 6}), DType::F32)), q("[2, 6] fp32"));
        QCOMPARE(text(view(x({2, 6}), {3, 4})), q("[3, 4] fp16"));
        QCOMPARE(text(transpose(x({2, 6, 5}), 0, 2)), q("[5, 6, 2] fp16"));
        QCOMPARE(text(cat(x({2, 6}), x({3, 6}), 0)), q("[5, 6] fp16"));
    }

    void castingToTheSameTypeIsNoCall()
    {
        const Tensor same = x({2, 6});
        QCOMPARE(to(same, DType::F16).operand.storage, same.operand.storage);
        QVERIFY(to(same, DType::F32).operand.storage != same.operand.storage);
    }

    void growthReachesScoresAndEndsInTheMix()
    {
        const Tensor keys = cat(x({1, 2, {5, 1}, 4}), x({1, 2, 1, 4}), 2);
        QVERIFY(keys.size(2) == Extent(6, 1));
        const Tensor scores = matmul(x({1, 2, 1, 4}), transpose(keys, 2, 3));
        QVERIFY(scores.shape() == (Shape{1, 2, 1, {6, 1}}));
        const Tensor masked = add(scores, x({1, 1, 1, {6, 1}}));
        QVERIFY(masked.shape() == scores.shape());
        const Tensor weights = softmax(masked, DType::F32);
        QVERIFY(matmul(weights, keys).shape() == (Shape{1, 2, 1, 4}));
        QVERIFY(scaled_dot_product_attention(x({1, 2, 1, 4}), keys, keys, {}).shape() == (Shape{1, 2, 1, 4}));
    }

    void aGrowingSizeOfOneIsNoBroadcastOne()
    {
        // At the first step the keys are one token long, later more.
        QVERIFY(add(x({2, {1, 1}}), x({2, {1, 1}})).size(1) == Extent(1, 1));
        QVERIFY(add(x({2, 1}), x({2, {1, 1}})).size(1) == Extent(1, 1));
        QVERIFY(add(x({2, {1, 1}}), x({2, 1})).size(1) == Extent(1, 1));
    }
};

QTEST_APPLESS_MAIN(TestOps)
#include "tst_ops.moc"
