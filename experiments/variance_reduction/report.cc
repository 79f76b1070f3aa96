#include "experiments/variance_reduction/report.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "analysis/report_files.h"
#include "experiments/variance_reduction/sentences.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/group_by.h"
#include "lib/statistics/bias_variance.h"
#include "lib/statistics/interval.h"
#include "lib/statistics/jackknife.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

constexpr char kVarianceReduction[] = "variance_reduction";  // of its files

constexpr char kVariance[] =
    "Over seeds, E f(x) - f* = bias + variance with the bias f(E x) - f* and "
    "the variance E f(x) - f(E x); the variance of the mean over seeds is "
    "taken off the bias, so that a bias near zero may come out negative. Plus "
    "or minus the half-width of an interval of 95 % (jackknife over seeds).";

// "H = 16", or "one-shot".
std::string SynchronisationLabel(const VarianceMethod& method) {
  absl::string_view period = method.synchronisation;
  if (!absl::ConsumePrefix(&period, "period:")) return "one-shot";
  return absl::StrCat("H = ", period);
}

// "lambda = 0.01, step sizes theory".
std::string ArmText(const VarianceMethod& method) {
  return absl::StrCat("lambda = ", method.regularization, ", step sizes ",
                      method.step_size);
}

std::string EqualText(const VarianceSeries& series) {
  return absl::StrCat(
      series.equal_iterations ? "equal T = " : "equal gradients T K b = ",
      series.equal);
}

// One part of f - f* of a cell; nothing where there are too few seeds.
std::optional<Interval> GapPart(const VarianceCell& cell,
                                double BiasVariance::*part) {
  const auto interval = Jackknife(
      static_cast<int64_t>(cell.seeds.size()),
      [&](absl::Span<const int64_t> kept) -> absl::StatusOr<double> {
        ASSIGN_OR_RETURN(const auto apart, GapBiasVariance(cell.seeds, kept));
        return apart.*part;
      });
  if (!interval.ok()) return std::nullopt;
  return *interval;
}

double HalfWidth(const Interval& interval) {
  return (interval.high - interval.low) / 2;
}

Cell WithHalfWidth(const std::optional<Interval>& interval) {
  if (!interval) return {};
  return absl::StrCat(CellText(interval->value, Significant(3)), " ± ",
                      CellText(HalfWidth(*interval), Significant(2)));
}

// "-1.02 [-1.09, -0.96]".
Cell WithEnds(const FindingRecord* r) {
  if (r == nullptr) return {};
  std::string text = CellText(r->value, Decimals(2));
  if (r->low && r->high) {
    absl::StrAppend(&text, " [", CellText(*r->low, Decimals(2)), ", ",
                    CellText(*r->high, Decimals(2)), "]");
  }
  return text;
}

std::vector<std::string> SourceLines(
    const std::vector<VarianceRecord>& records) {
  std::vector<std::string> lines = DatasetNotice(records[0].dataset);
  lines.push_back(absl::StrCat("Data ", records[0].dataset, ", sha256 ",
                               records[0].dataset_sha256,
                               ", b = ", records[0].batch, "."));
  return lines;
}

// Rows are settings, columns the findings of that setting: `columns` has names
// and headings. Settings that have none of them are left out.
Table FindingsTable(
    const std::vector<FindingRecord>& findings, const std::string& title,
    const std::vector<std::pair<std::string, std::string>>& columns) {
  Table table;
  table.title = title;
  table.columns = {{"setting", ""}};
  for (const auto& [name, heading] : columns) {
    table.columns.push_back({name, heading});
  }
  for (const auto& group : GroupBy(findings, &FindingRecord::setting)) {
    std::vector<Cell> row = {group.front().setting};
    bool shown = false;
    for (const auto& column : columns) {
      const auto found = std::find_if(
          group.begin(), group.end(),
          [&column](const FindingRecord& r) { return r.name == column.first; });
      shown = shown || found != group.end();
      row.emplace_back(WithEnds(found == group.end() ? nullptr : &*found));
    }
    if (shown) table.rows.push_back(std::move(row));
  }
  return table;
}

