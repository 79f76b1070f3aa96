#include "experiments/convergence_bound/report.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis/figures/gnuplot.h"
#include "analysis/report_files.h"
#include "experiments/convergence_bound/records.h"
#include "experiments/convergence_bound/sentences.h"
#include "experiments/study.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/finding_record.h"
#include "lib/records/group_by.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

constexpr char kConvergenceBound[] = "convergence_bound";  // of its files

using Records = std::vector<ConvergenceBoundRecord>;

// The records of each data set and lambda, in the order of the file.
std::vector<Records> ByLambda(const Records& records) {
  return GroupBy(records, [](const ConvergenceBoundRecord& r) {
    return std::pair(r.dataset, r.lambda);
  });
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

// One K and H of a lambda along T, at its first b.
struct Curves {
  std::string title;
  Records records;

  Line Of(const std::string& label,
          double (*value)(const ConvergenceBoundRecord&)) const {
    Line line = {label, {}};
    for (const ConvergenceBoundRecord& r : records) {
      line.points.emplace_back(static_cast<double>(r.iterations), value(r));
    }
    return line;
  }

  Line Measured() const {
    Line line = Of("measured", [](const auto& r) { return r.error; });
    for (const ConvergenceBoundRecord& r : records) {
      line.errors.push_back(r.error_stderr.value_or(0));
    }
    return line;
  }

  // Bias, variance and drift; what their labels have behind the name.
  std::vector<Line> Terms(const std::string& ending) const {
    return {
        Of("bias" + ending, [](const auto& r) { return r.bias; }),
        Of("variance" + ending, [](const auto& r) { return r.path.variance; }),
        Of("drift" + ending, [](const auto& r) { return r.path.drift; })};
  }
};

Curves CurvesOf(const Records& problem, int64_t workers, int64_t period) {
  Curves curves = {absl::StrCat(LambdaText(problem[0].lambda),
                                ", K = ", workers, ", H = ", period),
                   {}};
  std::copy_if(problem.begin(), problem.end(),
               std::back_inserter(curves.records),
               [&](const ConvergenceBoundRecord& r) {
                 return r.workers == workers && r.batch == problem[0].batch &&
                        r.period == period;
               });
  return curves;
}

Panel BoundPanel(const Curves& curves) {
  Panel panel;
  panel.title = curves.title;
  panel.lines = {curves.Measured(), curves.Of("bound (5)", [](const auto& r) {
                   return r.path.total;
                 })};
  for (Line& term : curves.Terms("")) panel.lines.push_back(std::move(term));
  panel.lines.push_back(
      curves.Of("bound (5), constants a priori",
                [](const auto& r) { return r.a_priori.total; }));
  return panel;
}

// The terms as areas, with the measured error or as shares.
Panel TermsPanel(const Curves& curves, bool shares) {
  Panel panel;
  panel.title = curves.title;
  panel.shares = shares;
  if (shares) {
    panel.y_label = "share of the bound";
  } else {
    panel.lines = {curves.Measured()};
  }
  panel.stacked = curves.Terms(" term");
  return panel;
}

// Without its panels.
Figure FigureAlongT(const Records& records, const std::string& title,
                    int columns) {
  Figure figure;
  figure.notice = ShortDatasetNotice(records[0].dataset);
  figure.title = absl::StrCat(title, ", data ", ShortName(records[0].dataset));
  figure.x_label = "iterations T";
  figure.y_label = "f - f*";
  figure.linear = false;
  figure.axes_by_row = true;
  figure.y_base = 10;
  figure.nothing_to_show = "no runs";
  figure.columns = columns;
  return figure;
}

std::vector<Table> TablesOf(const Records& records) {
  std::vector<Table> tables;
  for (const Records& problem : ByLambda(records)) {
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

Figure BoundFigure(const Records& records) {
  Figure figure = FigureAlongT(records, "f(xhat_T) - f* and bound (5)", 3);
  for (const Records& problem : ByLambda(records)) {
    const Extremes extremes = ExtremesOf(problem);
    for (const auto& [workers, period] :
         {std::pair(problem[0].workers, problem[0].period),
          std::pair(extremes.workers, extremes.least_period),
          std::pair(extremes.workers, extremes.most_period)}) {
      figure.panels.push_back(BoundPanel(CurvesOf(problem, workers, period)));
    }
  }
  return figure;
}

Figure TermsFigure(const Records& records) {
  Figure figure =
      FigureAlongT(records, "Bound (5) by term and f(xhat_T) - f*", 2);
  for (const Records& problem : ByLambda(records)) {
    const Extremes extremes = ExtremesOf(problem);
    for (const bool shares : {false, true}) {
      for (const int64_t period :
           {extremes.least_period, extremes.most_period}) {
        figure.panels.push_back(
            TermsPanel(CurvesOf(problem, extremes.workers, period), shares));
      }
    }
  }
  return figure;
}

// "lambda = 0.01, K = 4, H = 16, T = 128: the bound is 6 (bias 16.7 %, ...".
std::string TermsText(const ConvergenceBoundRecord& r) {
  // Nothing has no shares.
  const auto share = [&r](double term) {
    return r.path.total > 0.0
               ? absl::StrCat(
                     CellText(100.0 * term / r.path.total, Decimals(1)), " %")
               : CellText(term, Significant(3));
  };
  return absl::StrCat(LambdaText(r.lambda), ", K = ", r.workers,
                      ", H = ", r.period, ", T = ", r.iterations,
                      ": the bound is ", CellText(r.path.total, Significant(3)),
                      " (bias ", share(r.bias), ", variance ",
                      share(r.path.variance), ", drift ", share(r.path.drift),
                      "), the error ", CellText(r.error, Significant(3)), ".");
}

std::vector<std::string> TermsCaption(const Records& records) {
  std::vector<std::string> caption = DatasetNotice(records[0].dataset);
  caption.push_back(
      "Bound (5) of Theorem 2.2, its bias, variance and drift terms one on top "
      "of another: the upper edge is the bound, with sigma^2 and G^2 the "
      "largest that were measured along the path. Before them f(xhat_T) - f* "
      "as measured, mean over seeds and shaded one standard error to either "
      "side. On this logarithmic axis areas cannot be compared; the panels "
      "below show each term's share of the bound.");
  caption.push_back(SourceText(records));
  for (const Records& problem : ByLambda(records)) {
    const Extremes extremes = ExtremesOf(problem);
    for (const int64_t period :
         std::set<int64_t>{extremes.least_period, extremes.most_period}) {
      const Records along = CurvesOf(problem, extremes.workers, period).records;
      const auto last = std::max_element(along.begin(), along.end(),
                                         [](const auto& a, const auto& b) {
                                           return a.iterations < b.iterations;
                                         });
      if (last != along.end()) caption.push_back(TermsText(*last));
    }
  }
  return caption;
}

// "lambda = 0.01: over all K, b, H and T the bound is 14.5 times the error
// ...".
std::string MarginsText(const Records& problem) {
  Records with_ratio;
  std::copy_if(problem.begin(), problem.end(), std::back_inserter(with_ratio),
               [](const auto& r) { return r.path.ratio.has_value(); });
  const std::string lambda = LambdaText(problem[0].lambda);
  if (with_ratio.empty()) {
    return absl::StrCat(lambda, ": no error is above 0.");
  }
  const auto [closest, farthest] = std::minmax_element(
      with_ratio.begin(), with_ratio.end(), [](const auto& a, const auto& b) {
        return *a.path.ratio < *b.path.ratio;
      });
  const auto text = [](const ConvergenceBoundRecord& r) {
    return absl::StrCat(CellText(*r.path.ratio, Significant(3)),
                        " times the error (K = ", r.workers, ", b = ", r.batch,
                        ", H = ", r.period, ", T = ", r.iterations, ")");
  };
  return absl::StrCat(
      lambda,
      with_ratio.size() == problem.size()
          ? ": over all K, b, H and T the bound is "
          : ": over the K, b, H and T with an error above 0 the bound is ",
      text(*closest), " to ", text(*farthest), ".");
}

std::vector<std::string> BoundCaption(const Records& records) {
  std::vector<std::string> caption = DatasetNotice(records[0].dataset);
  caption.push_back(
      "Theorem 2.2 against runs: f(xhat_T) - f* of the average with weights (a "
      "+ t)^2, mean over seeds and shaded one standard error to either side, "
      "and bound (5) with its three terms, sigma^2 and G^2 the largest that "
      "were measured along the path. Above it the bound with the constants "
      "that are known a priori, from the norms of the data. Each row has axes "
      "of its own.");
  caption.push_back(SourceText(records));
  for (const Records& problem : ByLambda(records)) {
    caption.push_back(MarginsText(problem));
  }
  return caption;
}

ExperimentReport ReportOf(const ConvergenceBound& data) {
  const Records& records = data.means;
  return {kConvergenceBound,
          Labelled(kConvergenceBound, TablesOf(records)),
          {{kConvergenceBound, BoundFigure(records), BoundCaption(records)},
           {absl::StrCat(kConvergenceBound, "_terms"), TermsFigure(records),
            TermsCaption(records)}}};
}

}  // namespace

const Study<ConvergenceBound>& ConvergenceBoundStudy() {
  using D = ConvergenceBound;
  static const auto& study = *new Study<D>{
      .name = kConvergenceBound,
      .files = {FileOf("convergence_bound.csv", ConvergenceBoundSchema(),
                       &D::means, Shown::kYes,
                       "Convergence against the bound of Theorem 2.2, records"),
                FileOf("convergence_bound_runs.csv", BoundRunSchema(), &D::runs,
                       Shown::kNo),
                FileOf("convergence_bound_findings.csv", FindingSchema(),
                       &D::findings, Shown::kNo)},
      .report = ReportOf,
      .figures = {{kConvergenceBound,
                   "Convergence against the bound of Theorem 2.2"}},
      .sentences = ConvergenceBoundSentences};
  return study;
}

}  // namespace local_sgd
