// What a report on an experiment is made of, tables and figures, and its files.

#ifndef ANALYSIS_REPORT_FILES_H_
#define ANALYSIS_REPORT_FILES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analysis/figures/gnuplot.h"
#include "lib/records/table.h"

namespace local_sgd {

// A table and its LaTeX label.
struct LabelledTable {
  std::string label;
  Table table;
};

// A figure, the name of its files without ending, and what stands below it.
struct NamedFigure {
  std::string name;
  Figure figure;
  std::vector<std::string> caption = {};  // paragraphs
  std::vector<std::string> records = {};  // names of what it is drawn from
};
using FigureSet = std::vector<NamedFigure>;

// What is made from the records of one experiment.
struct ExperimentReport {
  std::string name;  // of the tables' files
  std::vector<LabelledTable> tables;
  FigureSet figures;
  std::vector<std::string> records = {};  // names of what the tables show
};

// The report or the figures, which say that they are made from those records.
FigureSet MadeFrom(const std::vector<std::string>& records, FigureSet figures);
ExperimentReport MadeFrom(const std::vector<std::string>& records,
                          ExperimentReport report);

// The tables with the labels NAME1, NAME2, ...
std::vector<LabelledTable> Labelled(const std::string& name,
                                    const std::vector<Table>& tables);

// All of them for a terminal, one after another.
absl::StatusOr<std::string> TablesText(
    const std::vector<LabelledTable>& tables);

// Like ToLatex of the table, but for any LaTeX: not every one knows all our
// letters.
absl::StatusOr<std::string> LatexOf(const LabelledTable& labelled);

// All of them for a LaTeX document. LaTeX holds few tables that it has not yet
// found a page for, so after every tenth it places them all.
absl::StatusOr<std::string> LatexTables(
    const std::vector<LabelledTable>& tables);

// The figures whose names begin with that. InvalidArgument, with all names,
// when there are none.
absl::StatusOr<FigureSet> SelectFigures(const FigureSet& figures,
                                        const std::string& beginning);

// Each of these writes into the output folder, which is made if missing, notes
// the records behind each file in derived.json there
// (lib/program/derived_files.h), and returns the paths of the files written.
// NAME.svg, NAME.pdf
// (over two columns), NAME_column.pdf (over one) and NAME_caption.txt of every
// figure; points that cannot be drawn are left out, and the caption says how
// many:
absl::StatusOr<std::vector<std::string>> WriteFigureFiles(
    const FigureSet& figures, const std::string& input_dir,
    const std::string& output_dir);

// NAME.md, .tex and .txt of the tables:
absl::StatusOr<std::vector<std::string>> WriteTableFiles(
    const ExperimentReport& report, const std::string& input_dir,
    const std::string& output_dir);

// Both:
absl::StatusOr<std::vector<std::string>> WriteReportFiles(
    const ExperimentReport& report, const std::string& input_dir,
    const std::string& output_dir);

}  // namespace local_sgd

#endif  // ANALYSIS_REPORT_FILES_H_
