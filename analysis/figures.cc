#include "analysis/figures.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/speedup_groups.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

struct ModelPoint {
  std::string model;
  std::string cost_model;
  double rho = 0;
  double epsilon = 0;
  double workers = 0;
  int64_t period = 0;
  double speedup = 0;
};

absl::StatusOr<std::vector<ModelPoint>> ModelPoints(const CsvFile& file) {
  RETURN_IF_ERROR(ExpectColumns(file, {"model", "cost_model", "rho", "epsilon",
                                       "workers", "period", "speedup"}));
  std::vector<ModelPoint> points;
  for (const CsvRecord& record : file.records) {
    ASSIGN_OR_RETURN(const auto model, TextField(file, record, "model"));
    ASSIGN_OR_RETURN(const auto cost_model,
                     TextField(file, record, "cost_model"));
    ASSIGN_OR_RETURN(const auto rho, NumberField(file, record, "rho"));
    ASSIGN_OR_RETURN(const auto epsilon, NumberField(file, record, "epsilon"));
    ASSIGN_OR_RETURN(const auto workers, NumberField(file, record, "workers"));
    ASSIGN_OR_RETURN(const auto period, IntegerField(file, record, "period"));
    ASSIGN_OR_RETURN(const auto speedup, NumberField(file, record, "speedup"));
    if (workers < 1 || period < 1 || speedup <= 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(file.path, ":", record.line,
                       ": expected workers and period of at least 1 and a "
                       "speedup above 0"));
    }
    points.push_back(
        {model, cost_model, rho, epsilon, workers, period, speedup});
  }
  return points;
}

template <typename T>
void AddDistinct(std::vector<T>& values, const T& value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) {
    values.push_back(value);
  }
}

std::string PeriodLabel(int64_t period) { return absl::StrCat("H = ", period); }

// The line of that label in a panel, made on first use.
Line& LineOf(Panel& panel, const std::string& label) {
  for (Line& line : panel.lines) {
    if (line.label == label) return line;
  }
  panel.lines.push_back({label, {}});
  return panel.lines.back();
}

// "H = 16 for K = 2 to 64, H = 8 for K = 128": the period with the largest
// speedup for every K > 1, from the points of one panel.
std::string BestPeriods(std::vector<ModelPoint> points) {
  std::stable_sort(points.begin(), points.end(),
                   [](const ModelPoint& a, const ModelPoint& b) {
                     return a.workers < b.workers;
                   });
  struct Run {
    int64_t period;
    double first;
    double last;
  };
  std::vector<Run> runs;
  for (size_t i = 0; i < points.size();) {
    size_t best = i;
    const double workers = points[i].workers;
    for (; i < points.size() && points[i].workers == workers; ++i) {
      if (points[i].speedup > points[best].speedup) best = i;
    }
    if (workers == 1) continue;
    if (!runs.empty() && runs.back().period == points[best].period) {
      runs.back().last = workers;
    } else {
      runs.push_back({points[best].period, workers, workers});
    }
  }
  std::vector<std::string> texts;
  for (const Run& run : runs) {
    texts.push_back(absl::StrCat(
        PeriodLabel(run.period), " for K = ", ShortestText(run.first),
        run.first == run.last ? ""
                              : absl::StrCat(" to ", ShortestText(run.last))));
  }
  return absl::StrJoin(texts, ", ");
}

std::vector<ModelPoint> Select(const std::vector<ModelPoint>& points,
                               const std::string& model,
                               const std::string& cost_model, double epsilon) {
  std::vector<ModelPoint> selected;
  for (const ModelPoint& point : points) {
    if (point.model == model && point.cost_model == cost_model &&
        point.epsilon == epsilon) {
      selected.push_back(point);
    }
  }
  return selected;
}

