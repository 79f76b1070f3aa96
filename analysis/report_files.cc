#include "analysis/report_files.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "analysis/drawable.h"
#include "analysis/gnuplot.h"
#include "lib/results/output_file.h"
#include "lib/results/table.h"

namespace local_sgd {
namespace {

absl::Status AddFile(const std::string& path, const std::string& contents,
                     std::vector<std::string>& files) {
  absl::Status status = WriteFileAtomically(path, contents);
  if (status.ok()) files.push_back(path);
  return status;
}

// All tables in the format that `write` makes of one.
template <class Write>
absl::StatusOr<std::string> Join(const std::vector<LabelledTable>& tables,
                                 const char* between, const Write& write) {
  std::vector<std::string> texts;
  for (const LabelledTable& labelled : tables) {
    const absl::StatusOr<std::string> text = write(labelled);
    if (!text.ok()) return text.status();
    texts.push_back(*text);
  }
  return absl::StrJoin(texts, between);
}

}  // namespace

std::vector<LabelledTable> Labelled(const std::string& name,
                                    const std::vector<Table>& tables) {
  std::vector<LabelledTable> labelled;
  for (const Table& table : tables) {
    labelled.push_back({absl::StrCat(name, labelled.size() + 1), table});
  }
  return labelled;
}

absl::StatusOr<std::string> TablesText(
    const std::vector<LabelledTable>& tables) {
  return Join(tables, "\n\n", [](const LabelledTable& labelled) {
    return ToText(labelled.table);
  });
}

absl::StatusOr<std::string> LatexOf(const LabelledTable& labelled) {
  const auto latex = ToLatex(labelled.table, labelled.label);
  if (!latex.ok()) return latex.status();
  return absl::StrReplaceAll(*latex, {{"±", "$\\pm$"}});
}

absl::StatusOr<std::string> LatexTables(
    const std::vector<LabelledTable>& tables) {
  constexpr size_t kTogether = 10;
  std::string text;
  for (size_t i = 0; i < tables.size(); ++i) {
    const auto table = LatexOf(tables[i]);
    if (!table.ok()) return table.status();
    if (i > 0) text += i % kTogether == 0 ? "\n\\clearpage\n\n" : "\n";
    text += *table;
  }
  return text;
}

absl::StatusOr<FigureSet> SelectFigures(const FigureSet& figures,
                                        const std::string& beginning) {
  FigureSet selected;
  for (const NamedFigure& named : figures) {
    if (absl::StartsWith(named.name, beginning)) selected.push_back(named);
  }
  if (!selected.empty()) return selected;
  std::vector<std::string> names;
  for (const NamedFigure& named : figures) names.push_back(named.name);
  return absl::InvalidArgumentError(
      absl::StrCat("--only=", beginning, ": expected the beginning of one of ",
                   absl::StrJoin(names, ", ")));
}

absl::StatusOr<std::vector<std::string>> WriteFigureFiles(
    const FigureSet& figures, const std::string& output_dir) {
  if (absl::Status status = EnsureFolder(output_dir); !status.ok()) {
    return status;
  }
  std::vector<std::string> files;
  for (const NamedFigure& named : figures) {
    const std::string path = absl::StrCat(output_dir, "/", named.name);
    const DrawableFigure drawable = LeaveOutUndrawable(named.figure);
    const auto drawing = Draw(drawable.figure);
    if (!drawing.ok()) {
      return absl::Status(drawing.status().code(),
                          absl::StrCat(path, ": ", drawing.status().message()));
    }
    std::vector<std::string> caption = named.caption;
    if (drawable.points_left_out > 0) {
      caption.push_back(LeftOutText(drawable.points_left_out));
    }
    for (const auto& [ending, contents] :
         {std::pair(".svg", drawing->svg), std::pair(".pdf", drawing->pdf),
          std::pair("_column.pdf", drawing->column_pdf),
          std::pair("_caption.txt", absl::StrJoin(caption, "\n\n") + "\n")}) {
      absl::Status status = AddFile(path + ending, contents, files);
      if (!status.ok()) return status;
    }
  }
  return files;
}

absl::StatusOr<std::vector<std::string>> WriteTableFiles(
    const ExperimentReport& report, const std::string& output_dir) {
  if (absl::Status status = EnsureFolder(output_dir); !status.ok()) {
    return status;
  }
  const auto to_markdown = [](const LabelledTable& labelled) {
    return ToMarkdown(labelled.table);
  };
  std::vector<std::string> files;
  for (const auto& [ending, contents] :
       {std::pair(".md", Join(report.tables, "\n", to_markdown)),
        std::pair(".tex", LatexTables(report.tables)),
        std::pair(".txt", TablesText(report.tables))}) {
    if (!contents.ok()) return contents.status();
    absl::Status status = AddFile(
        absl::StrCat(output_dir, "/", report.name, ending), *contents, files);
    if (!status.ok()) return status;
  }
  return files;
}

absl::StatusOr<std::vector<std::string>> WriteReportFiles(
    const ExperimentReport& report, const std::string& output_dir) {
  auto files = WriteTableFiles(report, output_dir);
  if (!files.ok()) return files.status();
  const auto figures = WriteFigureFiles(report.figures, output_dir);
  if (!figures.ok()) return figures.status();
  files->insert(files->end(), figures->begin(), figures->end());
  return files;
}

}  // namespace local_sgd
