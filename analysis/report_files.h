// What a report on an experiment is made of, tables and figures, and its files.

#ifndef ANALYSIS_REPORT_FILES_H_
#define ANALYSIS_REPORT_FILES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analysis/gnuplot.h"
#include "lib/results/table.h"

namespace local_sgd {

// A table and its LaTeX label.
struct LabelledTable {
  std::string label;
  Table table;
};

// A figure and the name of its files without ending.
struct NamedFigure {
  std::string name;
  Figure figure;
};

// The figures of one kind and what stands below them.
struct FigureSet {
  std::vector<NamedFigure> figures;
  std::string caption_name;
  std::vector<std::string> caption;  // paragraphs
};

// The tables with the labels NAME1, NAME2, ...
std::vector<LabelledTable> Labelled(const std::string& name,
                                    const std::vector<Table>& tables);

// All of them for a terminal, one after another.
absl::StatusOr<std::string> TablesText(
    const std::vector<LabelledTable>& tables);

// Like ToLatex of the table, but for any LaTeX: not every one knows all our
// letters.
absl::StatusOr<std::string> LatexOf(const LabelledTable& labelled);

// Writes .svg and .pdf of every figure and, if there is one, the caption into
// the folder, which exists. Adds the paths of the files written.
absl::Status WriteFigureSet(const FigureSet& set, const std::string& folder,
                            std::vector<std::string>& files);

// NAME.md, .tex and .txt of the tables, and the figures, into the folder, which
// is made if missing. Returns the paths of the files written.
absl::StatusOr<std::vector<std::string>> WriteReportFiles(
    const std::string& name, const std::vector<LabelledTable>& tables,
    const FigureSet& figures, const std::string& output_dir);

}  // namespace local_sgd

#endif  // ANALYSIS_REPORT_FILES_H_
