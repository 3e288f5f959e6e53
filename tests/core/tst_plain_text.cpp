// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/plain_text.h"

#include <QtTest>

#include <string>

using namespace sunflop;

class TestPlainText : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatNobodyObeysStays()
    {
        for (const std::string text : {"", "model.layers.0", "Modèle 模型 🌻",
                                       "a\xe2\x80\x8d"
                                       "b",
                                       "\xef\xbf\xbd"})
            QCOMPARE(plainText(text), text);
    }

    void whatTerminalsAndReadersObeyIsEscaped()
    {
        QCOMPARE(plainText("a\nb\tc\r"), "a\\nb\\tc\\u000d");
        QCOMPARE(plainText(std::string("\x1b[31m\0", 6)), "\\u001b[31m\\u0000");
        QCOMPARE(plainText("\x7f\xc2\x85\xc2\x9f"), "\\u007f\\u0085\\u009f");
        QCOMPARE(plainText("\xe2\x80\xa8\xe2\x80\xa9"),
                 "\\u2028\\u2029"); // separators of lines and paragraphs
        QCOMPARE(plainText("\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c"), "\\u202e\\u2066\\u200f\\u061c");
        QCOMPARE(plainText("\xef\xbb\xbfx"), "\\ufeffx"); // a byte order mark
    }

    void breaksOfLinesStay()
    {
        QCOMPARE(plainLines("a\x1b\n\nb\n"), "a\\u001b\n\nb\n");
        QCOMPARE(plainLines("a\nb"), "a\nb");
        QCOMPARE(plainLines(""), "");
    }

    void bytesThatAreNoCharacterAreReplaced()
    {
        const std::string replaced = "\xef\xbf\xbd";
        QCOMPARE(plainText("a\xff"
                           "b"),
                 "a" + replaced + "b");
        QCOMPARE(plainText("\xc3"), replaced);                               // cut short
        QCOMPARE(plainText("\xe6\xa8"), replaced + replaced);                // likewise
        QCOMPARE(plainText("\xc0\xaf"), replaced + replaced);                // "/", longer than it must be
        QCOMPARE(plainText("\xed\xa0\x80"), replaced + replaced + replaced); // half a pair of UTF-16
        QCOMPARE(plainText("\xf4\x90\x80\x80"), replaced + replaced + replaced + replaced); // beyond U+10FFFF
        QCOMPARE(plainText("\x80"), replaced); // goes on with nothing
    }

    void whatIsQuotedIsCutBetweenCharacters()
    {
        QCOMPARE(shortened("abcdef", 3), "abc...");
        QCOMPARE(shortened("abc", 3), "abc");
        QCOMPARE(shortened("模型模型", 3), "模型模...");
        QCOMPARE(shortened("模型模", 3), "模型模");
        QCOMPARE(shortened("\n\n\n", 2), "\\n\\n...");
        QCOMPARE(shortened(std::string(100'000, 'x')), std::string(60, 'x') + "...");
    }
};

QTEST_APPLESS_MAIN(TestPlainText)
#include "tst_plain_text.moc"
