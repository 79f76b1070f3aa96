#include "analysis/tables.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/speedup_groups.h"
#include "lib/results/dataset_notice.h"
#include "lib/results/output_file.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

// In the order in which the tables show them.
constexpr CostModel kShown[] = {CostModel::kFree, CostModel::kRing,
                                CostModel::kStar};

std::string RhoText(const SpeedupGroup& group) {
  std::vector<std::string> texts;
  for (double rho : group.rhos) texts.push_back(ShortestText(rho));
  return absl::StrJoin(texts, ", ");
}

// "ignoring communication" or "under ring at rho = 25".
std::string CostText(CostModel cost_model, const SpeedupGroup& group) {
  if (cost_model == CostModel::kFree) return "ignoring communication";
  return absl::StrCat("under ", Name(cost_model), " at rho = ", RhoText(group));
}

// The data, the step sizes and the seeds behind a group.
std::string SourceNote(const SpeedupGroup& group) {
  int64_t fewest = group.records.front().seeds;
  int64_t most = fewest;
  for (const SpeedupRecord& record : group.records) {
    fewest = std::min(fewest, record.seeds);
    most = std::max(most, record.seeds);
  }
  const std::string seeds =
      fewest == most ? absl::StrCat(most) : absl::StrCat(fewest, " to ", most);
  return absl::StrCat("Data ", group.dataset, ", step sizes ", group.step_size,
                      ", ", seeds, most == 1 ? " seed." : " seeds.");
}

std::vector<std::string> MissingNote(const Table& table) {
  for (const std::vector<Cell>& row : table.rows) {
    for (const Cell& cell : row) {
      if (std::holds_alternative<std::monostate>(cell)) {
        return {
            "-: the target was not reached within the limit of iterations, "
            "the setting was not run, or there is no T(1, 1) to compare "
            "with."};
      }
    }
  }
  return {};
}

// What theory says about this group and whether the records agree.
std::vector<std::string> TheoryNote(const SpeedupGroup& group) {
  if (group.step_size != "theory") return {};
  const LargestSpeedup largest = FindLargestSpeedup(group, CostModel::kFree);
  if (largest.record == nullptr) return {};
  const int64_t most_workers = group.workers.back();
  if (most_workers == 1) return {};
  std::string note = absl::StrCat(
      "Step sizes of Theorem 2.2, eta_t = 4/(mu (a + t)) with a = max{16 "
      "kappa, H}",
      group.dataset == "w8a" ? " (5.3e5 steps on w8a)" : "",
      ". More workers shrink the variance term of bound (5), K-fold, but not "
      "its bias term, which forgets the start over about a steps. Largest "
      "speedup measured here, ignoring communication: ",
      CellText(largest.speedup, Decimals(2)),
      " at K = ", largest.record->workers, ", H = ", largest.record->period,
      "; linear would be ", most_workers, " at K = ", most_workers, ".");
  if (!IsLimitedByBias(group)) {
    absl::StrAppend(&note, " That is within a factor of two of linear.");
  } else if (group.dataset == "w8a") {
    absl::StrAppend(&note,
                    " So at this accuracy the bias term limits the speedup, "
                    "whatever K and H: a result, not a fault of the run.");
  } else {
    absl::StrAppend(&note,
                    " Far below linear is what the bias term makes of it where "
                    "T(eps) is not well above a.");
  }
  return {note};
}

// How sure the iterations are and which iterates reached the target.
std::vector<std::string> IterationNotes(const SpeedupGroup& group) {
  std::vector<std::string> notes;
  double largest_error = -1;
  std::map<std::string, int64_t> iterates;
  for (const SpeedupRecord& record : group.records) {
    if (record.iterations && record.iterations_stderr) {
      largest_error = std::max(largest_error,
                               *record.iterations_stderr / *record.iterations);
    }
    if (record.iterate) ++iterates[*record.iterate];
  }
  if (largest_error >= 0) {
    notes.push_back(absl::StrCat(
        "Means over seeds; the largest standard error "
        "is ",
        CellText(100 * largest_error, Decimals(1)), " % of its mean."));
  }
  std::vector<std::string> counts;
  for (const auto& [iterate, count] : iterates) {
    counts.push_back(absl::StrCat(iterate, " ", count));
  }
  if (!counts.empty()) {
    notes.push_back(
        absl::StrCat("Iterate that reached the target, and in how "
                     "many settings: ",
                     absl::StrJoin(counts, ", "), "."));
  }
  return notes;
}

