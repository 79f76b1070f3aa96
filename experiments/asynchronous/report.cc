#include "experiments/asynchronous/report.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/figures/gnuplot.h"
#include "analysis/report_files.h"
#include "experiments/asynchronous/records.h"
#include "lib/records/csv_reader.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/table.h"
#include "lib/statistics/mean.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

constexpr char kAsynchronous[] = "asynchronous";  // of its files

using Records = std::vector<AsynchronousRecord>;

// What the seeds of one setting came to.
struct Family {
  AsynchronousRecord first;
  std::vector<double> iterations;  // of the seeds that reached epsilon
  std::vector<double> seconds;
  std::vector<double> gaps;
  int64_t seeds = 0;
  int64_t tau = 0;            // the largest
  int64_t foreign_steps = 0;  // the largest median
};

// In the order of the records.
std::vector<Family> FamiliesOf(const Records& records, const std::string& arm) {
  std::vector<Family> families;
  std::map<std::tuple<std::string, std::string, int64_t, int64_t, std::string,
                      std::string, double, double, double,
                      std::optional<double>, std::optional<double>>,
           size_t>
      places;
  for (const AsynchronousRecord& r : records) {
    if (r.arm != arm) continue;
    const std::optional<double> end = r.epsilon ? std::nullopt : r.iterations;
    const auto [place, added] = places.insert(
        {{r.regularization, r.method, r.workers, r.period, r.compute, r.message,
          r.message_seconds, r.slowdown, r.head_start, r.epsilon, end},
         families.size()});
    if (added) {
      families.emplace_back();
      families.back().first = r;
    }
    Family& family = families[place->second];
    ++family.seeds;
    if (r.iterations) family.iterations.push_back(*r.iterations);
    if (r.seconds) family.seconds.push_back(*r.seconds);
    if (r.gap) family.gaps.push_back(*r.gap);
    family.tau = std::max(family.tau, r.tau);
    family.foreign_steps =
        std::max(family.foreign_steps, r.foreign_steps_median);
  }
  return families;
}

// The mean over seeds; nothing unless all of them are there.
std::optional<double> MeanOfAll(const std::vector<double>& values,
                                int64_t seeds) {
  if (values.empty() || static_cast<int64_t>(values.size()) != seeds) {
    return std::nullopt;
  }
  return Mean(values);
}

// The synchronous family of the same setting, or nullptr.
const Family* SynchronousOf(const std::vector<Family>& families,
                            const Family& family) {
  const auto setting = [](const AsynchronousRecord& r) {
    return std::tuple(r.workers, r.period, r.compute, r.message,
                      r.message_seconds, r.slowdown, r.epsilon);
  };
  for (const Family& other : families) {
    if (other.first.method == "synchronous" &&
        setting(other.first) == setting(family.first)) {
      return &other;
    }
  }
  return nullptr;
}

std::string ShortName(const std::string& dataset) {
  return dataset.substr(dataset.find_last_of('/') + 1);
}

std::string ClusterText(const AsynchronousRecord& r) {
  return r.message_seconds == 0.0
             ? std::string("none")
             : absl::StrCat(r.message, " ", ShortestText(r.message_seconds));
}

