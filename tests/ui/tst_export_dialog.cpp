// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/exporters/exporter.h"
#include "tests/support/test_window.h"
#include "ui/compare/compare_page.h"
#include "ui/compare/comparison_view.h"
#include "ui/export/export_dialog.h"
#include "ui/export/export_form.h"
#include "ui/export/export_preview.h"
#include "ui/sunburst/sunburst_widget.h"
#include "ui/widgets/banner.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>

using namespace sunflop;
using namespace sunflop::test;

namespace {

QByteArray contents(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestExportDialog : public QObject {
    Q_OBJECT

    PreferencesSandbox m_sandbox;
    QTemporaryDir m_folder;
    std::unique_ptr<Session> m_session;
    Preferences m_preferences;
    std::unique_ptr<ExportDialog> m_dialog;

    void start(const QString& view = QStringLiteral("sunburst"))
    {
        const auto grab = [] {
            QImage image(30, 20, QImage::Format_RGB32);
            image.fill(Qt::green);
            return image;
        };
        m_dialog = std::make_unique<ExportDialog>(*m_session, m_preferences, view, grab);
        m_dialog->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_dialog.get()));
    }

    template<typename T>
    T& part(const char* name)
    {
        for (T* widget : m_dialog->findChildren<T*>()) {
            const QString words = widget->property("text").toString().remove(QLatin1Char('&'));
            if (widget->accessibleName() == QLatin1String(name) || words == QLatin1String(name))
                return *widget;
        }
        qFatal("no such part: %s", name);
    }
    void choose(const char* box, const char* entry)
    {
        auto& combo = part<QComboBox>(box);
        const int index = combo.findText(QString::fromUtf8(entry));
        QVERIFY2(index >= 0, entry);
        combo.setCurrentIndex(index);
        Q_EMIT combo.activated(index);
        m_dialog->settle();
    }
    /// Keeps a picture beside the build, to look at.
    static void keep(const QImage& image)
    {
        image.save(QCoreApplication::applicationDirPath() + QStringLiteral("/export_dialog.png"));
    }
    bool hasMessage() { return m_dialog->findChild<Banner*>()->isVisible(); }
    QString at(const char* name) { return m_folder.filePath(QString::fromLatin1(name)); }

private Q_SLOTS:
    void init()
    {
        failOnWarnings();
        QDir(m_folder.path()).removeRecursively();
        QVERIFY(QDir().mkpath(m_folder.path()));
        m_session = std::make_unique<Session>();
        QVERIFY(m_session->show(*openModel(QStringLiteral("internvl2-1b"))));
        start();
        part<QLineEdit>("Folder").setText(m_folder.path());
    }
    void cleanup()
    {
        m_dialog.reset();
        m_preferences.setState(QStringLiteral("export"), {});
    }

    void namesFilesByModelMeasureAndView()
    {
        QCOMPARE(m_dialog->paths(), QStringList{at("internvl2-1b_flops_sunburst.pdf")});
        choose("Format", "SVG");
        QCOMPARE(m_dialog->paths(), QStringList{at("internvl2-1b_flops_sunburst.svg")});
        part<QLineEdit>("Name").setText(QStringLiteral("fig/{view}"));
        QCOMPARE(m_dialog->paths(), QStringList{at("fig-sunburst.svg")});
        choose("What", "Whole window");
        QCOMPARE(m_dialog->paths(), QStringList{at("fig-window.png")});
    }

    void savesWhatItShows()
    {
        QTest::keyClick(m_dialog.get(), Qt::Key_Return);
        QVERIFY(!m_dialog->isVisible());
        QVERIFY(contents(at("internvl2-1b_flops_sunburst.pdf")).startsWith("%PDF"));
    }

    void savesDataAsTheExportersWriteIt()
    {
        const auto exporter = std::ranges::find(exporters(), "csv", &Exporter::id);
        const QString title = QStringLiteral("Data: ") + QLatin1String(std::string(exporter->title).c_str());
        choose("What", title.toUtf8().constData());
        QVERIFY(!part<QComboBox>("For").isVisible());
        m_dialog->save();
        QCOMPARE(contents(m_dialog->paths().front()).toStdString(),
                 exportedText(*exporter, m_session->run()));
    }

