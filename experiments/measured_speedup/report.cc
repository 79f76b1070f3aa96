#include "experiments/measured_speedup/report.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "experiments/measured_speedup/groups.h"
#include "lib/files/output_file.h"
#include "lib/program/derived_files.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/outside_text.h"
#include "lib/status_macros.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

// In the order in which the tables show them.
constexpr CostModel kShown[] = {CostModel::kFree, CostModel::kRing,
                                CostModel::kStar};

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
                      ", ", seeds,
                      most == 1 ? " measuring seed." : " measuring seeds.");
}

// "1000 ± 20", or without an error "1000". An error too small for the precision
// has one digit, so that it does not look like none.
std::string WithError(double value, std::optional<double> error,
                      Precision precision) {
  std::string text = CellText(value, precision);
  if (!error) return text;
  const bool hidden =
      *error > 0 && CellText(*error, precision) == CellText(0.0, precision);
  absl::StrAppend(&text, " ± ",
                  CellText(*error, hidden ? Significant(1) : precision));
  return text;
}

// "(8, 2), (32, 16)": K and H of the records for which `text_after` gives
// something, with that after them; empty for none.
template <typename TextAfter>
std::string Settings(const SpeedupGroup& group, TextAfter text_after) {
  std::vector<std::string> settings;
  for (const SpeedupRecord& record : group.records) {
    const std::optional<std::string> after = text_after(record);
    if (!after) continue;
    settings.push_back(
        absl::StrCat("(", record.workers, ", ", record.period, ")", *after));
  }
  return absl::StrJoin(settings, ", ");
}

bool IsTuned(const SpeedupGroup& group) {
  return group.step_size == kTunedStepSize;
}

// How the step sizes of a tuned group came about, for the tables that say more
// about them below ...
constexpr char kSelectionRule[] =
    "Selection of the step sizes: candidates are min(32, c n/(t+1)) (decaying) "
    "and 32 c (constant) with c = 2^i, i in [-20, 20]. For every setting the "
    "one that reaches eps first on a selection seed is chosen; it is measured "
    "on other seeds. Ties: candidates with the same step sizes up to T(eps) "
    "are one, named by the smallest c of the constant family, else of the "
    "decaying; then the larger step at T(eps) wins, then the constant one. "
    "Candidates that the ledger has as not_tried were left out: two neighbours "
    "on either side of the best of their family were worse.";
// ... and for the others.
constexpr char kShortSelectionRule[] =
    "Each setting has the step size of { min(32, c n/(t+1)), 32 c }, c = 2^i, "
    "i in [-20, 20], that reaches eps first on a selection seed, and is "
    "measured on other seeds.";

// Whether the selection can be trusted: edges of the grid, targets missed.
std::vector<std::string> SelectionNotes(const SpeedupGroup& group) {
  using Text = std::optional<std::string>;
  std::vector<std::string> notes = {kSelectionRule};
  const std::string none = Settings(group, [](const SpeedupRecord& r) -> Text {
    return r.chosen_family ? Text() : Text("");
  });
  if (!none.empty()) {
    notes.push_back(absl::StrCat(
        "No candidate reached eps on the selection seed at (K, H) = ", none,
        "."));
  }
  const std::string edges = Settings(group, [](const SpeedupRecord& r) -> Text {
    return r.chosen_interior == "no" ? Text("") : Text();
  });
  notes.push_back(edges.empty()
                      ? "No winner is at an edge of the range."
                      : absl::StrCat("Winners at an edge of the range, where a "
                                     "better step size may lie outside: (K, H) "
                                     "= ",
                                     edges, "."));
  int64_t missed_count = 0;
  const std::string missed =
      Settings(group, [&missed_count](const SpeedupRecord& r) -> Text {
        if (!r.chosen_family || r.seeds_reached == r.seeds) return Text();
        ++missed_count;
        return absl::StrCat(" on ", r.seeds - r.seeds_reached, " of ", r.seeds,
                            r.seeds == 1 ? " seed" : " seeds");
      });
  notes.push_back(
      missed.empty()
          ? "No chosen step size missed eps on a measuring seed."
          : absl::StrCat("Chosen step sizes that missed eps on a measuring "
                         "seed: ",
                         missed_count, " of ", group.records.size(),
                         ", at (K, H) = ", missed, "."));
  return notes;
}

