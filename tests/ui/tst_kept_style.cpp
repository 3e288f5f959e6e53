// SPDX-License-Identifier: GPL-3.0-or-later
// The style of figures in a session: what the Export dialog saves, the command line paints again.

#include "tests/support/program.h"
#include "tests/support/small_models.h"
#include "tests/support/test_window.h"
#include "tests/support/text.h"
#include "ui/export/export_dialog.h"
#include "ui/export/export_form.h"
#include "ui/export/kept_style.h"
#include "ui/session/keeper.h"

#include <QLineEdit>
#include <QRegularExpression>
#include <QTemporaryDir>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// A file without what tells when it was made: the dates of a PDF, and what it derives from them.
QByteArray contents(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return "no such file";
    QString text = QString::fromLatin1(file.readAll());
    static const QRegularExpression dates(
        q("/(CreationDate|ModDate) \\([^)]*\\)|<xmp:\\w+Date>[^<]*|/ID \\[[^\\]]*\\]|uuid:[0-9a-f-]+"));
    return path.endsWith(q(".pdf")) ? text.remove(dates).toLatin1() : text.toLatin1();
}

} // namespace

class TestKeptStyle : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QString path(const QString& name) const { return m_folder.filePath(name); }
    QString study() const { return path(q("study.sunflop.json")); }
    static QImage noWindow() { return {}; }

private Q_SLOTS:
    void init()
    {
        failOnWarnings();
        QFile file(path(q("tiny.json")));
        const QByteArray text = QByteArray::fromStdString(smallDecoder("llama").dump());
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
        QFile::remove(study());
    }

    void whatTheDialogSavesIsPaintedAgain_data()
    {
        QTest::addColumn<QString>("view");
        QTest::addColumn<FileFormat>("format");
        for (const char* view : {"sunburst", "table"})
            for (const FileFormat format : {FileFormat::Png, FileFormat::Svg, FileFormat::Pdf})
                QTest::addRow("%s.%s", view, qPrintable(extensionOf(format))) << q(view) << format;
    }

    void whatTheDialogSavesIsPaintedAgain()
    {
        QFETCH(QString, view);
        QFETCH(FileFormat, format);
        const PreferencesSandbox sandbox;
        Preferences preferences;
        TestWindow at;
        at.open(path(q("tiny.json")));
        at.session().setInput(q("text_tokens"), q("64"));
        at.session().lens().setRings(3);
        at.settle();
        ExportDialog dialog(at.session(), preferences, view, noWindow);
        keepFigureStyle(dialog, at.window().keeper(), view);
        ExportSettings settings;
        settings.subject = view;
        settings.format = format;
        settings.style.preset = &*std::ranges::find(figurePresets(), "paper-double", &FigurePreset::id);
        settings.style.palette = &*std::ranges::find(palettes(), "okabe-ito", &Palette::id);
        settings.style.fontPoints = 7;
        settings.style.dotsPerInch = 144;
        settings.style.hasCaption = true;
        settings.style.hasStraightLabels = true;
        dialog.form().setSettings(settings);
        for (QLineEdit* edit : dialog.findChildren<QLineEdit*>())
            if (edit->accessibleName() == q("Folder"))
                edit->setText(m_folder.path());
            else if (edit->accessibleName() == q("Name"))
                edit->setText(q("dialog"));
        const QString extension = q(".") + extensionOf(format);
        QFile::remove(path(q("dialog") + extension));
        dialog.save();
        QVERIFY(at.window().keeper().save(study()));
        const Outcome outcome = runProgram(
            q(SUNFLOP_PROGRAM), {q("figure"), study(), q("--view"), view, q("-o"), q("again") + extension},
            {.folder = m_folder.path()});
        QVERIFY2(outcome.status == 0 && outcome.error.isEmpty(), qPrintable(outcome.text()));
        const QByteArray saved = contents(path(q("dialog") + extension));
        QVERIFY(saved.size() > 1000);
        QVERIFY(saved == contents(path(q("again") + extension)));
    }

    void theDialogBeginsWithTheSessionsStyle()
    {
        const PreferencesSandbox sandbox;
        Preferences preferences;
        TestWindow at;
        at.open(path(q("tiny.json")));
        at.window().keeper().setFigureStyle(Config({{"preset", "slide"}, {"format", "svg"}, {"dark", true}}));
        ExportDialog dialog(at.session(), preferences, q("table"), noWindow);
        keepFigureStyle(dialog, at.window().keeper(), q("table"));
        const ExportSettings settings = dialog.settings();
        QCOMPARE(settings.style.preset->id, std::string_view("slide"));
        QVERIFY(settings.format == FileFormat::Svg);
        QVERIFY(settings.style.isDark);
        QCOMPARE(settings.subject, q("table"));
    }

    void onlyWhatIsSavedIsKept()
    {
        const PreferencesSandbox sandbox;
        Preferences preferences;
        TestWindow at;
        at.open(path(q("tiny.json")));
        ExportDialog dialog(at.session(), preferences, q("table"), noWindow);
        keepFigureStyle(dialog, at.window().keeper(), q("table"));
        dialog.reject();
        QVERIFY(at.window().keeper().figureStyle().json().empty());
        dialog.accept();
        QVERIFY(at.window().keeper().figureStyle().json().contains("preset"));
        QVERIFY2(!at.window().keeper().figureStyle().json().contains("folder"), "the folder is the user's");
    }
};

QTEST_MAIN(TestKeptStyle)
#include "tst_kept_style.moc"