    void overwritesOnlyWhenToldTwice()
    {
        const QString path = m_dialog->paths().front();
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("mine") == 4);
        file.close();
        m_dialog->save();
        QVERIFY(hasMessage() && m_dialog->isVisible());
        QCOMPARE(contents(path), QByteArray("mine"));
        // Another choice is another question.
        choose("Format", "SVG");
        QVERIFY(!hasMessage());
        choose("Format", "PDF");
        m_dialog->save();
        QCOMPARE(contents(path), QByteArray("mine"));
        QTest::mouseClick(&part<QPushButton>("Overwrite"), Qt::LeftButton);
        QVERIFY(contents(path).startsWith("%PDF"));
    }

    void saysWhatCannotBeWritten()
    {
        QFile file(at("blocked"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        part<QLineEdit>("Folder").setText(at("blocked"));
        m_dialog->save();
        QVERIFY(hasMessage() && m_dialog->isVisible());
    }

    void savesEverythingIntoAFolder()
    {
        choose("What", "Everything, as a folder");
        QVERIFY(!part<QPushButton>("Copy").isEnabled());
        m_dialog->save();
        QVERIFY(!hasMessage());
        const QDir folder(at("internvl2-1b_flops_everything"));
        QCOMPARE(std::size_t(folder.entryList(QDir::Files).size()), m_dialog->form().subjects().size() - 1);
        QVERIFY(folder.exists(QStringLiteral("internvl2-1b_flops_table.pdf")));
        QVERIFY(folder.exists(QStringLiteral("internvl2-1b_flops_window.png")));
    }

    void previewHasTheSizeOfTheFigure()
    {
        const double dots = m_dialog->preview().dotsPerInch();
        // 88.9 mm are three and a half inches.
        QCOMPARE(m_dialog->preview().image().width(), int(std::lround(3.5 * dots)));
        choose("For", "Slide, 16:9");
        QCOMPARE(m_dialog->preview().image().width(), int(std::lround(1920 / 144.0 * dots)));
        QCOMPARE(m_dialog->preview().image().height(), int(std::lround(1080 / 144.0 * dots)));
    }

    void previewFollowsChoicesAndFigures()
    {
        m_dialog->settle();
        QImage before = m_dialog->preview().image();
        const auto changes = [&] {
            m_dialog->settle();
            const bool isOther = m_dialog->preview().image() != before;
            before = m_dialog->preview().image();
            return isOther;
        };
        choose("Palette", "Greyscale");
        QVERIFY(changes());
        QVERIFY(part<QCheckBox>("Hatches").isChecked());
        part<QCheckBox>("Straight labels").click();
        QVERIFY(changes());
        part<QCheckBox>("Legend").click();
        QVERIFY(changes());
        part<QDoubleSpinBox>("Text").setValue(10);
        QVERIFY(changes());
        m_session->setInput(QStringLiteral("text_tokens"), QStringLiteral("4000"));
        m_session->settle();
        QVERIFY(changes());
        QVERIFY(!changes());
    }

    void whatMeansNothingIsHidden()
    {
        QVERIFY(!part<QDoubleSpinBox>("Resolution").isVisible());
        choose("Format", "PNG");
        QVERIFY(part<QDoubleSpinBox>("Resolution").isVisible());
        QVERIFY(!part<QCheckBox>("Dark").isVisible());
        choose("For", "Slide, 16:9");
        QVERIFY(part<QCheckBox>("Dark").isVisible());
        choose("What", "Sweep");
        QVERIFY(!part<QCheckBox>("Straight labels").isVisible());
    }

    void remembersItsChoices()
    {
        choose("For", "Slide, 16:9");
        choose("Format", "SVG");
        choose("Palette", "viridis");
        part<QLineEdit>("Name").setText(QStringLiteral("{view}"));
        const QByteArray before = toJson(m_dialog->settings());
        m_dialog->reject();
        start();
        QCOMPARE(toJson(m_dialog->settings()), before);
    }

    void beginsWithTheViewThatHadTheKeyboard()
    {
        start(QStringLiteral("table"));
        QCOMPARE(m_dialog->form().subject().id, QStringLiteral("table"));
    }

    void copiesPicturesAsPngAndSvg()
    {
        m_dialog->copy();
        const QMimeData* data = QGuiApplication::clipboard()->mimeData();
        QVERIFY(data->hasImage());
        QVERIFY(data->data(QStringLiteral("image/svg+xml")).contains("<svg"));
        QVERIFY(!data->hasText());
    }

    void copiesTablesAsTextToo()
    {
        choose("What", "Modules");
        m_dialog->copy();
        const QMimeData* data = QGuiApplication::clipboard()->mimeData();
        QVERIFY(data->hasImage() && data->hasHtml());
        const QStringList lines = data->text().split(QLatin1Char('\n'), Qt::SkipEmptyParts);
        QVERIFY(lines.size() > 2);
        const auto columns = lines.front().count(QLatin1Char('\t'));
        QVERIFY(columns >= 4);
        for (const QString& line : lines)
            QCOMPARE(line.count(QLatin1Char('\t')), columns);
        QCOMPARE(data->html().count(QStringLiteral("<tr>")), lines.size());
        QVERIFY(data->data(QStringLiteral("text/markdown")).startsWith("| "));
    }

    void everythingCanBeReachedByKeyboard()
    {
        QSet<QWidget*> reached;
        m_dialog->activateWindow();
        for (int i = 0; i < 60; ++i) {
            QTest::keyClick(m_dialog.get(), Qt::Key_Tab);
            reached.insert(m_dialog->focusWidget());
        }
        for (QWidget* widget : m_dialog->findChildren<QWidget*>()) {
            const bool isControl = qobject_cast<QComboBox*>(widget) || qobject_cast<QCheckBox*>(widget) ||
                                   qobject_cast<QPushButton*>(widget) ||
                                   qobject_cast<QDoubleSpinBox*>(widget);
            if (!isControl || !widget->isVisible() || !widget->isEnabled())
                continue;
            QVERIFY2(reached.contains(widget), widget->metaObject()->className());
            QVERIFY(!widget->accessibleName().isEmpty() || !widget->property("text").toString().isEmpty());
        }
    }

    void fitsASmallScreen()
    {
        QVERIFY(m_dialog->minimumSizeHint().width() <= 800);
        QVERIFY(m_dialog->minimumSizeHint().height() <= 560);
        m_dialog->resize(m_dialog->minimumSizeHint());
        QVERIFY(part<QPushButton>("Save").isVisible());
    }

    void twoModelsHaveSubjectsOfTheirOwn()
    {
        m_dialog.reset();
        TestWindow at;
        at.open(QStringLiteral("qwen2.5-0.5b"));
        at.window().comparison().compareWith(QStringLiteral("qwen2.5-1.5b"));
        QTRY_VERIFY(at.window().comparison().isAligned());
        at.window().comparison().settle();
        QStringList subjects;
        QStringList paths;
        QImage figure;
        QString csv;
        QTimer watch;
        connect(&watch, &QTimer::timeout, this, [&] {
            auto* const dialog = at.window().findChild<ExportDialog*>();
            if (dialog == nullptr)
                return;
            for (const ExportSubject& subject : dialog->form().subjects()) {
                subjects << subject.id;
                if (subject.id == QLatin1String("csv"))
                    csv = QString::fromStdString(subject.data());
            }
            paths = dialog->paths();
            figure = dialog->preview().image();
            dialog->reject();
        });
        watch.start(20);
        at.key("Ctrl+E");
        watch.stop();
        QCOMPARE(subjects, QStringLiteral("compare sweep window markdown latex csv json everything")
                               .split(QLatin1Char(' ')));
        QVERIFY(paths.value(0).endsWith(QLatin1String("qwen2.5-0.5b_qwen2.5-1.5b_flops_compare.pdf")));
        QVERIFY(!figure.isNull());
        QVERIFY(csv.contains(QLatin1String("model.layers.0-23")));
        at.window().activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&at.window()));
        QGuiApplication::clipboard()->clear();
        at.key("Ctrl+Shift+C");
        const QMimeData* copied = QGuiApplication::clipboard()->mimeData();
        QVERIFY(copied->hasImage() && copied->hasHtml());
        QVERIFY(copied->data(QStringLiteral("image/svg+xml")).contains("qwen2.5-1.5b"));
        // The clipboard has the rows of the page: head, six totals and every open row.
        const qsizetype lines = copied->text().split(QLatin1Char('\n'), Qt::SkipEmptyParts).size();
        const auto rows = at.window().comparePage()->tree().shownRows().size();
        QCOMPARE(std::size_t(lines), 1 + 6 + rows);
        at.window().showView("sweep");
        QCOMPARE(at.window().comparePage()->focusedFigure(), QStringLiteral("sweep"));
        at.key("Ctrl+Shift+C");
        QVERIFY(!QGuiApplication::clipboard()->mimeData()->hasHtml());
    }

    void theWindowOpensItAndCopiesTheViewInFocus()
    {
        m_dialog.reset();
        TestWindow at;
        at.open(QStringLiteral("qwen2.5-0.5b"));
        bool wasThere = false;
        QTimer watch;
        connect(&watch, &QTimer::timeout, this, [&] {
            if (auto* dialog = at.window().findChild<ExportDialog*>()) {
                wasThere = true;
                keep(dialog->grab().toImage());
                dialog->reject();
            }
        });
        watch.start(20);
        at.key("Ctrl+E");
        QVERIFY(wasThere);
        watch.stop();
        at.window().activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&at.window()));
        QGuiApplication::clipboard()->clear();
        at.window().showView("table");
        at.key("Ctrl+Shift+C");
        QVERIFY(QGuiApplication::clipboard()->mimeData() != nullptr);
        QVERIFY(QGuiApplication::clipboard()->mimeData()->hasHtml());
        at.sunburst().setFocus();
        QTRY_COMPARE(QApplication::focusWidget(), &at.sunburst());
        at.key("Ctrl+Shift+C");
        QVERIFY(QGuiApplication::clipboard()->mimeData()->hasImage());
        QVERIFY(!QGuiApplication::clipboard()->mimeData()->hasHtml());
    }
};

QTEST_MAIN(TestExportDialog)
#include "tst_export_dialog.moc"
