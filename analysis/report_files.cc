#include "analysis/report_files.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "analysis/figures/drawable.h"
#include "analysis/figures/gnuplot.h"
#include "lib/files/output_file.h"
#include "lib/program/derived_files.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"

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
    ASSIGN_OR_RETURN(const std::string text, write(labelled));
    texts.push_back(text);
  }
  return absl::StrJoin(texts, between);
}

}  // namespace

FigureSet MadeFrom(const std::vector<std::string>& records, FigureSet figures) {
  for (NamedFigure& named : figures) named.records = records;
  return figures;
}

ExperimentReport MadeFrom(const std::vector<std::string>& records,
                          ExperimentReport report) {
  report.records = records;
  report.figures = MadeFrom(records, std::move(report.figures));
  return report;
}

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
  ASSIGN_OR_RETURN(const auto latex, ToLatex(labelled.table, labelled.label));
  return absl::StrReplaceAll(latex, {{"±", "$\\pm$"}});
}

absl::StatusOr<std::string> LatexTables(
    const std::vector<LabelledTable>& tables) {
  constexpr size_t kTogether = 10;
  std::string text;
  for (size_t i = 0; i < tables.size(); ++i) {
    ASSIGN_OR_RETURN(const auto table, LatexOf(tables[i]));
    if (i > 0) text += i % kTogether == 0 ? "\n\\clearpage\n\n" : "\n";
    text += table;
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
    const FigureSet& figures, const std::string& input_dir,
    const std::string& output_dir) {
  RETURN_IF_ERROR(EnsureFolder(output_dir));
  std::map<std::vector<std::string>, std::vector<std::string>> by_records;
  std::vector<std::string> files;
  for (const NamedFigure& named : figures) {
    const size_t before = files.size();
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
      RETURN_IF_ERROR(AddFile(path + ending, contents, files));
    }
    std::vector<std::string>& alike = by_records[named.records];
    alike.insert(alike.end(), files.begin() + before, files.end());
  }
  for (const auto& [records, drawn] : by_records) {
    RETURN_IF_ERROR(NoteDerivedFiles(drawn, input_dir, records, output_dir));
  }
  return files;
}

absl::StatusOr<std::vector<std::string>> WriteTableFiles(
    const ExperimentReport& report, const std::string& input_dir,
    const std::string& output_dir) {
  RETURN_IF_ERROR(EnsureFolder(output_dir));
  const auto to_markdown = [](const LabelledTable& labelled) {
    return ToMarkdown(labelled.table);
  };
  std::vector<std::string> files;
  for (const auto& [ending, contents] :
       {std::pair(".md", Join(report.tables, "\n", to_markdown)),
        std::pair(".tex", LatexTables(report.tables)),
        std::pair(".txt", TablesText(report.tables))}) {
    if (!contents.ok()) return contents.status();
    RETURN_IF_ERROR(AddFile(absl::StrCat(output_dir, "/", report.name, ending),
                            *contents, files));
  }
  RETURN_IF_ERROR(
      NoteDerivedFiles(files, input_dir, report.records, output_dir));
  return files;
}

absl::StatusOr<std::vector<std::string>> WriteReportFiles(
    const ExperimentReport& report, const std::string& input_dir,
    const std::string& output_dir) {
  ASSIGN_OR_RETURN(auto files, WriteTableFiles(report, input_dir, output_dir));
  ASSIGN_OR_RETURN(const auto figures,
                   WriteFigureFiles(report.figures, input_dir, output_dir));
  files.insert(files.end(), figures.begin(), figures.end());
  return files;
}

}  // namespace local_sgd
