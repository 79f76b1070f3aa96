#include "experiments/measured_speedup/tuning_figure.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "experiments/measured_speedup/groups.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

// f starts at log 2; what stands above this moved away from the optimum.
constexpr double kHighestGap = 1;

using Setting = std::tuple<double, int64_t, int64_t, int64_t>;  // eps b K H
using Outcomes = std::map<std::string, int64_t>;                // how many

// The ledger by setting, and which of them are shown.
struct Tuning {
  std::map<Setting, std::vector<const TuningRecord*>> settings;
  std::map<Setting, const SpeedupRecord*> chosen;
  std::vector<std::pair<double, int64_t>>
      rows;  // eps, b, in the ledger's order
  std::set<int64_t> batches;
  std::set<int64_t> workers;
  std::set<int64_t> periods;
  Outcomes outcomes;
};

// What became of the candidates of the settings shown.
struct Shown {
  int64_t points = 0;
  int64_t off_scale = 0;
  Outcomes left_out;
};

// The smallest and the largest.
std::set<int64_t> Ends(const std::set<int64_t>& values) {
  return {*values.begin(), *values.rbegin()};
}

Tuning BySetting(const std::vector<TuningRecord>& ledger,
                 const std::vector<SpeedupRecord>& records) {
  Tuning tuning;
  for (const TuningRecord& r : ledger) {
    ++tuning.outcomes[r.outcome];
    tuning.settings[{r.epsilon, r.batch, r.workers, r.period}].push_back(&r);
    const std::pair row(r.epsilon, r.batch);
    if (std::find(tuning.rows.begin(), tuning.rows.end(), row) ==
        tuning.rows.end()) {
      tuning.rows.push_back(row);
    }
    tuning.batches.insert(r.batch);
    tuning.workers.insert(r.workers);
    tuning.periods.insert(r.period);
  }
  for (const SpeedupRecord& r : records) {
    if (r.step_size != kTunedStepSize) continue;
    tuning.chosen.insert({{r.epsilon, r.batch, r.workers, r.period}, &r});
  }
  return tuning;
}

// Where a candidate of the tuning stands in the figure; nothing when it has no
// run of its own or diverged. One that reached epsilon stands between a quarter
// of epsilon and epsilon: it may have gone on to a smaller epsilon since.
std::optional<double> ShownGap(const TuningRecord& r) {
  if (r.outcome == "diverged" || !r.gap) return std::nullopt;
  if (r.outcome != "reached") return *r.gap;
  return std::clamp(*r.gap, r.epsilon / 4, r.epsilon);
}

// The lines of both families in a panel, and the chosen one circled.
void AddLines(const Tuning& tuning, const Setting& setting, Panel& panel) {
  const auto found = tuning.chosen.find(setting);
  const SpeedupRecord* chosen =
      found == tuning.chosen.end() ? nullptr : found->second;
  for (const char* family : {"constant", "decaying"}) {
    Line line = {absl::StrCat(family, ", H = ", std::get<3>(setting)), {}};
    for (const TuningRecord* r : tuning.settings.at(setting)) {
      const std::optional<double> gap = ShownGap(*r);
      if (r->family != family || !gap) continue;
      const std::pair point(std::ldexp(1.0, static_cast<int>(r->exponent)),
                            *gap);
      line.points.push_back(point);
      if (chosen != nullptr && chosen->chosen_family == family &&
          chosen->chosen_exponent == r->exponent) {
        panel.circled.push_back(point);
      }
    }
    std::sort(line.points.begin(), line.points.end());
    panel.lines.push_back(std::move(line));
  }
}

