#include "experiments/measured_speedup/figures.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "experiments/measured_speedup/groups.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/table.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

// One data set and step size.
using Family = std::vector<SpeedupGroup>;

// The speedups of one H against K.
Line LineOf(const SpeedupGroup& group, CostModel cost_model, int64_t period) {
  Line line = {absl::StrCat("H = ", period), {}};
  for (const int64_t workers : group.workers) {
    const SpeedupRecord* record = group.Find(workers, period);
    if (record == nullptr) continue;
    const std::optional<double> speedup = Speedup(*record, cost_model);
    if (!speedup) continue;
    line.points.emplace_back(static_cast<double>(workers), *speedup);
    line.errors.push_back(SpeedupError(*record, cost_model).value_or(0));
  }
  if (std::all_of(line.errors.begin(), line.errors.end(),
                  [](double error) { return error == 0; })) {
    line.errors.clear();
  }
  return line;
}

Figure FigureOf(const Family& family, CostModel cost_model) {
  const SpeedupGroup& first = family.front();
  Figure figure;
  figure.notice = ShortDatasetNotice(first.dataset);
  figure.title =
      absl::StrCat("Measured speedup, data ", ShortName(first.dataset),
                   ", step sizes ", first.step_size, ", ", Name(cost_model));
  if (cost_model != CostModel::kFree) {
    absl::StrAppend(&figure.title, ", rho = ", RhoText(first));
  }
  figure.x_label = "workers K";
  figure.y_label = "speedup";
  figure.nothing_to_show = "no speedup was measured";
  std::set<int64_t> batches;
  for (const SpeedupGroup& group : family) {
    batches.insert(group.batch);
    Panel panel;
    panel.title = absl::StrCat("eps = ", ShortestText(group.epsilon),
                               ", b = ", group.batch);
    for (const int64_t period : group.periods) {
      panel.lines.push_back(LineOf(group, cost_model, period));
    }
    figure.panels.push_back(std::move(panel));
  }
  figure.columns = std::min<size_t>(batches.size(), 4);
  return figure;
}

// How communication is priced.
std::string PriceText(CostModel cost_model) {
  if (cost_model == CostModel::kFree) return "Communication costs nothing.";
  return absl::StrCat(
      "Communication is priced: the speedup is divided by (b + rho v/H)/b for "
      "the v = ",
      cost_model == CostModel::kRing ? "2 (K - 1)/K" : "2 (K - 1)",
      " vectors that a round exchanges one after another.");
}

std::string LargestText(const Family& family, CostModel cost_model) {
  std::vector<std::string> texts;
  for (const SpeedupGroup& group : family) {
    const LargestSpeedup largest = FindLargestSpeedup(group, cost_model);
    if (largest.record == nullptr) continue;
    texts.push_back(absl::StrCat(CellText(largest.speedup, Decimals(2)),
                                 " (eps = ", ShortestText(group.epsilon),
                                 ", b = ", group.batch,
                                 ", K = ", largest.record->workers,
                                 ", H = ", largest.record->period, ")"));
  }
  return absl::StrCat(
      "Largest speedup: ",
      texts.empty() ? "none was measured" : absl::StrJoin(texts, ", "), ".");
}

// What a figure shows, and where it comes from.
std::vector<std::string> CaptionOf(const Family& family, CostModel cost_model) {
  const SpeedupGroup& first = family.front();
  std::vector<std::string> caption = DatasetNotice(first.dataset);
  caption.push_back(absl::StrCat(
      "Figure 3. Measured speedup T(1, 1)/T(K, H) of local SGD, where T(eps) "
      "is the number of iterations per worker until one of four iterates "
      "(last; uniform, linear, quadratic average) has f - f* <= eps. ",
      PriceText(cost_model),
      " The dashed grey line is linear speedup. A missing point: the target "
      "was not reached within the limit of iterations, on one of the seeds at "
      "least."));
  std::set<int64_t> seeds;
  std::set<int64_t> workers;
  std::set<int64_t> periods;
  bool errors = false;
  for (const SpeedupGroup& group : family) {
    for (const SpeedupRecord& record : group.records) {
      seeds.insert(record.seeds);
      errors |= record.speedup_free_stderr.value_or(0) > 0;
    }
    workers.insert(group.workers.begin(), group.workers.end());
    periods.insert(group.periods.begin(), group.periods.end());
  }
  if (errors) {
    caption.push_back(
        "Shaded: one standard error to either side (ratio of means over paired "
        "seeds, delta method).");
  }
  caption.push_back(absl::StrCat(
      "Data ", first.dataset, ", sha256 ", first.dataset_sha256,
      ", step sizes ", first.step_size,
      first.step_size == kTunedStepSize
          ? " (the best of section 4's grid, chosen on a seed of its own)"
          : "",
      ", K in {", absl::StrJoin(workers, ", "), "}, H in {",
      absl::StrJoin(periods, ", "),
      "}, measuring seeds: ", absl::StrJoin(seeds, ", "), "."));
  caption.push_back(LargestText(family, cost_model));
  if (std::any_of(family.begin(), family.end(), IsLimitedByBias)) {
    absl::StrAppend(
        &caption.back(),
        " Where this stays far below K, the bias term of bound (5) limits it: "
        "with the step sizes of Theorem 2.2 the start is forgotten over about "
        "a = max{16 kappa, H} steps, whatever K and H.");
  }
  return caption;
}

std::string FileName(const std::string& text) {
  std::string name;
  for (char c : text) {
    const bool plain = absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                       c == '.' || c == '-' || c == '_';
    name += plain ? c : '-';
  }
  return name;
}

}  // namespace

FigureSet Figure3(const std::vector<SpeedupRecord>& records) {
  FigureSet set;
  const std::vector<Family> families = SpeedupFamilies(records);
  const bool several_datasets =
      std::any_of(families.begin(), families.end(), [&](const Family& family) {
        return family[0].dataset != families[0][0].dataset;
      });
  for (const Family& family : families) {
    for (CostModel cost_model : kCostModels) {
      set.push_back(
          {FileName(absl::StrCat(
               "figure3_", several_datasets ? family[0].dataset + "_" : "",
               family[0].step_size, "_", Name(cost_model))),
           FigureOf(family, cost_model), CaptionOf(family, cost_model)});
    }
  }
  return set;
}

}  // namespace local_sgd