std::vector<std::string> MissingNote(const Table& table) {
  for (const std::vector<Cell>& row : table.rows) {
    for (const Cell& cell : row) {
      if (std::holds_alternative<std::monostate>(cell)) {
        return {
            "-: the target was not reached within the limit of iterations (by "
            "every seed), the setting was not run, or there is no T(1, 1) to "
            "compare with."};
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
        "Means over seeds, ± one standard error; the largest is ",
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
Table Grid(const SpeedupGroup& group, CellOf cell) {
  Table table;
  table.notes_above = DatasetNotice(group.dataset);
  table.notes_above.push_back(SourceNote(group));
  table.columns.push_back({"workers", "K"});
  for (int64_t period : group.periods) {
    table.columns.push_back(
        {absl::StrCat("period_", period), absl::StrCat("H = ", period)});
  }
  for (int64_t workers : group.workers) {
    std::vector<Cell> row = {workers};
    for (int64_t period : group.periods) {
      const SpeedupRecord* record = group.Find(workers, period);
      row.push_back(record == nullptr ? Cell(std::monostate()) : cell(*record));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

// The same for measures and their standard errors: numbers, or texts where one
// of them has an error.
template <typename ValueOf, typename ErrorOf>
Table MeasureGrid(const SpeedupGroup& group, Precision precision, ValueOf value,
                  ErrorOf error) {
  const bool has_errors =
      std::any_of(group.records.begin(), group.records.end(),
                  [&](const SpeedupRecord& r) { return error(r).has_value(); });
  Table table = Grid(group, [&](const SpeedupRecord& record) -> Cell {
    const std::optional<double> measure = value(record);
    if (!measure || !has_errors) return ToCell(measure);
    return WithError(*measure, error(record), precision);
  });
  for (size_t i = 1; i < table.columns.size(); ++i) {
    table.columns[i].precision = precision;
  }
  return table;
}

void Append(std::vector<std::string>& notes,
            const std::vector<std::string>& more) {
  notes.insert(notes.end(), more.begin(), more.end());
}

LabelledTable IterationsTable(const SpeedupGroup& group) {
  Table table = MeasureGrid(
      group, Decimals(0),
      [](const SpeedupRecord& record) { return record.iterations; },
      [](const SpeedupRecord& record) { return record.iterations_stderr; });
  table.title =
      absl::StrCat("Iterations T(eps) per worker, ", GroupTitle(group));
  Append(table.notes_below, IterationNotes(group));
  Append(table.notes_below, MissingNote(table));
  Append(table.notes_below, TheoryNote(group));
  if (IsTuned(group)) Append(table.notes_below, SelectionNotes(group));
  return {GroupLabel(group) + "-iterations", std::move(table)};
}

LabelledTable ChosenTable(const SpeedupGroup& group) {
  Table table = Grid(group, [](const SpeedupRecord& r) -> Cell {
    if (!r.chosen_family) return {};
    return absl::StrCat(*r.chosen_family, " 2^", *r.chosen_exponent, " (",
                        *r.chosen_iterate, ")",
                        *r.chosen_interior == "no" ? ", edge" : "");
  });
  table.title = absl::StrCat("Chosen step sizes, ", GroupTitle(group));
  table.notes_below.push_back(
      "Family and c, and the iterate that reached eps on the selection seed. "
      "-: no candidate did, or the setting was not run.");
  Append(table.notes_below, SelectionNotes(group));
  return {GroupLabel(group) + "-chosen", std::move(table)};
}

LabelledTable RunnerUpTable(const SpeedupGroup& group) {
  Table table = Grid(group, [](const SpeedupRecord& r) -> Cell {
    if (!r.runner_up_family || !r.iterations_selected) return {};
    const double more = 100 * (static_cast<double>(*r.runner_up_iterations) /
                                   static_cast<double>(*r.iterations_selected) -
                               1);
    return absl::StrCat(*r.runner_up_family, " 2^", *r.runner_up_exponent, " (",
                        *r.runner_up_iterate, ", +",
                        CellText(more, Decimals(0)), " %)");
  });
  table.title = absl::StrCat("Second best step sizes, ", GroupTitle(group));
  table.notes_below = {
      "Family and c, the iterate that reached eps on the selection seed, and "
      "how many more iterations than with the chosen step size it took. -: no "
      "second candidate reached eps, or the setting was not run.",
      kSelectionRule};
  return {GroupLabel(group) + "-runner-up", std::move(table)};
}

LabelledTable SpeedupTable(const SpeedupGroup& group, CostModel cost_model) {
  const auto error = [cost_model](const SpeedupRecord& record) {
    return SpeedupError(record, cost_model);
  };
  Table table = MeasureGrid(
      group, Decimals(2),
      [cost_model](const SpeedupRecord& record) {
        return Speedup(record, cost_model);
      },
      error);
  table.title = absl::StrCat("Speedup ", CostText(cost_model, group), ", ",
                             GroupTitle(group));
  table.columns.push_back({"best_period", "best H"});
  for (size_t i = 0; i < group.workers.size(); ++i) {
    table.rows[i].push_back(BestPeriod(group, cost_model, group.workers[i]));
  }
  if (std::any_of(
          group.records.begin(), group.records.end(),
          [&](const SpeedupRecord& r) { return error(r).has_value(); })) {
    table.notes_below.push_back(
        "Ratios of means over seeds, ± one standard error (paired seeds, delta "
        "method).");
  }
  Append(table.notes_below, MissingNote(table));
  std::vector<std::string> theory = TheoryNote(group);
  if (cost_model != CostModel::kFree && !theory.empty()) {
    theory = {
        "Communication is priced on top of the limit that the step sizes of "
        "Theorem 2.2 set; see the table that ignores communication."};
  }
  Append(table.notes_below, theory);
  if (IsTuned(group)) table.notes_below.push_back(kShortSelectionRule);
  return {absl::StrCat(GroupLabel(group), "-", Name(cost_model)),
          std::move(table)};
}

// What the theoretical step sizes cost at one accuracy and batch of one data
// set: T of `theory` over T of `tuned`, in the settings that both have.
LabelledTable TheoryAgainstTunedTable(const SpeedupGroup& theory,
                                      const SpeedupGroup& tuned) {
  struct Extreme {
    double ratio = 0;
    std::string setting;
  };
  std::optional<Extreme> least;
  std::optional<Extreme> most;
  Table table = Grid(tuned, [&](const SpeedupRecord& record) -> Cell {
    const SpeedupRecord* other = theory.Find(record.workers, record.period);
    if (other == nullptr || !other->iterations || !record.iterations) return {};
    const double ratio = *other->iterations / *record.iterations;
    const Extreme here = {
        ratio, absl::StrCat("K = ", record.workers, ", H = ", record.period)};
    if (!least || ratio < least->ratio) least = here;
    if (!most || ratio > most->ratio) most = here;
    return ratio;
  });
  for (size_t i = 1; i < table.columns.size(); ++i) {
    table.columns[i].precision = Decimals(2);
  }
  table.title = absl::StrCat(
      "Theoretical against tuned step sizes, T(eps) of the former over T(eps) "
      "of the latter, eps = ",
      ShortestText(tuned.epsilon), ", b = ", tuned.batch);
  table.notes_above = DatasetNotice(tuned.dataset);
  table.notes_above.push_back(SourceNote(theory));
  table.notes_above.push_back(SourceNote(tuned));
  if (least) {
    table.notes_below.push_back(
        absl::StrCat("The step sizes of Theorem 2.2 take from ",
                     CellText(least->ratio, Decimals(2)), " (", least->setting,
                     ") to ", CellText(most->ratio, Decimals(2)), " (",
                     most->setting, ") times the iterations of tuned ones."));
  }
  table.notes_below.push_back(
      "Ratios of means over the measuring seeds. -: one of the two did not "
      "reach eps on every seed, or was not run.");
  table.notes_below.push_back(kShortSelectionRule);
  return {Slug(absl::StrCat("theory-against-tuned-", tuned.dataset, "-eps",
                            ShortestText(tuned.epsilon), "-b", tuned.batch)),
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
    std::vector<Cell> row = {group.epsilon, group.batch};
    if (sequential == nullptr || !sequential->iterations) {
      row.emplace_back();
    } else if (sequential->iterations_stderr) {
      row.emplace_back(WithError(*sequential->iterations,
                                 sequential->iterations_stderr, Decimals(0)));
    } else {
      row.emplace_back(*sequential->iterations);
    }
    for (CostModel cost_model : kShown) {
      const LargestSpeedup largest = FindLargestSpeedup(group, cost_model);
      if (largest.record == nullptr) {
        row.emplace_back();
        continue;
      }
      row.emplace_back(absl::StrCat(
          WithError(largest.speedup, SpeedupError(*largest.record, cost_model),
                    Decimals(2)),
          " (K = ", largest.record->workers, ", H = ", largest.record->period,
          ")"));
    }
    limited |= IsLimitedByBias(group);
    table.rows.push_back(std::move(row));
  }
  if (IsTuned(first)) table.notes_below.push_back(kShortSelectionRule);
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
    ASSIGN_OR_RETURN(const auto table, ToMarkdown(labelled.table));
    absl::StrAppend(&text, "\n", table);
  }
  return text;
}

absl::StatusOr<std::string> LatexFile(
    const std::vector<SpeedupRecord>& records) {
  std::string text = "% Measured speedups. Needs \\usepackage{booktabs}.\n";
  for (const std::string& line : SourceLines(records)) {
    absl::StrAppend(&text, "% ", PrintableText(line), "\n");
  }
  ASSIGN_OR_RETURN(const auto tables, LatexTables(SpeedupTables(records)));
  return absl::StrCat(text, "\n", tables);
}

}  // namespace

std::vector<LabelledTable> SpeedupTables(
    const std::vector<SpeedupRecord>& records) {
  std::vector<LabelledTable> tables;
  for (const auto& family : SpeedupFamilies(records)) {
    tables.push_back(SummaryTable(family));
  }
  const std::vector<SpeedupGroup> groups = GroupSpeedups(records);
  for (const SpeedupGroup& group : groups) {
    tables.push_back(IterationsTable(group));
    if (IsTuned(group)) {
      tables.push_back(ChosenTable(group));
      tables.push_back(RunnerUpTable(group));
    }
    for (CostModel cost_model : kShown) {
      tables.push_back(SpeedupTable(group, cost_model));
    }
  }
  for (const SpeedupGroup& tuned : groups) {
    if (!IsTuned(tuned)) continue;
    for (const SpeedupGroup& theory : groups) {
      if (theory.step_size == "theory" && theory.dataset == tuned.dataset &&
          theory.dataset_sha256 == tuned.dataset_sha256 &&
          theory.epsilon == tuned.epsilon && theory.batch == tuned.batch) {
        tables.push_back(TheoryAgainstTunedTable(theory, tuned));
      }
    }
  }
  return tables;
}

absl::StatusOr<std::string> SpeedupTablesText(
    const std::vector<SpeedupRecord>& records) {
  return TablesText(SpeedupTables(records));
}

absl::StatusOr<std::vector<std::string>> WriteTables(
    const std::string& input_dir, const std::string& output_dir,
    std::optional<double> rho) {
  ASSIGN_OR_RETURN(const auto records, ReadSpeedups(input_dir, rho));
  RETURN_IF_ERROR(EnsureFolder(output_dir));
  std::vector<std::string> files;
  for (const auto& [ending, contents] :
       {std::pair("md", MarkdownFile(records)),
        std::pair("tex", LatexFile(records)),
        std::pair("txt", SpeedupTablesText(records))}) {
    if (!contents.ok()) return contents.status();
    const std::string path =
        absl::StrCat(output_dir, "/speedup_tables.", ending);
    RETURN_IF_ERROR(WriteFileAtomically(path, *contents));
    files.push_back(path);
  }
  RETURN_IF_ERROR(
      NoteDerivedFiles(files, input_dir, {"measured_speedup.csv"}, output_dir));
  return files;
}

const Study<MeasuredSpeedup>& MeasuredSpeedupStudy() {
  using D = MeasuredSpeedup;
  static const auto& study = *new Study<D>{
      .name = "measured_speedup",
      .files = {FileOf("measured_speedup.csv", SpeedupSchema(), &D::speedups),
                FileOf("measured_iterations.csv", IterationsSchema(),
                       &D::iterations, Shown::kNo),
                LinesOf("measured_speedup_runs.jsonl", RunLineSchema(),
                        &D::runs, &RunLine::json),
                MayBeAbsent(FileOf("tuning_ledger.csv", TuningSchema(),
                                   &D::ledger, Shown::kNo))}};
  return study;
}

}  // namespace local_sgd
