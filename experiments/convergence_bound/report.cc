#include "experiments/convergence_bound/report.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analysis/figures/gnuplot.h"
#include "analysis/report_files.h"
#include "experiments/convergence_bound/records.h"
#include "lib/records/csv_reader.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

constexpr char kConvergenceBound[] = "convergence_bound";  // of its files

using Records = std::vector<ConvergenceBoundRecord>;

// The records of each data set and lambda, in the order of the file.
std::vector<Records> Problems(const Records& records) {
  std::vector<Records> problems;
  for (const ConvergenceBoundRecord& r : records) {
    const auto same = std::find_if(problems.begin(), problems.end(),
                                   [&r](const Records& problem) {
                                     return problem[0].dataset == r.dataset &&
                                            problem[0].lambda == r.lambda;
                                   });
    if (same == problems.end()) {
      problems.push_back({r});
    } else {
      same->push_back(r);
    }
  }
  return problems;
}

std::string ShortName(const std::string& dataset) {
  return dataset.substr(dataset.find_last_of('/') + 1);
}

std::string LambdaText(double lambda) {
  return absl::StrCat("lambda = ", CellText(lambda, Significant(3)));
}

// The largest T of a setting.
bool IsLast(const Records& records, const ConvergenceBoundRecord& r) {
  return std::none_of(records.begin(), records.end(),
                      [&r](const ConvergenceBoundRecord& other) {
                        return other.workers == r.workers &&
                               other.batch == r.batch &&
                               other.period == r.period &&
                               other.iterations > r.iterations;
                      });
}

// A panel of the figure: one K, b and H of a problem.
Panel PanelOf(const Records& problem, int64_t workers, int64_t batch,
              int64_t period) {
  Panel panel;
  panel.title = absl::StrCat(LambdaText(problem[0].lambda), ", K = ", workers,
                             ", H = ", period);
  Line measured;
  measured.label = "measured";
  Line bound = {"bound (5)", {}};
  Line bias = {"bias", {}};
  Line variance = {"variance", {}};
  Line drift = {"drift", {}};
  Line a_priori = {"bound (5), constants a priori", {}};
  for (const ConvergenceBoundRecord& r : problem) {
    if (r.workers != workers || r.batch != batch || r.period != period) {
      continue;
    }
    const double T = static_cast<double>(r.iterations);
    measured.points.emplace_back(T, r.error);
    measured.errors.push_back(r.error_stderr.value_or(0));
    a_priori.points.emplace_back(T, r.a_priori.total);
    bound.points.emplace_back(T, r.path.total);
    bias.points.emplace_back(T, r.bias);
    variance.points.emplace_back(T, r.path.variance);
    drift.points.emplace_back(T, r.path.drift);
  }
  panel.lines = {measured, bound, bias, variance, drift, a_priori};
  return panel;
}

// The terms as areas, with the measured error or as shares.
Panel TermsPanel(const Records& problem, int64_t workers, int64_t batch,
                 int64_t period, bool shares) {
  Panel panel;
  panel.title = absl::StrCat(LambdaText(problem[0].lambda), ", K = ", workers,
                             ", H = ", period);
  panel.shares = shares;
  if (shares) panel.y_label = "share of the bound";
  Line measured = {"measured", {}};
  Line bias = {"bias term", {}};
  Line variance = {"variance term", {}};
  Line drift = {"drift term", {}};
  for (const ConvergenceBoundRecord& r : problem) {
    if (r.workers != workers || r.batch != batch || r.period != period) {
      continue;
    }
    const double T = static_cast<double>(r.iterations);
    measured.points.emplace_back(T, r.error);
    measured.errors.push_back(r.error_stderr.value_or(0));
    bias.points.emplace_back(T, r.bias);
    variance.points.emplace_back(T, r.path.variance);
    drift.points.emplace_back(T, r.path.drift);
  }
  if (!shares) panel.lines = {measured};
  panel.stacked = {bias, variance, drift};
  return panel;
}

// The most workers, and the smallest and the largest H, at the first b.
struct Extremes {
  int64_t workers = 1;
  int64_t least_period = 1;
  int64_t most_period = 1;
};

Extremes ExtremesOf(const Records& problem) {
  Extremes extremes = {1, problem[0].period, problem[0].period};
  for (const ConvergenceBoundRecord& r : problem) {
    if (r.batch != problem[0].batch) continue;
    extremes.workers = std::max(extremes.workers, r.workers);
    extremes.least_period = std::min(extremes.least_period, r.period);
    extremes.most_period = std::max(extremes.most_period, r.period);
  }
  return extremes;
}