// One accuracy, batch and K; counts what it shows.
Panel PanelOf(const Tuning& tuning, double epsilon, int64_t batch,
              int64_t workers, Shown& shown) {
  Panel panel;
  panel.title = absl::StrCat("eps = ", ShortestText(epsilon), ", b = ", batch,
                             ", K = ", workers);
  panel.target = epsilon;
  panel.y_limits = {epsilon / 4, kHighestGap};
  std::set<int64_t> periods = Ends(tuning.periods);
  if (workers == 1) periods = {*periods.begin()};
  for (const int64_t period : periods) {
    const Setting setting = {epsilon, batch, workers, period};
    const auto candidates = tuning.settings.find(setting);
    if (candidates == tuning.settings.end()) continue;
    for (const TuningRecord* r : candidates->second) {
      const std::optional<double> gap = ShownGap(*r);
      ++(!gap                 ? shown.left_out[r->outcome]
         : *gap > kHighestGap ? shown.off_scale
                              : shown.points);
    }
    AddLines(tuning, setting, panel);
  }
  return panel;
}

Figure FigureOf(const Tuning& tuning, const std::string& dataset,
                Shown& shown) {
  Figure figure;
  figure.notice = ShortDatasetNotice(dataset);
  figure.title =
      absl::StrCat("f - f* of every step size at the end of its race, data ",
                   ShortName(dataset));
  figure.x_label = "c";
  figure.y_label = "f - f*";
  figure.linear = false;
  figure.axes_by_row = true;
  figure.y_base = 10;
  figure.circle_label = "chosen";
  figure.target_label = "eps";
  figure.nothing_to_show =
      absl::StrCat("no step size came below ", kHighestGap);
  const std::set<int64_t> workers_shown = Ends(tuning.workers);
  // A row has one accuracy.
  figure.columns = tuning.batches.size() * workers_shown.size();
  if (figure.columns > 4) figure.columns = workers_shown.size();
  for (const auto& [epsilon, batch] : tuning.rows) {
    for (const int64_t workers : workers_shown) {
      figure.panels.push_back(PanelOf(tuning, epsilon, batch, workers, shown));
    }
  }
  return figure;
}

std::string CountsText(const Outcomes& outcomes) {
  if (outcomes.empty()) return "none";
  return absl::StrJoin(outcomes, ", ", absl::PairFormatter(" "));
}

std::vector<std::string> CaptionOf(const SpeedupRecord& tuned, uint64_t seed,
                                   const Outcomes& all, const Shown& shown) {
  std::vector<std::string> caption = DatasetNotice(tuned.dataset);
  caption.push_back(absl::StrCat(
      "The tuning behind Figure 3, data ", tuned.dataset, ", sha256 ",
      tuned.dataset_sha256, ", selection seed ", seed,
      ": the step sizes 32 c (constant) and min(32, c n/(t + 1)) (decaying), c "
      "= 2^i, and the smallest f - f* of the four iterates where each was last "
      "looked at. The race for a setting ends once two step sizes have reached "
      "eps; the others are dropped, and stand where they were at that moment. "
      "One that reached eps stands between eps, the horizontal line, and "
      "eps/4, although it may have gone on to a smaller eps. Circled: the one "
      "that was chosen. Each row has axes of its own."));
  caption.push_back(absl::StrCat(
      "Candidates of the settings shown: ", shown.points, " have a point, ",
      shown.off_scale, " stand above ", kHighestGap,
      ", where the lines are cut, and these are left out: ",
      CountsText(shown.left_out),
      ". One that is the same as another up to T(eps), or was not tried "
      "because no run was needed to know that it does not win, has no run of "
      "its own. Candidates in the whole ledger: ",
      CountsText(all), "."));
  return caption;
}

}  // namespace

FigureSet TuningFigure(const std::vector<TuningRecord>& ledger,
                       const std::vector<SpeedupRecord>& records) {
  const auto tuned = std::find_if(records.begin(), records.end(),
                                  [](const SpeedupRecord& record) {
                                    return record.step_size == kTunedStepSize;
                                  });
  if (tuned == records.end() || ledger.empty()) return {};
  const Tuning tuning = BySetting(ledger, records);
  Shown shown;
  Figure figure = FigureOf(tuning, tuned->dataset, shown);
  return {{"tuning", std::move(figure),
           CaptionOf(*tuned, ledger.front().seed, tuning.outcomes, shown)}};
}

}  // namespace local_sgd