// Series that differ in nothing but the synchronisation, in their order.
std::vector<std::vector<VarianceSeries>> Groups(
    const std::vector<VarianceRecord>& records) {
  return GroupBy(SeriesOf(records), [](const VarianceSeries& series) {
    return std::tuple(series.dataset, series.method.regularization,
                      series.method.step_size, series.iterate, series.batch,
                      series.equal_iterations, series.equal);
  });
}

std::set<uint64_t> SeedsOf(const std::vector<VarianceRecord>& records) {
  std::set<uint64_t> seeds;
  for (const VarianceRecord& r : records) seeds.insert(r.seed);
  return seeds;
}

Table GroupTable(const std::vector<VarianceSeries>& group) {
  const VarianceSeries& first = group.front();
  Table table;
  table.title =
      absl::StrCat("Bias and variance of f - f*, ", ArmText(first.method), ", ",
                   first.iterate, " iterate, ", EqualText(first));
  table.columns = {{"workers", "K"}, {"iterations", "T"}};
  std::map<int64_t, std::vector<Cell>> rows;
  for (const VarianceSeries& series : group) {
    const std::string label = SynchronisationLabel(series.method);
    for (const char* part : {"bias", "variance"}) {
      table.columns.push_back(
          {absl::StrCat(part, "_", series.method.synchronisation),
           absl::StrCat(label, ": ", part)});
    }
  }
  for (size_t i = 0; i < group.size(); ++i) {
    for (const VarianceCell& cell : group[i].cells) {
      std::vector<Cell>& row = rows[cell.workers];
      if (row.empty()) {
        row.resize(table.columns.size());
        row[0] = cell.workers;
        row[1] = cell.iterations;
      }
      row[2 + 2 * i] = WithHalfWidth(GapPart(cell, &BiasVariance::bias));
      row[3 + 2 * i] = WithHalfWidth(GapPart(cell, &BiasVariance::variance));
    }
  }
  for (auto& [workers, row] : rows) table.rows.push_back(std::move(row));
  table.notes_below = {absl::StrCat("K = 1 is SGD, H = 1 parallel SGD. ",
                                    first.cells.front().seeds.size(),
                                    " seeds. ", kVariance)};
  return table;
}

// One panel of one part for every synchronisation.
Panel PartPanel(const std::vector<VarianceSeries>& group,
                double BiasVariance::*part, const std::string& what) {
  const VarianceSeries& first = group.front();
  Panel panel;
  panel.title = absl::StrCat(
      first.method.regularization, " ", first.method.step_size, ": ", what,
      first.equal_iterations ? ", equal T" : ", equal T K b");
  for (const VarianceSeries& series : group) {
    Line line;
    line.label = SynchronisationLabel(series.method);
    for (const VarianceCell& cell : series.cells) {
      const std::optional<Interval> interval = GapPart(cell, part);
      if (!interval) continue;
      line.points.emplace_back(static_cast<double>(cell.workers),
                               interval->value);
      line.errors.push_back(HalfWidth(*interval));
    }
    panel.lines.push_back(std::move(line));
  }
  return panel;
}

std::vector<Table> TablesOf(const VarianceReduction& data) {
  const std::vector<VarianceRecord>& records = data.iterates;
  const std::vector<FindingRecord>& findings = data.findings;
  std::vector<Table> tables;
  tables.push_back(FindingsTable(
      findings, "The averaged gradient",
      {{"gradient_variance_slope", "slope of its variance against K"},
       {"gradient_variance_ratio", "variance over sigma_t^2/(K b)"}}));
  tables.back().notes_below = {
      "The theory's values are -1 and 1. Start and optimum: all workers at x_0 "
      "and at x*; path: at their own iterates before the last "
      "synchronisation."};
  tables.push_back(FindingsTable(findings, "Slopes against K",
                                 {{"variance_slope", "E |x - E x|^2"},
                                  {"gap_variance_slope", "E f(x) - f(E x)"},
                                  {"gap_slope", "E f(x) - f*"}}));
  tables.back().notes_below = {
      "Exponents of K in a power law. The variance term sigma^2/(T K b) has -1 "
      "at equal T and 0 at equal gradients."};
  tables.push_back(
      FindingsTable(findings, "Against parallel SGD, H = 1, at the largest K",
                    {{"variance_over_parallel", "ratio of E |x - E x|^2"},
                     {"gap_over_parallel", "ratio of E f(x) - f*"}}));
  for (Table& table : tables) {
    table.notes_above = SourceLines(records);
    table.notes_below.push_back("Intervals of 95 %, jackknife over seeds.");
  }
  for (const std::vector<VarianceSeries>& group : Groups(records)) {
    tables.push_back(GroupTable(group));
    tables.back().notes_above = SourceLines(records);
  }
  return tables;
}