// "Data w8a, sha256 ..., b = 1, 3 to 9 seeds, ..."
std::string SourceText(const Records& records) {
  int64_t least_seeds = records[0].seeds;
  int64_t most_seeds = least_seeds;
  for (const ConvergenceBoundRecord& r : records) {
    least_seeds = std::min(least_seeds, r.seeds);
    most_seeds = std::max(most_seeds, r.seeds);
  }
  return absl::StrCat(
      "Data ", records[0].dataset, ", sha256 ", records[0].dataset_sha256,
      ", b = ", records[0].batch,
      ", step sizes 4/(mu (a + t)) of the theorem, ", least_seeds,
      least_seeds == most_seeds ? "" : absl::StrCat(" to ", most_seeds),
      most_seeds == 1 ? " seed." : " seeds.");
}

}  // namespace

std::vector<Table> ConvergenceBoundTables(const Records& records) {
  std::vector<Table> tables;
  for (const Records& problem : Problems(records)) {
    Table table;
    table.title = absl::StrCat("f(xhat_T) - f* and bound (5), data ",
                               ShortName(problem[0].dataset), ", ",
                               LambdaText(problem[0].lambda));
    table.notes_above = DatasetNotice(problem[0].dataset);
    table.columns = {{"workers", "K"},
                     {"batch", "b"},
                     {"period", "H"},
                     {"iterations", "T"},
                     {"seeds", "seeds"},
                     {"error", "measured", Significant(3)},
                     {"error_stderr", "std. error", Significant(2)},
                     {"bias", "bias", Significant(3)},
                     {"variance", "variance", Significant(3)},
                     {"drift", "drift", Significant(3)},
                     {"total", "bound (5)", Significant(3)},
                     {"ratio", "bound/measured", Significant(3)},
                     {"ratio_a_priori", "a priori", Significant(3)}};
    for (const ConvergenceBoundRecord& r : problem) {
      if (!IsLast(problem, r)) continue;
      table.rows.push_back({r.workers, r.batch, r.period, r.iterations, r.seeds,
                            r.error, ToCell(r.error_stderr), r.bias,
                            r.path.variance, r.path.drift, r.path.total,
                            ToCell(r.path.ratio), ToCell(r.a_priori.ratio)});
    }
    table.notes_below.push_back(
        "The bound's terms with the largest sigma^2 and G^2 along the path; a "
        "priori: the bound over the error with those from the data's norms.");
    tables.push_back(std::move(table));
  }
  return tables;
}

absl::StatusOr<std::string> ConvergenceBoundText(const Records& records) {
  return TablesText(
      Labelled(kConvergenceBound, ConvergenceBoundTables(records)));
}

Figure ConvergenceBoundFigure(const Records& records) {
  Figure figure;
  figure.notice = ShortDatasetNotice(records[0].dataset);
  figure.title = absl::StrCat("f(xhat_T) - f* and bound (5), data ",
                              ShortName(records[0].dataset));
  figure.x_label = "iterations T";
  figure.y_label = "f - f*";
  figure.linear = false;
  figure.axes_by_row = true;
  figure.y_base = 10;
  figure.nothing_to_show = "no runs";
  figure.columns = 3;
  for (const Records& problem : Problems(records)) {
    const Extremes extremes = ExtremesOf(problem);
    const int64_t batch = problem[0].batch;
    figure.panels.push_back(
        PanelOf(problem, problem[0].workers, batch, problem[0].period));
    figure.panels.push_back(
        PanelOf(problem, extremes.workers, batch, extremes.least_period));
    figure.panels.push_back(
        PanelOf(problem, extremes.workers, batch, extremes.most_period));
  }
  return figure;
}

Figure ConvergenceBoundTermsFigure(const Records& records) {
  Figure figure;
  figure.notice = ShortDatasetNotice(records[0].dataset);
  figure.title = absl::StrCat("Bound (5) by term and f(xhat_T) - f*, data ",
                              ShortName(records[0].dataset));
  figure.x_label = "iterations T";
  figure.y_label = "f - f*";
  figure.linear = false;
  figure.axes_by_row = true;
  figure.y_base = 10;
  figure.nothing_to_show = "no runs";
  figure.columns = 2;
  for (const Records& problem : Problems(records)) {
    const Extremes extremes = ExtremesOf(problem);
    for (const bool shares : {false, true}) {
      for (const int64_t period :
           {extremes.least_period, extremes.most_period}) {
        figure.panels.push_back(TermsPanel(problem, extremes.workers,
                                           problem[0].batch, period, shares));
      }
    }
  }
  return figure;
}