// Both methods side by side, a row for each setting of an arm.
Table SideBySide(const Records& records, const std::string& arm,
                 const std::string& title) {
  Table table;
  table.title = absl::StrCat(title, ", data ", ShortName(records[0].dataset));
  table.notes_above = DatasetNotice(records[0].dataset);
  table.columns = {{"workers", "K"},
                   {"period", "H"},
                   {"message", "message"},
                   {"slowdown", "s"},
                   {"epsilon", "eps"},
                   {"seeds", "seeds"},
                   {"synchronous_iterations", "T sync.", Decimals(0)},
                   {"iterations", "T async.", Decimals(0)},
                   {"synchronous_seconds", "seconds sync.", Decimals(0)},
                   {"seconds", "seconds async.", Decimals(0)},
                   {"time_ratio", "gain", Decimals(2)},
                   {"tau", "tau"},
                   {"foreign_steps", "foreign steps"}};
  const std::vector<Family> families = FamiliesOf(records, arm);
  for (const Family& family : families) {
    if (family.first.method != "asynchronous") continue;
    const Family* synchronous = SynchronousOf(families, family);
    if (synchronous == nullptr) continue;
    const auto seconds = MeanOfAll(family.seconds, family.seeds);
    const auto other = MeanOfAll(synchronous->seconds, synchronous->seeds);
    std::optional<double> gain;
    if (seconds && other) gain = *other / *seconds;
    table.rows.push_back(
        {family.first.workers, family.first.period, ClusterText(family.first),
         family.first.slowdown, ToCell(family.first.epsilon), family.seeds,
         ToCell(MeanOfAll(synchronous->iterations, synchronous->seeds)),
         ToCell(MeanOfAll(family.iterations, family.seeds)), ToCell(other),
         ToCell(seconds), ToCell(gain), family.tau, family.foreign_steps});
  }
  table.notes_below.push_back(
      "Means over seeds; gain: seconds of the synchronous over the "
      "asynchronous "
      "method; tau: the largest of any seed; foreign steps: the median of the "
      "steps of others that are added between a worker's read and its add. "
      "Both until a run has reached all its eps.");
  return table;
}

Table DelayTable(const Records& records) {
  Table table;
  table.title = absl::StrCat("The error at T and Theorem 5.1, data ",
                             ShortName(records[0].dataset));
  table.notes_above = DatasetNotice(records[0].dataset);
  table.columns = {{"regularization", "lambda"},
                   {"workers", "K"},
                   {"period", "H"},
                   {"slowdown", "s"},
                   {"head_start", "later"},
                   {"iterations", "T", Decimals(0)},
                   {"tau", "tau"},
                   {"seeds", "seeds"},
                   {"gap", "measured", Significant(3)},
                   {"gap_stderr", "std. error", Significant(2)},
                   {"bound", "bound", Significant(3)},
                   {"bias_term", "bias", Significant(3)},
                   {"drift_term", "drift", Significant(3)}};
  for (const Family& family : FamiliesOf(records, "delay")) {
    table.rows.push_back(
        {family.first.regularization, family.first.workers, family.first.period,
         family.first.slowdown, family.first.head_start,
         ToCell(family.first.iterations), family.tau, family.seeds,
         family.gaps.empty() ? Cell() : Cell(Mean(family.gaps)),
         ToCell(StandardError(family.gaps)), ToCell(family.first.bound),
         ToCell(family.first.bias_term), ToCell(family.first.drift_term)});
  }
  table.notes_below.push_back(
      "f(xhat_T) - f* of the average with weights (a + t)^2; later: half of "
      "the "
      "workers start so many seconds later; s: one worker is s times slower, "
      "its "
      "tau grows with T, and where a < H + tau the theorem says nothing. The "
      "bound is made with the measured tau and the larger of sigma^2 and G^2 "
      "at "
      "the start and at the optimum.");
  return table;
}

}  // namespace

std::vector<Table> AsynchronousTables(const Records& records) {
  return {SideBySide(records, "speed", "Synchronous and asynchronous"),
          SideBySide(records, "straggler", "One worker s times slower"),
          DelayTable(records)};
}

absl::StatusOr<std::string> AsynchronousText(const Records& records) {
  return TablesText(Labelled(kAsynchronous, AsynchronousTables(records)));
}

