#include "experiments/theoretical_speedup/figures.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/records/table.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

using Records = std::vector<ModelledSpeedup>;

template <class T>
std::vector<T> Distinct(const Records& records, T ModelledSpeedup::*member) {
  std::vector<T> values;
  for (const ModelledSpeedup& r : records) {
    if (std::find(values.begin(), values.end(), r.*member) == values.end()) {
      values.push_back(r.*member);
    }
  }
  return values;
}

// The models that one epsilon shows: at 0 the first factor of (9) is 1 in every
// one.
std::vector<std::string> ModelsAt(const Records& records, double epsilon) {
  std::vector<std::string> models = Distinct(records, &ModelledSpeedup::model);
  if (epsilon == 0) models.resize(1);
  return models;
}

// Those of one panel, by K.
Records Select(const Records& records, const std::string& model,
               const std::string& cost_model, double epsilon) {
  Records selected;
  for (const ModelledSpeedup& r : records) {
    if (r.model == model && r.cost_model == cost_model &&
        r.epsilon == epsilon) {
      selected.push_back(r);
    }
  }
  std::stable_sort(selected.begin(), selected.end(),
                   [](const ModelledSpeedup& a, const ModelledSpeedup& b) {
                     return a.workers < b.workers;
                   });
  return selected;
}

// "H = 16 for K = 2 to 64, H = 8 for K = 128": the period with the largest
// speedup for every K > 1, from the records of one panel.
std::string BestPeriods(const Records& panel) {
  std::map<int64_t, const ModelledSpeedup*> best;  // by K; the first of equals
  for (const ModelledSpeedup& r : panel) {
    const ModelledSpeedup*& here = best[r.workers];
    if (here == nullptr || r.speedup > here->speedup) here = &r;
  }
  best.erase(1);
  std::vector<std::string> texts;
  for (auto first = best.begin(); first != best.end();) {
    const int64_t period = first->second->period;
    auto end = first;
    int64_t last = first->first;
    for (; end != best.end() && end->second->period == period; ++end) {
      last = end->first;
    }
    texts.push_back(
        absl::StrCat("H = ", period, " for K = ", first->first,
                     first->first == last ? "" : absl::StrCat(" to ", last)));
    first = end;
  }
  return absl::StrJoin(texts, ", ");
}

// Why star is of no use, at one epsilon; nothing where it has no K > 1.
std::vector<std::string> StarNote(const Records& records, double epsilon) {
  const ModelledSpeedup* largest = nullptr;
  for (const ModelledSpeedup& r : records) {
    if (r.epsilon == epsilon && r.cost_model == Name(CostModel::kStar) &&
        r.workers > 1 && (largest == nullptr || r.speedup > largest->speedup)) {
      largest = &r;
    }
  }
  if (largest == nullptr) return {};
  const double rho = records.front().rho;
  return {absl::StrCat(
      "Under star, the formula as printed, all 2 (K - 1) vectors pass one "
      "after another through one link: with rho = ",
      ShortestText(rho), " every S(K > 1) is below 1 for H < 2 rho = ",
      ShortestText(2 * rho), ". The largest shown is ",
      CellText(largest->speedup, Significant(3)), " at K = ", largest->workers,
      ", H = ", largest->period, ". Under free, communication costs nothing.")};
}

// What the paper states about Figure 2, held against the numbers of one
// epsilon.
std::vector<std::string> CaptionOf(const Records& records,
                                   const std::string& name, double epsilon) {
  std::vector<std::string> caption = {absl::StrCat(
      "Figure ", name,
      ". Speedup S(K) of local SGD as equation (9) models it, eps = ",
      ShortestText(epsilon), ", rho = ", ShortestText(records.front().rho),
      epsilon == 0 ? ", where both readings of the first factor are 1, for "
                     "each cost model. "
                   : ", in each reading of its two factors. It is relative to "
                     "1/eps, so S(1) is below 1. ",
      "The dashed grey line is linear speedup. No data and no seeds: a "
      "formula.")};
  caption.push_back(
      "The paper states: a larger H softens the cost of parallelism; scaling "
      "is linear only for eps << 1; for eps = 0 the largest H wins, for eps > "
      "0 the best H changes with K; for few workers H = 1 is never the best. "
      "These statements hold under ring (at rho = 25):");
  for (const std::string& model : ModelsAt(records, epsilon)) {
    const Records ring =
        Select(records, model, Name(CostModel::kRing), epsilon);
    if (ring.empty()) continue;
    caption.push_back(absl::StrCat("Best H under ring, model ", model,
                                   ", eps = ", ShortestText(epsilon), ": ",
                                   BestPeriods(ring), "."));
  }
  for (std::string& note : StarNote(records, epsilon)) {
    caption.push_back(std::move(note));
  }
  return caption;
}

// A line for each H.
Panel PanelOf(const Records& panel_records) {
  Panel panel;
  for (const ModelledSpeedup& r : panel_records) {
    const std::string label = absl::StrCat("H = ", r.period);
    auto line = std::find_if(panel.lines.begin(), panel.lines.end(),
                             [&](const Line& l) { return l.label == label; });
    if (line == panel.lines.end()) {
      line = panel.lines.insert(line, Line{label, {}});
    }
    line->points.emplace_back(static_cast<double>(r.workers), r.speedup);
  }
  return panel;
}

Figure FigureOf(const Records& records, double epsilon) {
  const auto cost_models = Distinct(records, &ModelledSpeedup::cost_model);
  Figure figure;
  figure.title = absl::StrCat("Modelled speedup, eps = ", ShortestText(epsilon),
                              ", rho = ", ShortestText(records.front().rho));
  figure.x_label = "workers K";
  figure.y_label = "speedup S(K)";
  figure.nothing_to_show = "no speedup";
  figure.columns = cost_models.size();
  for (const std::string& model : ModelsAt(records, epsilon)) {
    for (const std::string& cost_model : cost_models) {
      Panel panel = PanelOf(Select(records, model, cost_model, epsilon));
      panel.title = epsilon == 0 ? cost_model
                                 : absl::StrCat(cost_model, ", model ", model);
      figure.panels.push_back(std::move(panel));
    }
  }
  return figure;
}

}  // namespace

FigureSet Figure2(const Records& records) {
  FigureSet set;
  for (const double epsilon : Distinct(records, &ModelledSpeedup::epsilon)) {
    const size_t i = set.size();
    const std::string name =
        i < 26 ? absl::StrCat("2", std::string(1, static_cast<char>('a' + i)))
               : absl::StrCat("2-", i + 1);
    set.push_back({absl::StrCat("figure", name), FigureOf(records, epsilon),
                   CaptionOf(records, name, epsilon)});
  }
  return set;
}

}  // namespace local_sgd
