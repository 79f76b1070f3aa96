#include "analysis/report_files.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
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

absl::Status WriteFigureSet(const FigureSet& set, const std::string& folder,
                            std::vector<std::string>& files) {
  for (const NamedFigure& named : set.figures) {
    const auto drawing = Draw(named.figure);
    if (!drawing.ok()) return drawing.status();
    const std::string path = absl::StrCat(folder, "/", named.name);
    absl::Status status = AddFile(path + ".svg", drawing->svg, files);
    if (status.ok()) status = AddFile(path + ".pdf", drawing->pdf, files);
    if (!status.ok()) return status;
  }
  if (set.figures.empty()) return absl::OkStatus();
  return AddFile(absl::StrCat(folder, "/", set.caption_name),
                 absl::StrJoin(set.caption, "\n\n") + "\n", files);
}

absl::StatusOr<std::vector<std::string>> WriteReportFiles(
    const std::string& name, const std::vector<LabelledTable>& tables,
    const FigureSet& figures, const std::string& output_dir) {
  if (absl::Status status = EnsureFolder(output_dir); !status.ok()) {
    return status;
  }
  const auto to_markdown = [](const LabelledTable& labelled) {
    return ToMarkdown(labelled.table);
  };
  std::vector<std::string> files;
  for (const auto& [ending, contents] :
       {std::pair(".md", Join(tables, "\n", to_markdown)),
        std::pair(".tex", Join(tables, "\n", LatexOf)),
        std::pair(".txt", TablesText(tables))}) {
    if (!contents.ok()) return contents.status();
    absl::Status status =
        AddFile(absl::StrCat(output_dir, "/", name, ending), *contents, files);
    if (!status.ok()) return status;
  }
  if (absl::Status status = WriteFigureSet(figures, output_dir, files);
      !status.ok()) {
    return status;
  }
  return files;
}

}  // namespace local_sgd