// The periods with the largest speedup of K workers.
std::string BestPeriod(const SpeedupGroup& group, CostModel cost_model,
                       int64_t workers) {
  double best = 0;
  size_t compared = 0;
  std::vector<int64_t> periods;
  for (int64_t period : group.periods) {
    const SpeedupRecord* record = group.Find(workers, period);
    if (record == nullptr) continue;
    const std::optional<double> speedup = Speedup(*record, cost_model);
    if (!speedup) continue;
    ++compared;
    if (*speedup > best) {
      best = *speedup;
      periods.clear();
    }
    if (*speedup == best) periods.push_back(period);
  }
  if (periods.empty()) return "-";
  if (periods.size() == compared && compared > 1) return "any";
  return absl::StrJoin(periods, "/");
}

// A file name and a LaTeX label accept the result.
std::string Slug(const std::string& text) {
  std::string slug;
  for (char c : text) {
    slug += absl::ascii_isalnum(static_cast<unsigned char>(c)) ? c : '-';
  }
  return slug;
}

std::string GroupLabel(const SpeedupGroup& group) {
  return Slug(absl::StrCat("speedup-", group.dataset, "-", group.step_size,
                           "-eps", ShortestText(group.epsilon), "-b",
                           group.batch));
}

std::string GroupTitle(const SpeedupGroup& group) {
  return absl::StrCat("eps = ", ShortestText(group.epsilon),
                      ", b = ", group.batch, ", step sizes ", group.step_size);
}