// What the paper states about Figure 2, held against the numbers of one
// epsilon.
std::vector<std::string> Figure2Caption(
    const std::vector<ModelPoint>& points, const std::string& name,
    double epsilon, const std::vector<std::string>& models) {
  const double rho = points.front().rho;
  std::vector<std::string> caption = {absl::StrCat(
      "Figure ", name,
      ". Speedup S(K) of local SGD as equation (9) models it, eps = ",
      ShortestText(epsilon), ", rho = ", ShortestText(rho),
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
  const ModelPoint* largest = nullptr;
  for (const std::string& model : models) {
    if (epsilon == 0 && model != models.front()) continue;
    const auto ring = Select(points, model, Name(CostModel::kRing), epsilon);
    if (!ring.empty()) {
      caption.push_back(absl::StrCat("Best H under ring, model ", model,
                                     ", eps = ", ShortestText(epsilon), ": ",
                                     BestPeriods(ring), "."));
    }
  }
  for (const ModelPoint& point : points) {
    if (point.epsilon == epsilon &&
        point.cost_model == Name(CostModel::kStar) && point.workers > 1 &&
        (largest == nullptr || point.speedup > largest->speedup)) {
      largest = &point;
    }
  }
  if (largest != nullptr) {
    caption.push_back(absl::StrCat(
        "Under star, the formula as printed, all 2 (K - 1) vectors pass one "
        "after another through one link: with rho = ",
        ShortestText(rho),
        " every S(K > 1) is below 1 for H < 2 rho = ", ShortestText(2 * rho),
        ". The largest shown is ", CellText(largest->speedup, Significant(3)),
        " at K = ", ShortestText(largest->workers), ", ",
        PeriodLabel(largest->period),
        ". Under free, communication costs nothing."));
  }
  return caption;
}

// A path's last part is enough in a figure; the caption has all of it.
std::string ShortName(const std::string& dataset) {
  return dataset.substr(dataset.find_last_of('/') + 1);
}

// The panels of one data set and step size under one cost model.
Figure MeasuredFigure(const std::vector<SpeedupGroup>& family,
                      CostModel cost_model) {
  const SpeedupGroup& first = family.front();
  Figure figure;
  figure.notice = ShortDatasetNotice(first.dataset);
  figure.title =
      absl::StrCat("Measured speedup, data ", ShortName(first.dataset),
                   ", step sizes ", first.step_size, ", ", Name(cost_model));
  if (cost_model != CostModel::kFree) {
    std::vector<std::string> rhos;
    for (double rho : first.rhos) rhos.push_back(ShortestText(rho));
    absl::StrAppend(&figure.title, ", rho = ", absl::StrJoin(rhos, ", "));
  }
  figure.x_label = "workers K";
  figure.y_label = "speedup";
  figure.nothing_to_show = "no speedup was measured";
  std::vector<int64_t> batches;
  for (const SpeedupGroup& group : family) AddDistinct(batches, group.batch);
  figure.columns = std::min<size_t>(batches.size(), 4);
  for (const SpeedupGroup& group : family) {
    Panel panel;
    panel.title = absl::StrCat("eps = ", ShortestText(group.epsilon),
                               ", b = ", group.batch);
    for (int64_t period : group.periods) {
      Line& line = LineOf(panel, PeriodLabel(period));
      for (int64_t workers : group.workers) {
        const SpeedupRecord* record = group.Find(workers, period);
        if (record == nullptr) continue;
        const std::optional<double> speedup = Speedup(*record, cost_model);
        if (!speedup) continue;
        line.points.emplace_back(static_cast<double>(workers), *speedup);
        const std::optional<double> error = SpeedupError(*record, cost_model);
        line.errors.push_back(error.value_or(0));
      }
      if (std::all_of(line.errors.begin(), line.errors.end(),
                      [](double error) { return error == 0; })) {
        line.errors.clear();
      }
    }
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

// "1, 2, 4" of the distinct values, ascending.
template <class Value>
std::string ListText(const std::set<Value>& values) {
  return absl::StrJoin(values, ", ");
}

// What a figure of one data set and step size shows, and where it comes from.
std::vector<std::string> MeasuredCaption(
    const std::vector<SpeedupGroup>& family, CostModel cost_model) {
  const SpeedupGroup& first = family.front();
  std::vector<std::string> caption = DatasetNotice(first.dataset);
  std::string price = "Communication costs nothing.";
  if (cost_model != CostModel::kFree) {
    price = absl::StrCat(
        "Communication is priced: the speedup is divided by (b + rho v/H)/b "
        "for the v = ",
        cost_model == CostModel::kRing ? "2 (K - 1)/K" : "2 (K - 1)",
        " vectors that a round exchanges one after another.");
  }
  caption.push_back(absl::StrCat(
      "Figure 3. Measured speedup T(1, 1)/T(K, H) of local SGD, where T(eps) "
      "is the number of iterations per worker until one of four iterates "
      "(last; uniform, linear, quadratic average) has f - f* <= eps. ",
      price,
      " The dashed grey line is linear speedup. A missing point: the target "
      "was not reached within the limit of iterations, on one of the seeds at "
      "least."));
  std::set<int64_t> seeds;
  std::set<int64_t> workers;
  std::set<int64_t> periods;
  bool errors = false;
  std::vector<std::string> largest_texts;
  bool limited = false;
  for (const SpeedupGroup& group : family) {
    for (const SpeedupRecord& record : group.records) {
      seeds.insert(record.seeds);
      errors |= record.speedup_free_stderr.value_or(0) > 0;
    }
    workers.insert(group.workers.begin(), group.workers.end());
    periods.insert(group.periods.begin(), group.periods.end());
    limited |= IsLimitedByBias(group);
    const LargestSpeedup largest = FindLargestSpeedup(group, cost_model);
    if (largest.record == nullptr) continue;
    largest_texts.push_back(
        absl::StrCat(" ", CellText(largest.speedup, Decimals(2)),
                     " (eps = ", ShortestText(group.epsilon),
                     ", b = ", group.batch, ", K = ", largest.record->workers,
                     ", ", PeriodLabel(largest.record->period), ")"));
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
      ", K in {", ListText(workers), "}, H in {", ListText(periods),
      "}, measuring seeds: ", ListText(seeds), "."));
  if (largest_texts.empty()) largest_texts.push_back(" none was measured");
  std::string text =
      absl::StrCat("Largest speedup:", absl::StrJoin(largest_texts, ","), ".");
  if (limited) {
    absl::StrAppend(
        &text,
        " Where this stays far below K, the bias term of bound (5) limits it: "
        "with the step sizes of Theorem 2.2 the start is forgotten over about "
        "a = max{16 kappa, H} steps, whatever K and H.");
  }
  caption.push_back(text);
  return caption;
}

// f starts at log 2; what stands above this moved away from the optimum.
constexpr double kHighestGap = 1;

// Where a candidate of the tuning stands in the figure; nothing when it has no
// run of its own or diverged. One that reached epsilon stands between a quarter
// of epsilon and epsilon: it may have gone on to a smaller epsilon since.
std::optional<double> ShownGap(const TuningRecord& r) {
  if (r.outcome == "diverged" || !r.gap) return std::nullopt;
  if (r.outcome != "reached") return *r.gap;
  return std::clamp(*r.gap, r.epsilon / 4, r.epsilon);
}

// The lines of both families in a panel, and the chosen one circled. The
// candidates are those of one configuration.
void AddTuningLines(const std::vector<const TuningRecord*>& candidates,
                    const SpeedupRecord* chosen, int64_t period, Panel& panel) {
  for (const char* family : {"constant", "decaying"}) {
    Line line;
    line.label = absl::StrCat(family, ", ", PeriodLabel(period));
    for (const TuningRecord* r : candidates) {
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

absl::StatusOr<FigureSet> Figure2(const CsvFile& theoretical_speedup) {
  ASSIGN_OR_RETURN(const auto points, ModelPoints(theoretical_speedup));
  FigureSet set;
  if (points.empty()) return set;
  std::vector<double> epsilons;
  std::vector<std::string> models;
  std::vector<std::string> cost_models;
  for (const ModelPoint& point : points) {
    AddDistinct(epsilons, point.epsilon);
    AddDistinct(models, point.model);
    AddDistinct(cost_models, point.cost_model);
  }
  for (size_t i = 0; i < epsilons.size(); ++i) {
    NamedFigure named;
    const std::string letter = i < 26
                                   ? std::string(1, static_cast<char>('a' + i))
                                   : absl::StrCat("-", i + 1);
    named.name = absl::StrCat("figure2", letter);
    named.figure.title =
        absl::StrCat("Modelled speedup, eps = ", ShortestText(epsilons[i]),
                     ", rho = ", ShortestText(points.front().rho));
    named.figure.x_label = "workers K";
    named.figure.y_label = "speedup S(K)";
    named.figure.nothing_to_show = "no speedup";
    named.figure.columns = cost_models.size();
    for (const std::string& model : models) {
      // The first factor of (9) is 1 at epsilon = 0 in every model.
      if (epsilons[i] == 0 && model != models.front()) continue;
      for (const std::string& cost_model : cost_models) {
        Panel panel;
        panel.title = epsilons[i] == 0
                          ? cost_model
                          : absl::StrCat(cost_model, ", model ", model);
        for (const ModelPoint& point :
             Select(points, model, cost_model, epsilons[i])) {
          LineOf(panel, PeriodLabel(point.period))
              .points.emplace_back(point.workers, point.speedup);
        }
        for (Line& line : panel.lines) {
          std::sort(line.points.begin(), line.points.end());
        }
        named.figure.panels.push_back(std::move(panel));
      }
    }
    named.caption =
        Figure2Caption(points, absl::StrCat("2", letter), epsilons[i], models);
    set.push_back(std::move(named));
  }
  return set;
}

FigureSet Figure3(const std::vector<SpeedupRecord>& records) {
  FigureSet set;
  const std::vector<std::vector<SpeedupGroup>> families =
      SpeedupFamilies(records);
  for (const std::vector<SpeedupGroup>& family : families) {
    const bool several_datasets =
        std::any_of(families.begin(), families.end(), [&](const auto& other) {
          return other[0].dataset != family[0].dataset;
        });
    for (CostModel cost_model : kCostModels) {
      set.push_back(
          {FileName(absl::StrCat(
               "figure3_", several_datasets ? family[0].dataset + "_" : "",
               family[0].step_size, "_", Name(cost_model))),
           MeasuredFigure(family, cost_model),
           MeasuredCaption(family, cost_model)});
    }
  }
  return set;
}

FigureSet TuningFigure(const std::vector<TuningRecord>& ledger,
                       const std::vector<SpeedupRecord>& records) {
  FigureSet set;
  const auto tuned = std::find_if(records.begin(), records.end(),
                                  [](const SpeedupRecord& record) {
                                    return record.step_size == kTunedStepSize;
                                  });
  if (tuned == records.end() || ledger.empty()) return set;

  using Setting = std::tuple<double, int64_t, int64_t, int64_t>;  // eps b K H
  std::map<Setting, std::vector<const TuningRecord*>> settings;
  std::vector<std::pair<double, int64_t>> panels;  // eps, b
  std::vector<int64_t> batches;
  int64_t least_workers = ledger.front().workers;
  int64_t most_workers = least_workers;
  int64_t least_period = ledger.front().period;
  int64_t most_period = least_period;
  std::map<std::string, int64_t> all;  // by outcome
  for (const TuningRecord& r : ledger) {
    ++all[r.outcome];
    settings[{r.epsilon, r.batch, r.workers, r.period}].push_back(&r);
    AddDistinct(panels, {r.epsilon, r.batch});
    AddDistinct(batches, r.batch);
    least_workers = std::min(least_workers, r.workers);
    most_workers = std::max(most_workers, r.workers);
    least_period = std::min(least_period, r.period);
    most_period = std::max(most_period, r.period);
  }

  Figure figure;
  figure.notice = ShortDatasetNotice(tuned->dataset);
  figure.title =
      absl::StrCat("f - f* of every step size at the end of its race, data ",
                   ShortName(tuned->dataset));
  figure.x_label = "c";
  figure.y_label = "f - f*";
  figure.linear = false;
  figure.axes_by_row = true;
  figure.y_base = 10;
  figure.circle_label = "chosen";
  figure.target_label = "eps";
  figure.nothing_to_show =
      absl::StrCat("no step size came below ", kHighestGap);
  std::vector<int64_t> workers_shown = {least_workers};
  AddDistinct(workers_shown, most_workers);
  // A row has one accuracy.
  figure.columns = batches.size() * workers_shown.size();
  if (figure.columns > 4) figure.columns = workers_shown.size();
  int64_t shown = 0;
  int64_t off_scale = 0;
  std::map<std::string, int64_t> left_out;  // by outcome
  for (const auto& [epsilon, batch] : panels) {
    for (int64_t workers : workers_shown) {
      std::vector<int64_t> periods = {least_period};
      if (workers > 1) AddDistinct(periods, most_period);
      Panel panel;
      panel.title = absl::StrCat("eps = ", ShortestText(epsilon),
                                 ", b = ", batch, ", K = ", workers);
      panel.target = epsilon;
      panel.y_limits = {epsilon / 4, kHighestGap};
      for (int64_t period : periods) {
        const auto candidates =
            settings.find({epsilon, batch, workers, period});
        if (candidates == settings.end()) continue;
        for (const TuningRecord* r : candidates->second) {
          const std::optional<double> gap = ShownGap(*r);
          ++(!gap                 ? left_out[r->outcome]
             : *gap > kHighestGap ? off_scale
                                  : shown);
        }
        const auto chosen = std::find_if(
            records.begin(), records.end(), [&](const SpeedupRecord& r) {
              return r.step_size == kTunedStepSize && r.epsilon == epsilon &&
                     r.batch == batch && r.workers == workers &&
                     r.period == period;
            });
        AddTuningLines(candidates->second,
                       chosen == records.end() ? nullptr : &*chosen, period,
                       panel);
      }
      figure.panels.push_back(std::move(panel));
    }
  }
  std::vector<std::string> caption = DatasetNotice(tuned->dataset);
  caption.push_back(absl::StrCat(
      "The tuning behind Figure 3, data ", tuned->dataset, ", sha256 ",
      tuned->dataset_sha256, ", selection seed ", ledger.front().seed,
      ": the step sizes 32 c (constant) and min(32, c n/(t + 1)) (decaying), c "
      "= 2^i, and the smallest f - f* of the four iterates where each was last "
      "looked at. The race for a setting ends once two step sizes have reached "
      "eps; the others are dropped, and stand where they were at that moment. "
      "One that reached eps stands between eps, the horizontal line, and "
      "eps/4, "
      "although it may have gone on to a smaller eps. Circled: the one that "
      "was "
      "chosen. Each row has axes of its own."));
  const auto counts = [](const std::map<std::string, int64_t>& outcomes) {
    return absl::StrJoin(outcomes, ", ", absl::PairFormatter(" "));
  };
  caption.push_back(absl::StrCat(
      "Candidates of the settings shown: ", shown, " have a point, ", off_scale,
      " stand above ", kHighestGap, ", where the lines are cut, and these are ",
      "left out: ", left_out.empty() ? "none" : counts(left_out),
      ". One that is the same as another up to T(eps), or was not tried "
      "because no run was needed to know that it does not win, has no run of "
      "its own. Candidates in the whole ledger: ",
      counts(all), "."));
  set.push_back({"tuning", std::move(figure), std::move(caption)});
  return set;
}

absl::StatusOr<FigureSet> PaperFigures(const std::string& folder,
                                       std::optional<double> rho) {
  const auto model = ReadCsv(folder + "/theoretical_speedup.csv");
  const auto records = ReadSpeedups(folder, rho);
  if (absl::IsNotFound(model.status()) && absl::IsNotFound(records.status())) {
    return absl::NotFoundError(absl::StrCat(
        "neither theoretical_speedup.csv nor measured_speedup.csv in ",
        folder));
  }
  FigureSet figures;
  const auto add = [&figures](FigureSet more) {
    std::move(more.begin(), more.end(), std::back_inserter(figures));
  };
  if (model.ok()) {
    ASSIGN_OR_RETURN(auto figure2, Figure2(*model));
    add(MadeFrom({"theoretical_speedup.csv"}, std::move(figure2)));
  } else if (!absl::IsNotFound(model.status())) {
    return model.status();
  }
  if (records.ok()) {
    add(MadeFrom({"measured_speedup.csv"}, Figure3(*records)));
    const auto ledger = ReadCsv(folder + "/tuning_ledger.csv");
    if (ledger.ok()) {
      ASSIGN_OR_RETURN(const auto tried, ParseRecords(TuningSchema(), *ledger));
      add(MadeFrom({"measured_speedup.csv", "tuning_ledger.csv"},
                   TuningFigure(tried, *records)));
    } else if (!absl::IsNotFound(ledger.status())) {
      return ledger.status();
    }
  } else if (!absl::IsNotFound(records.status())) {
    return records.status();
  }
  return figures;
}

absl::StatusOr<std::vector<std::string>> WriteFigures(
    const std::string& input_dir, const std::string& output_dir,
    std::optional<double> rho) {
  ASSIGN_OR_RETURN(const auto figures, PaperFigures(input_dir, rho));
  return WriteFigureFiles(figures, input_dir, output_dir);
}

}  // namespace local_sgd