Figure AsynchronousFigure(const Records& records) {
  Figure figure;
  figure.notice = ShortDatasetNotice(records[0].dataset);
  figure.title = absl::StrCat("Time to an accuracy with one slow worker, data ",
                              ShortName(records[0].dataset));
  figure.x_label = "how many times slower one worker is";
  figure.y_label = "modelled seconds";
  figure.linear = false;
  figure.y_base = 2;
  figure.nothing_to_show = "no runs";
  std::map<double, Panel, std::greater<double>> panels;
  for (const Family& family : FamiliesOf(records, "straggler")) {
    const auto seconds = MeanOfAll(family.seconds, family.seeds);
    if (!family.first.epsilon) continue;
    Panel& panel = panels[*family.first.epsilon];
    panel.title = absl::StrCat("eps = ", ShortestText(*family.first.epsilon),
                               ", K = ", family.first.workers,
                               ", H = ", family.first.period);
    if (!seconds) continue;
    auto line = std::find_if(panel.lines.begin(), panel.lines.end(),
                             [&family](const Line& candidate) {
                               return candidate.label == family.first.method;
                             });
    if (line == panel.lines.end()) {
      panel.lines.push_back({family.first.method, {}});
      line = panel.lines.end() - 1;
    }
    line->points.emplace_back(family.first.slowdown, *seconds);
    line->errors.push_back(StandardError(family.seconds).value_or(0.0));
  }
  for (auto& [epsilon, panel] : panels) {
    for (Line& line : panel.lines) {  // with their bands
      std::vector<std::pair<std::pair<double, double>, double>> points;
      for (size_t i = 0; i < line.points.size(); ++i) {
        points.push_back({line.points[i], line.errors[i]});
      }
      std::sort(points.begin(), points.end());
      for (size_t i = 0; i < points.size(); ++i) {
        line.points[i] = points[i].first;
        line.errors[i] = points[i].second;
      }
    }
    figure.panels.push_back(std::move(panel));
  }
  figure.columns = std::max<size_t>(1, figure.panels.size());
  return figure;
}

std::vector<std::string> AsynchronousCaption(const Records& records) {
  std::vector<std::string> caption = DatasetNotice(records[0].dataset);
  caption.push_back(
      "Modelled seconds to an accuracy of synchronous and asynchronous local "
      "SGD when one worker is s times slower, means over seeds and shaded one "
      "standard error to either side. The synchronous method waits for the "
      "slow worker in every round; the asynchronous one takes its "
      "contributions when they come.");
  std::set<uint64_t> seeds;
  const AsynchronousRecord* shown = nullptr;
  for (const AsynchronousRecord& r : records) {
    if (r.arm != "straggler") continue;
    seeds.insert(r.seed);
    if (shown == nullptr) shown = &r;
  }
  if (shown != nullptr) {
    caption.push_back(absl::StrCat(
        "Data ", shown->dataset, ", sha256 ", shown->dataset_sha256,
        ", lambda = ", shown->regularization, ", step sizes ", shown->step_size,
        ", K = ", shown->workers, ", H = ", shown->period,
        ", b = ", shown->batch, "; a step of the others takes 1 second (",
        shown->compute, "), a message ", ShortestText(shown->message_seconds),
        " (", shown->message, "). Seeds: ", absl::StrJoin(seeds, ", "), "."));
  }
  return caption;
}

absl::StatusOr<ExperimentReport> ReadAsynchronousReport(
    const std::string& folder) {
  ASSIGN_OR_RETURN(const auto file, ReadCsv(folder + "/asynchronous.csv"));
  ASSIGN_OR_RETURN(const auto records,
                   ParseRecords(AsynchronousSchema(), file));
  if (records.empty()) {
    return absl::NotFoundError(absl::StrCat(file.path, " has no records"));
  }
  return ExperimentReport{kAsynchronous,
                          Labelled(kAsynchronous, AsynchronousTables(records)),
                          {{kAsynchronous, AsynchronousFigure(records),
                            AsynchronousCaption(records)}}};
}

absl::StatusOr<std::vector<std::string>> WriteAsynchronousReport(
    const std::string& input_dir, const std::string& output_dir) {
  ASSIGN_OR_RETURN(const auto report, ReadAsynchronousReport(input_dir));
  return WriteReportFiles(report, input_dir, output_dir);
}

}  // namespace local_sgd