Figure FigureOf(const std::vector<VarianceRecord>& records,
                const std::string& iterate) {
  Figure figure;
  figure.notice = ShortDatasetNotice(records[0].dataset);
  const std::string& dataset = records[0].dataset;
  figure.title =
      absl::StrCat("Variance and error against K, ", iterate, " iterate, data ",
                   dataset.substr(dataset.find_last_of('/') + 1));
  figure.x_label = "workers K";
  figure.y_label = "f - f*";
  figure.linear = false;
  figure.axes_by_row = true;
  figure.y_base = 10;
  figure.columns = 3;
  figure.nothing_to_show = "nothing to show";
  const std::vector<std::vector<VarianceSeries>> groups = Groups(records);
  for (const std::vector<VarianceSeries>& at_equal_t : groups) {
    const VarianceSeries& first = at_equal_t.front();
    if (!first.equal_iterations || first.iterate != iterate) continue;
    figure.panels.push_back(
        PartPanel(at_equal_t, &BiasVariance::variance, "variance"));
    figure.panels.push_back(
        PartPanel(at_equal_t, &BiasVariance::total, "error"));
    const auto at_equal_gradients =
        std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
          const VarianceSeries& other = group.front();
          return !other.equal_iterations && other.iterate == iterate &&
                 other.method.regularization == first.method.regularization &&
                 other.method.step_size == first.method.step_size;
        });
    figure.panels.push_back(
        at_equal_gradients == groups.end()
            ? Panel{absl::StrCat(first.method.regularization, " ",
                                 first.method.step_size, ", equal T K b"),
                    {}}
            : PartPanel(*at_equal_gradients, &BiasVariance::total, "error"));
  }
  return figure;
}

std::vector<std::string> CaptionOf(const std::vector<VarianceRecord>& records) {
  std::vector<std::string> caption = SourceLines(records);
  std::vector<std::string> equal;
  for (const std::vector<VarianceSeries>& group : Groups(records)) {
    const std::string text = EqualText(group.front());
    if (std::find(equal.begin(), equal.end(), text) == equal.end()) {
      equal.push_back(text);
    }
  }
  caption.push_back(absl::StrCat(
      "What averaging K workers does, ", absl::StrJoin(equal, " and "),
      ". Panels say lambda and the step sizes. Variance: E f(x) - f(E x); "
      "error: E f(x) - f* = bias + variance. Lines: synchronisation every H "
      "iterations, and one-shot averaging; K = 1 is SGD and the same for all. ",
      "Bands: intervals of 95 % (jackknife over ", SeedsOf(records).size(),
      " seeds). ", kVariance));
  return caption;
}

ExperimentReport ReportOf(const VarianceReduction& data) {
  ExperimentReport report = {
      kVarianceReduction, Labelled(kVarianceReduction, TablesOf(data)), {}};
  for (const char* iterate : {"last", "quadratic"}) {
    report.figures.push_back({absl::StrCat(kVarianceReduction, "_", iterate),
                              FigureOf(data.iterates, iterate),
                              CaptionOf(data.iterates)});
  }
  return report;
}

}  // namespace

const Study<VarianceReduction>& VarianceReductionStudy() {
  using D = VarianceReduction;
  static const auto& study = *new Study<D>{
      .name = kVarianceReduction,
      .files = {FileOf("variance_reduction.csv", VarianceSchema(), &D::iterates,
                       Shown::kYes,
                       "Bias and variance of the iterates, records"),
                FileOf("variance_reduction_gradients.csv",
                       GradientVarianceSchema(), &D::gradients, Shown::kNo,
                       "Variance of the averaged gradient, records"),
                FileOf("variance_reduction_findings.csv", FindingSchema(),
                       &D::findings)},
      .report = ReportOf,
      .figures = {{kVarianceReduction, "Bias and variance"}},
      .sentences = VarianceSentences};
  return study;
}

}  // namespace local_sgd