// K down, H across; `cell` gives what stands at a record.
template <typename CellOf>
Table Grid(const SpeedupGroup& group, Precision precision, CellOf cell) {
  Table table;
  table.notes_above = DatasetNotice(group.dataset);
  table.notes_above.push_back(SourceNote(group));
  table.columns.push_back({"workers", "K"});
  for (int64_t period : group.periods) {
    table.columns.push_back({absl::StrCat("period_", period),
                             absl::StrCat("H = ", period), precision});
  }
  for (int64_t workers : group.workers) {
    std::vector<Cell> row = {workers};
    for (int64_t period : group.periods) {
      const SpeedupRecord* record = group.Find(workers, period);
      const std::optional<double> value =
          record == nullptr ? std::nullopt : cell(*record);
      row.push_back(ToCell(value));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

void Append(std::vector<std::string>& notes,
            const std::vector<std::string>& more) {
  notes.insert(notes.end(), more.begin(), more.end());
}

LabelledTable IterationsTable(const SpeedupGroup& group) {
  Table table = Grid(group, Decimals(0), [](const SpeedupRecord& record) {
    return record.iterations;
  });
  table.title =
      absl::StrCat("Iterations T(eps) per worker, ", GroupTitle(group));
  Append(table.notes_below, IterationNotes(group));
  Append(table.notes_below, MissingNote(table));
  Append(table.notes_below, TheoryNote(group));
  return {GroupLabel(group) + "-iterations", std::move(table)};
}

LabelledTable SpeedupTable(const SpeedupGroup& group, CostModel cost_model) {
  Table table =
      Grid(group, Decimals(2), [cost_model](const SpeedupRecord& record) {
        return Speedup(record, cost_model);
      });
  table.title = absl::StrCat("Speedup ", CostText(cost_model, group), ", ",
                             GroupTitle(group));
  table.columns.push_back({"best_period", "best H"});
  for (size_t i = 0; i < group.workers.size(); ++i) {
    table.rows[i].push_back(BestPeriod(group, cost_model, group.workers[i]));
  }
  Append(table.notes_below, MissingNote(table));
  std::vector<std::string> theory = TheoryNote(group);
  if (cost_model != CostModel::kFree && !theory.empty()) {
    theory = {
        "Communication is priced on top of the limit that the step sizes of "
        "Theorem 2.2 set; see the table that ignores communication."};
  }
  Append(table.notes_below, theory);
  return {absl::StrCat(GroupLabel(group), "-", Name(cost_model)),
          std::move(table)};
}

// One row for each accuracy and batch of one data set and step size.
LabelledTable SummaryTable(const std::vector<SpeedupGroup>& groups) {
  const SpeedupGroup& first = groups.front();
  Table table;
  table.title =
      absl::StrCat("Largest measured speedups, step sizes ", first.step_size);
  table.notes_above = DatasetNotice(first.dataset);
  table.notes_above.push_back(absl::StrCat("Data ", first.dataset, ", sha256 ",
                                           first.dataset_sha256, "."));
  table.columns = {{"epsilon", "eps"},
                   {"batch", "b"},
                   {"sequential_iterations", "T(1, 1)", Decimals(0)}};
  for (CostModel cost_model : kShown) {
    table.columns.push_back(
        {absl::StrCat("speedup_", Name(cost_model)),
         cost_model == CostModel::kFree
             ? std::string("ignoring communication")
             : absl::StrCat(Name(cost_model), ", rho = ", RhoText(first))});
  }
  bool limited = false;
  for (const SpeedupGroup& group : groups) {
    const SpeedupRecord* sequential = group.Find(1, 1);
    std::vector<Cell> row = {group.epsilon, group.batch,
                             sequential != nullptr && sequential->iterations
                                 ? Cell(*sequential->iterations)
                                 : Cell()};
    for (CostModel cost_model : kShown) {
      const LargestSpeedup largest = FindLargestSpeedup(group, cost_model);
      if (largest.record == nullptr) {
        row.emplace_back();
        continue;
      }
      row.push_back(absl::StrCat(CellText(largest.speedup, Decimals(2)),
                                 " (K = ", largest.record->workers,
                                 ", H = ", largest.record->period, ")"));
    }
    limited |= IsLimitedByBias(group);
    table.rows.push_back(std::move(row));
  }
  if (limited) {
    table.notes_below.push_back(absl::StrCat(
        "With the step sizes of Theorem 2.2 the bias term of bound (5), over a "
        "= max{16 kappa, H} steps",
        first.dataset == "w8a" ? " (5.3e5 on w8a)" : "",
        ", limits the speedup wherever it is far below K here; smaller eps or "
        "better conditioning lets the variance term, and with it the linear "
        "speedup, take over."));
  }
  return {Slug(absl::StrCat("largest-speedups-", first.dataset, "-",
                            first.step_size)),
          std::move(table)};
}

// The distinct data sets of the records with their checksums, and notices.
std::vector<std::string> SourceLines(
    const std::vector<SpeedupRecord>& records) {
  std::vector<std::string> lines;
  std::vector<std::string> notices;
  for (const SpeedupRecord& record : records) {
    const std::string line = absl::StrCat("Data ", record.dataset, ", sha256 ",
                                          record.dataset_sha256, ".");
    if (std::find(lines.begin(), lines.end(), line) != lines.end()) continue;
    lines.push_back(line);
    Append(notices, DatasetNotice(record.dataset));
  }
  Append(notices, lines);
  return notices;
}

absl::StatusOr<std::string> MarkdownFile(
    const std::vector<SpeedupRecord>& records) {
  std::string text = "# Measured speedups\n";
  for (const std::string& line : SourceLines(records)) {
    absl::StrAppend(&text, "\n", EscapeMarkdown(line), "\n");
  }
  for (const LabelledTable& labelled : SpeedupTables(records)) {
    const auto table = ToMarkdown(labelled.table);
    if (!table.ok()) return table.status();
    absl::StrAppend(&text, "\n", *table);
  }
  return text;
}

absl::StatusOr<std::string> LatexFile(
    const std::vector<SpeedupRecord>& records) {
  std::string text = "% Measured speedups. Needs \\usepackage{booktabs}.\n";
  for (const std::string& line : SourceLines(records)) {
    absl::StrAppend(&text, "% ", line, "\n");
  }
  for (const LabelledTable& labelled : SpeedupTables(records)) {
    const auto table = ToLatex(labelled.table, labelled.label);
    if (!table.ok()) return table.status();
    absl::StrAppend(&text, "\n", *table);
  }
  return text;
}

}  // namespace

std::vector<LabelledTable> SpeedupTables(
    const std::vector<SpeedupRecord>& records) {
  std::vector<LabelledTable> tables;
  for (const auto& family : SpeedupFamilies(records)) {
    tables.push_back(SummaryTable(family));
  }
  for (const SpeedupGroup& group : GroupSpeedups(records)) {
    tables.push_back(IterationsTable(group));
    for (CostModel cost_model : kShown) {
      tables.push_back(SpeedupTable(group, cost_model));
    }
  }
  return tables;
}

absl::StatusOr<std::string> SpeedupTablesText(
    const std::vector<SpeedupRecord>& records) {
  std::string text;
  for (const LabelledTable& labelled : SpeedupTables(records)) {
    const auto table = ToText(labelled.table);
    if (!table.ok()) return table.status();
    if (!text.empty()) text += "\n\n";
    text += *table;
  }
  return text;
}

absl::StatusOr<std::vector<std::string>> WriteTables(
    const std::string& input_dir, const std::string& output_dir,
    std::optional<double> rho) {
  const auto records = ReadSpeedups(input_dir, rho);
  if (!records.ok()) return records.status();
  if (absl::Status status = EnsureFolder(output_dir); !status.ok()) {
    return status;
  }
  std::vector<std::string> files;
  for (const auto& [ending, contents] :
       {std::pair("md", MarkdownFile(*records)),
        std::pair("tex", LatexFile(*records)),
        std::pair("txt", SpeedupTablesText(*records))}) {
    if (!contents.ok()) return contents.status();
    const std::string path =
        absl::StrCat(output_dir, "/speedup_tables.", ending);
    if (absl::Status status = WriteFileAtomically(path, *contents);
        !status.ok()) {
      return status;
    }
    files.push_back(path);
  }
  return files;
}

}  // namespace local_sgd
