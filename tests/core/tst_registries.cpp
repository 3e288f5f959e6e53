// SPDX-License-Identifier: GPL-3.0-or-later
// Entries of registries: who adds one writes its own file and a word.
#include "core/conventions/convention.h"
#include "core/exporters/exporter.h"
#include "core/families/family.h"
#include "core/formats/format.h"
#include "core/model/input_definitions.h"
#include "tests/support/text.h"

#include <QDirIterator>
#include <QtTest>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

using namespace sunflop;
using namespace sunflop::test;

namespace {

/// Words that are ids of entries and also words of other vocabularies: keys of our JSON, of configs and of
/// file formats, commands, and names that transformers and llama.cpp gave to what an entry is called after.
constexpr std::array<std::pair<const char*, const char*>, 19> otherWords{{
    {"app/commands/report.cpp", "report"}, // the command
    {"ui/views/report.cpp", "report"},     // the view
    {"ui/export/svg_engine.cpp", "text"},  // an element of SVG
    {"ui/text.cpp", "text"},               // a context of translations
    {"app/worker/recorder.cpp", "text"},   // a key of the protocol
    {"core/worker/recording_json.cpp", "text"},
    {"core/exporters/json.cpp", "weights"}, // keys
    {"core/exporters/text.cpp", "weights"},
    {"core/quantisation/quantisation_schemes.cpp", "weights"},
    {"core/quantisation/quantisation_readers.cpp", "weights"},
    {"core/formats/torchsave/pickled_model.cpp", "weights"},
    {"core/operators/candidates.cpp", "weights"}, // factors of a formula
    {"core/model/input_definitions.cpp", "weights"},
    {"ui/widgets/details_text.cpp", "weights"},
    {"core/formats/hfconfig/params_json.cpp", "llama"}, // "model_type", as transformers has it
    {"core/formats/hfconfig/params_json.cpp", "mistral"},
    {"core/formats/gguf/config.cpp", "*"}, // "general.architecture", as llama.cpp has it
    {"core/families/ovis2.cpp", "aimv2"},  // "model_type" of its tower
    {"ui/widgets/empty_page.cpp", "internvl"},
}};

bool isOtherWord(const QString& file, const QString& id)
{
    return std::ranges::any_of(otherWords, [&](const auto& word) {
        return file == q(word.first) && (id == q(word.second) || q(word.second) == q("*"));
    });
}

/// A source of the program, with the project's folder for a root.
struct SourceFile {
    QString name;
    QString text; ///< without comments
};

QString withoutComments(const QByteArray& text)
{
    QStringList lines = QString::fromUtf8(text).split(u'\n');
    for (QString& line : lines)
        if (const qsizetype at = (u' ' + line).indexOf(q(" //")); at >= 0)
            line.truncate(at);
    return lines.join(u'\n');
}

QList<SourceFile> sources()
{
    const QDir root(q(TEST_DATA "/.."));
    QList<SourceFile> found;
    for (const char* layer : {"core", "ui", "app"}) {
        QDirIterator it(root.filePath(q(layer)), {q("*.cpp"), q("*.h")}, QDir::Files,
                        QDirIterator::Subdirectories);
        while (it.hasNext()) {
            QFile file(it.next());
            if (file.open(QIODevice::ReadOnly))
                found.push_back({root.relativeFilePath(file.fileName()), withoutComments(file.readAll())});
        }
    }
    return found;
}

} // namespace

class TestRegistries : public QObject {
    Q_OBJECT

    template<typename Entry>
    static void addEntries(const char* folder, std::span<const Entry> entries)
    {
        for (const Entry& entry : entries)
            QTest::addRow("%s %s", folder, std::string(entry.id).c_str())
                << q(folder) << q(std::string(entry.id).c_str());
    }

private Q_SLOTS:
    void everyInputIsInTheManual()
    {
        QFile file(q(TEST_DATA "/../README.md"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString text = QString::fromUtf8(file.readAll());
        for (const InputDefinition& row : inputDefinitions())
            QVERIFY2(text.contains(q("`%1`").arg(q(row.id))), std::string(row.id).c_str());
    }

    void noTwoInputsShareAnIdOrAMember()
    {
        std::set<std::string_view> ids;
        std::set<const void*> members;
        for (const InputDefinition& row : inputDefinitions()) {
            QVERIFY2(ids.insert(row.id).second, std::string(row.id).c_str());
            QVERIFY2(members.insert(row.member).second, std::string(row.id).c_str());
            QVERIFY(row.text != nullptr && row.set != nullptr);
        }
    }

    /// What asks for an entry by name has to be found and changed whenever one is added.
    void noIdStandsOutsideItsFile_data()
    {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QString>("id");
        addEntries("core/conventions", conventions());
        addEntries("core/exporters", exporters());
        addEntries("core/families", families());
        addEntries("core/formats", formats());
    }
    void noIdStandsOutsideItsFile()
    {
        QFETCH(QString, folder);
        QFETCH(QString, id);
        static const QList<SourceFile> all = sources();
        QVERIFY(all.size() > 500);
        const QString quoted = q("\"%1\"").arg(id);
        const auto own = std::ranges::find_if(all, [&](const SourceFile& file) {
            return file.name == folder + u'/' + id + q(".cpp") ||
                   (QFileInfo(file.name).path() == folder && file.text.contains(q(".id = ") + quoted));
        });
        QVERIFY2(own != all.end(), "no file of the folder has this id");
        const QString parts = own->name.chopped(4) + u'/';
        for (const SourceFile& file : all) {
            // A convention and an exporter may have one name.
            if (file.name == own->name || file.name.startsWith(parts) ||
                file.text.contains(q(".id = ") + quoted))
                continue;
            QVERIFY2(!file.text.contains(quoted) || isOtherWord(file.name, id), qPrintable(file.name));
        }
    }
};

QTEST_APPLESS_MAIN(TestRegistries)
#include "tst_registries.moc"