std::vector<std::string> ConvergenceBoundTermsCaption(const Records& records) {
  std::vector<std::string> caption = DatasetNotice(records[0].dataset);
  caption.push_back(
      "Bound (5) of Theorem 2.2, its bias, variance and drift terms one on top "
      "of another: the upper edge is the bound, with sigma^2 and G^2 the "
      "largest that were measured along the path. Before them f(xhat_T) - f* "
      "as measured, mean over seeds and shaded one standard error to either "
      "side. On this logarithmic axis areas cannot be compared; the panels "
      "below show each term's share of the bound.");
  caption.push_back(SourceText(records));
  for (const Records& problem : Problems(records)) {
    const Extremes extremes = ExtremesOf(problem);
    for (const int64_t period :
         std::set<int64_t>{extremes.least_period, extremes.most_period}) {
      const auto last = std::find_if(
          problem.begin(), problem.end(), [&](const ConvergenceBoundRecord& r) {
            return r.workers == extremes.workers &&
                   r.batch == problem[0].batch && r.period == period &&
                   IsLast(problem, r);
          });
      if (last == problem.end()) continue;
      // Nothing has no shares.
      const auto share = [&last](double term) {
        return last->path.total > 0.0
                   ? absl::StrCat(
                         CellText(100.0 * term / last->path.total, Decimals(1)),
                         " %")
                   : CellText(term, Significant(3));
      };
      caption.push_back(absl::StrCat(
          LambdaText(last->lambda), ", K = ", last->workers,
          ", H = ", last->period, ", T = ", last->iterations, ": the bound is ",
          CellText(last->path.total, Significant(3)), " (bias ",
          share(last->bias), ", variance ", share(last->path.variance),
          ", drift ", share(last->path.drift), "), the error ",
          CellText(last->error, Significant(3)), "."));
    }
  }
  return caption;
}

std::vector<std::string> ConvergenceBoundCaption(const Records& records) {
  std::vector<std::string> caption = DatasetNotice(records[0].dataset);
  caption.push_back(
      "Theorem 2.2 against runs: f(xhat_T) - f* of the average with weights (a "
      "+ t)^2, mean over seeds and shaded one standard error to either side, "
      "and bound (5) with its three terms, sigma^2 and G^2 the largest that "
      "were measured along the path. Above it the bound with the constants "
      "that are known a priori, from the norms of the data. Each row has axes "
      "of its own.");
  caption.push_back(SourceText(records));
  for (const Records& problem : Problems(records)) {
    Records with_ratio;
    std::copy_if(problem.begin(), problem.end(), std::back_inserter(with_ratio),
                 [](const ConvergenceBoundRecord& r) {
                   return r.path.ratio.has_value();
                 });
    if (with_ratio.empty()) {
      caption.push_back(absl::StrCat(LambdaText(problem[0].lambda),
                                     ": no error is above 0."));
      continue;
    }
    const auto [closest, farthest] = std::minmax_element(
        with_ratio.begin(), with_ratio.end(),
        [](const ConvergenceBoundRecord& a, const ConvergenceBoundRecord& b) {
          return *a.path.ratio < *b.path.ratio;
        });
    const auto text = [](const ConvergenceBoundRecord& r) {
      return absl::StrCat(CellText(*r.path.ratio, Significant(3)),
                          " times the error (K = ", r.workers,
                          ", b = ", r.batch, ", H = ", r.period,
                          ", T = ", r.iterations, ")");
    };
    caption.push_back(absl::StrCat(
        LambdaText(problem[0].lambda),
        with_ratio.size() == problem.size()
            ? ": over all K, b, H and T the bound is "
            : ": over the K, b, H and T with an error above 0 the bound is ",
        text(*closest), " to ", text(*farthest), "."));
  }
  return caption;
}

absl::StatusOr<ExperimentReport> ReadConvergenceBoundReport(
    const std::string& folder) {
  ASSIGN_OR_RETURN(const auto file, ReadCsv(folder + "/convergence_bound.csv"));
  ASSIGN_OR_RETURN(const auto records,
                   ParseRecords(ConvergenceBoundSchema(), file));
  if (records.empty()) {
    return absl::NotFoundError(absl::StrCat(file.path, " has no records"));
  }
  return MadeFrom({"convergence_bound.csv"},
                  {kConvergenceBound,
                   Labelled(kConvergenceBound, ConvergenceBoundTables(records)),
                   {{kConvergenceBound, ConvergenceBoundFigure(records),
                     ConvergenceBoundCaption(records)},
                    {absl::StrCat(kConvergenceBound, "_terms"),
                     ConvergenceBoundTermsFigure(records),
                     ConvergenceBoundTermsCaption(records)}}});
}

absl::StatusOr<std::vector<std::string>> WriteConvergenceBoundReport(
    const std::string& input_dir, const std::string& output_dir) {
  ASSIGN_OR_RETURN(const auto report, ReadConvergenceBoundReport(input_dir));
  return WriteReportFiles(report, input_dir, output_dir);
}

}  // namespace local_sgd
