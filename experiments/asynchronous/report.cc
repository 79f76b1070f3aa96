#include "experiments/asynchronous/report.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/report_files.h"
#include "experiments/asynchronous/sentences.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/table.h"
#include "lib/statistics/mean.h"

namespace local_sgd {
namespace {

constexpr char kAsynchronous[] = "asynchronous";  // of its files

using Records = std::vector<AsynchronousRecord>;
using Family = AsynchronousFamily;

// Of the seeds that have it.
std::vector<double> ValuesOf(const Family& family,
                             std::optional<double> AsynchronousRecord::*value) {
  std::vector<double> values;
  for (const AsynchronousRecord& r : family) {
    if (r.*value) values.push_back(*(r.*value));
  }
  return values;
}

// The mean over seeds; nothing unless all of them have it.
std::optional<double> MeanOfAll(
    const Family& family, std::optional<double> AsynchronousRecord::*value) {
  const std::vector<double> values = ValuesOf(family, value);
  if (values.size() < family.size()) return std::nullopt;
  return Mean(values);
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
  using R = AsynchronousRecord;
  for (const auto& [synchronous, family] : PairsOf(records, arm)) {
    const R& first = family.front();
    const auto seconds = MeanOfAll(family, &R::seconds);
    const auto other = MeanOfAll(synchronous, &R::seconds);
    std::optional<double> gain;
    if (seconds && other) gain = *other / *seconds;
    int64_t foreign_steps = 0;
    for (const R& r : family) {
      foreign_steps = std::max(foreign_steps, r.foreign_steps_median);
    }
    table.rows.push_back(
        {first.workers, first.period, ClusterText(first), first.slowdown,
         ToCell(first.epsilon), static_cast<int64_t>(family.size()),
         ToCell(MeanOfAll(synchronous, &R::iterations)),
         ToCell(MeanOfAll(family, &R::iterations)), ToCell(other),
         ToCell(seconds), ToCell(gain), LargestTau(family), foreign_steps});
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
    const AsynchronousRecord& first = family.front();
    const std::vector<double> gaps = ValuesOf(family, &AsynchronousRecord::gap);
    table.rows.push_back({first.regularization, first.workers, first.period,
                          first.slowdown, first.head_start,
                          ToCell(first.iterations), LargestTau(family),
                          static_cast<int64_t>(family.size()),
                          gaps.empty() ? Cell() : Cell(Mean(gaps)),
                          ToCell(StandardError(gaps)), ToCell(first.bound),
                          ToCell(first.bias_term), ToCell(first.drift_term)});
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

Figure FigureOf(const Records& records) {
  Figure figure;
  figure.notice = ShortDatasetNotice(records[0].dataset);
  figure.title = absl::StrCat("Time to an accuracy with one slow worker, data ",
                              ShortName(records[0].dataset));
  figure.x_label = "how many times slower one worker is";
  figure.y_label = "modelled seconds";
  figure.linear = false;
  figure.y_base = 2;
  figure.nothing_to_show = "no runs";
  std::vector<Family> families = FamiliesOf(records, "straggler");
  std::stable_sort(families.begin(), families.end(),
                   [](const Family& a, const Family& b) {
                     return a.front().slowdown < b.front().slowdown;
                   });
  std::map<double, Panel, std::greater<double>> panels;
  for (const Family& family : families) {
    const AsynchronousRecord& first = family.front();
    if (!first.epsilon) continue;
    Panel& panel = panels[*first.epsilon];
    panel.title = absl::StrCat("eps = ", ShortestText(*first.epsilon),
                               ", K = ", first.workers, ", H = ", first.period);
    const auto seconds = MeanOfAll(family, &AsynchronousRecord::seconds);
    if (!seconds) continue;
    auto line = std::find_if(panel.lines.begin(), panel.lines.end(),
                             [&first](const Line& candidate) {
                               return candidate.label == first.method;
                             });
    if (line == panel.lines.end()) {
      line = panel.lines.insert(line, {first.method, {}});
    }
    line->points.emplace_back(first.slowdown, *seconds);
    line->errors.push_back(
        StandardError(ValuesOf(family, &AsynchronousRecord::seconds))
            .value_or(0.0));
  }
  for (auto& [epsilon, panel] : panels) {
    figure.panels.push_back(std::move(panel));
  }
  figure.columns = std::max<size_t>(1, figure.panels.size());
  return figure;
}

// What stands below it, paragraphs.
std::vector<std::string> CaptionOf(const Records& records) {
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

ExperimentReport ReportOf(const Asynchronous& data) {
  const Records& records = data.records;
  return {
      kAsynchronous,
      Labelled(kAsynchronous,
               {SideBySide(records, "speed", "Synchronous and asynchronous"),
                SideBySide(records, "straggler", "One worker s times slower"),
                DelayTable(records)}),
      {{kAsynchronous, FigureOf(records), CaptionOf(records)}}};
}

}  // namespace

const Study<Asynchronous>& AsynchronousStudy() {
  using D = Asynchronous;
  static const auto& study = *new Study<D>{
      .name = kAsynchronous,
      .files = {FileOf("asynchronous.csv", AsynchronousSchema(), &D::records,
                       Shown::kYes,
                       "Asynchronous against synchronous local SGD, records"),
                FileOf("asynchronous_findings.csv", FindingSchema(),
                       &D::findings, Shown::kNo)},
      .report = ReportOf,
      .figures = {{kAsynchronous, "Asynchronous against synchronous"}},
      .sentences = AsynchronousSentences};
  return study;
}

}  // namespace local_sgd
