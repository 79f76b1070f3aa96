#include "experiments/communication_period/report.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <iterator>
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
#include "lib/files/output_file.h"
#include "lib/records/csv_reader.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/json_text.h"
#include "lib/records/table.h"
#include "lib/statistics/mean.h"
#include "lib/statistics/student_t.h"
#include "lib/status_macros.h"
#include "lib/theory/speedup_model.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

constexpr LossCriterion kCriteria[] = {LossCriterion::kError,
                                       LossCriterion::kIterations};

const FindingRecord* Find(const CommunicationPeriodRecords& records,
                          const std::string& name, const std::string& setting) {
  for (const FindingRecord& finding : records.findings) {
    if (finding.name == name && finding.setting == setting) return &finding;
  }
  return nullptr;
}

// "812 [650, 1010]", or "" without a finding.
std::string IntervalText(const FindingRecord* finding, Precision precision) {
  if (finding == nullptr) return std::string();
  std::string text = CellText(finding->value, precision);
  if (finding->low) {
    absl::StrAppend(&text, " [", CellText(*finding->low, precision), ", ",
                    CellText(*finding->high, precision), "]");
  }
  return text;
}

Cell TextOrNothing(const std::string& text) {
  std::optional<std::string> cell;
  if (!text.empty()) cell = text;
  return ToCell(cell);
}

// One record for each arm, K, b and T, in their order.
std::vector<const PeriodRecord*> CellsOf(
    const std::vector<PeriodRecord>& records) {
  std::vector<const PeriodRecord*> cells;
  std::set<std::string> seen;
  for (const PeriodRecord& r : records) {
    if (seen.insert(absl::StrCat(ArmSetting(r), ", ", CellSetting(r))).second) {
      cells.push_back(&r);
    }
  }
  return cells;
}

std::vector<std::string> ArmsOf(const std::vector<PeriodRecord>& records) {
  std::vector<std::string> arms;
  for (const PeriodRecord& r : records) {
    const std::string arm = ArmSetting(r);
    if (std::find(arms.begin(), arms.end(), arm) == arms.end()) {
      arms.push_back(arm);
    }
  }
  return arms;
}

// The admissible period of a cell, and whether it is only known to be larger
// (1), or smaller (-1).
struct Admissible {
  const FindingRecord* finding = nullptr;
  int side = 0;
};

Admissible AdmissibleOf(const CommunicationPeriodRecords& records,
                        const PeriodRecord& cell, LossCriterion criterion) {
  const std::string setting = absl::StrCat(
      ArmSetting(cell), ", ", Name(criterion), ", ", CellSetting(cell));
  if (const auto* found = Find(records, "admissible_period", setting)) {
    return {found, 0};
  }
  if (const auto* found = Find(records, "admissible_period_above", setting)) {
    return {found, 1};
  }
  return {Find(records, "admissible_period_below", setting), -1};
}

std::string AdmissibleText(const Admissible& admissible) {
  if (admissible.finding == nullptr) return std::string();
  const std::string text = IntervalText(admissible.finding, Significant(3));
  if (admissible.side == 0) return text;
  return absl::StrCat(admissible.side > 0 ? "> " : "< ", text);
}

std::vector<std::string> Notices(const CommunicationPeriodRecords& records) {
  if (!records.periods.empty()) {
    return DatasetNotice(records.periods[0].dataset);
  }
  if (!records.schedules.empty()) {
    return DatasetNotice(records.schedules[0].dataset);
  }
  return {};
}

// The loss that the findings are about.
double LossOf(const CommunicationPeriodRecords& records) {
  const FindingRecord* loss = Find(records, "loss", "");
  return loss == nullptr ? 0.0 : loss->value;
}

LabelledTable PeriodTable(const CommunicationPeriodRecords& records) {
  const double loss = LossOf(records);
  Table table;
  table.title = absl::StrCat("The largest period H that loses less than ",
                             CellText(100.0 * loss, Shortest()),
                             " % against H = 1, with intervals of 95 %");
  table.notes_above = Notices(records);
  table.columns = {{"arm", "step sizes"},
                   {"lambda", "lambda", Significant(3)},
                   {"workers", "K"},
                   {"batch", "b"},
                   {"iterations", "T"},
                   {"error", "H by error"},
                   {"by_iterations", "H by iterations"},
                   {"one_shot", "one-shot loss"},
                   {"corollary", "(9) corollary", Significant(3)},
                   {"printed", "(9) printed", Significant(3)}};
  for (const PeriodRecord* cell : CellsOf(records.periods)) {
    std::vector<Cell> row = {cell->step_size, cell->regularization,
                             cell->workers, cell->batch, cell->iterations};
    for (const LossCriterion criterion : kCriteria) {
      row.push_back(TextOrNothing(
          AdmissibleText(AdmissibleOf(records, *cell, criterion))));
    }
    row.push_back(TextOrNothing(IntervalText(
        Find(records, "one_shot_loss",
             absl::StrCat(ArmSetting(*cell), ", ", CellSetting(*cell))),
        Significant(2))));
    for (const IterationModel model :
         {IterationModel::kCorollary, IterationModel::kPrinted}) {
      row.emplace_back(AdmissiblePeriod(model, LossCriterion::kError, loss,
                                        static_cast<double>(cell->iterations),
                                        cell->workers * cell->batch));
    }
    table.rows.push_back(std::move(row));
  }
  table.notes_below = {
      "By error: f - f* after T iterations. By iterations: those to the error "
      "that H = 1 has after T. xhat_T is the quadratic average, and the best "
      "of the four iterates where step sizes are tuned, for each K, b, H and "
      "T. > H: even H = T loses less, the cell is left out of the fit. The one-"
      "shot loss is that of H = T. theory_fixed_shift has a = 16 kappa for "
      "every H in place of a = max{16 kappa, H}. (9) has unit constants: its "
      "slopes compare, its values do not."};
  return {"communication-period", std::move(table)};
}

LabelledTable ExponentTable(const CommunicationPeriodRecords& records) {
  Table table;
  table.title = "Exponents of the largest admissible period, H = c T^e K^e b^e";
  table.notes_above = Notices(records);
  table.columns = {{"arm", "arm"},
                   {"criterion", "loss in"},
                   {"of", "of"},
                   {"exponent", "exponent"},
                   {"residual", "interval of the fit"},
                   {"theory", "theory"},
                   {"corollary", "(9) corollary", Decimals(2)},
                   {"printed", "(9) printed", Decimals(2)},
                   {"fitted", "cells"},
                   {"censored", "censored"}};
  for (const std::string& arm : ArmsOf(records.periods)) {
    for (const LossCriterion criterion : kCriteria) {
      const std::string setting = absl::StrCat(arm, ", ", Name(criterion));
      const auto count = [&](const char* name) {
        std::optional<int64_t> cells;
        if (const FindingRecord* found = Find(records, name, setting)) {
          cells = static_cast<int64_t>(found->value);
        }
        return ToCell(cells);
      };
      for (const auto& [of, theory] :
           {std::pair("iterations", "1/2"), std::pair("workers", "-1/2"),
            std::pair("batch", "-1/2")}) {
        const std::string name = absl::StrCat("exponent_of_", of);
        std::vector<Cell> row = {
            arm,
            std::string(Name(criterion)),
            std::string(of),
            TextOrNothing(
                IntervalText(Find(records, name, setting), Decimals(2))),
            TextOrNothing(IntervalText(
                Find(records, absl::StrCat("residual_", name), setting),
                Decimals(2))),
            std::string(theory)};
        for (const IterationModel model :
             {IterationModel::kCorollary, IterationModel::kPrinted}) {
          const FindingRecord* found =
              Find(records, absl::StrCat("model_", name),
                   absl::StrCat(setting, ", model=", Name(model)));
          std::optional<double> exponent;
          if (found != nullptr) exponent = found->value;
          row.push_back(ToCell(exponent));
        }
        row.push_back(count("cells_fitted"));
        row.push_back(count("cells_censored"));
        table.rows.push_back(std::move(row));
      }
    }
  }
  table.notes_below = {
      "Least squares on logarithms over the cells that are not censored. The "
      "first interval is the jackknife's over seeds, the second the fit's own, "
      "from its residuals: it shows how well a power law describes the cells, "
      "and holds what choosing step sizes on one seed adds. Nothing: too few "
      "cells."};
  return {"communication-period-exponents", std::move(table)};
}

struct NamedSchedules {
  std::vector<const ScheduleRecord*> schedules;  // one record each, in order
  std::set<double, std::greater<double>> epsilons;
  std::set<int64_t> rounds;  // of the findings schedule_error
};

NamedSchedules SchedulesOf(const CommunicationPeriodRecords& records) {
  NamedSchedules result;
  std::set<std::string> seen;
  for (const ScheduleRecord& r : records.schedules) {
    if (r.epsilon) result.epsilons.insert(*r.epsilon);
    if (seen.insert(ScheduleSetting(r)).second) {
      result.schedules.push_back(&r);
    }
  }
  return result;
}

std::string ChosenFor(const CommunicationPeriodRecords& records,
                      const std::string& schedule, double epsilon) {
  for (const ScheduleRecord& r : records.schedules) {
    if (ScheduleSetting(r) == schedule && r.epsilon == epsilon) return r.chosen;
  }
  return std::string();
}

LabelledTable ReachedTable(const CommunicationPeriodRecords& records,
                           const NamedSchedules& named, double epsilon) {
  const ScheduleRecord& first = *named.schedules[0];
  Table table;
  table.title = absl::StrCat(
      "Schedules at equal error: epsilon = ", ShortestText(epsilon),
      ", K = ", first.workers, ", b = ", first.batch,
      ", lambda = ", CellText(first.regularization, Significant(3)));
  table.notes_above = Notices(records);
  table.columns = {
      {"kind", "kind"},           {"schedule", "schedule"},
      {"step_size", "step size"}, {"iterations", "T"},
      {"rounds", "rounds"},       {"free", "time, free", Significant(3)}};
  struct Price {
    CostModel cost_model;
    int64_t rho;
  };
  std::vector<Price> prices;
  for (const CostModel cost_model : {CostModel::kRing, CostModel::kStar}) {
    for (const int64_t rho : {1, 25, 100}) {
      prices.push_back({cost_model, rho});
      table.columns.push_back({absl::StrCat(Name(cost_model), "_", rho),
                               absl::StrCat(Name(cost_model), ", rho = ", rho),
                               Significant(3)});
    }
  }
  for (const ScheduleRecord* schedule : named.schedules) {
    const std::string name = ScheduleSetting(*schedule);
    const std::string setting =
        absl::StrCat(name, ", epsilon=", ShortestText(epsilon));
    const auto value = [&](const std::string& finding,
                           const std::string& where) {
      std::optional<double> number;
      if (const FindingRecord* found = Find(records, finding, where)) {
        number = found->value;
      }
      return ToCell(number);
    };
    std::vector<Cell> row = {
        schedule->kind,
        schedule->schedule,
        TextOrNothing(ChosenFor(records, name, epsilon)),
        TextOrNothing(IntervalText(
            Find(records, "schedule_iterations", setting), Decimals(0))),
        TextOrNothing(IntervalText(Find(records, "schedule_rounds", setting),
                                   Decimals(0))),
        value("schedule_time", absl::StrCat(setting, ", free"))};
    for (const Price& price : prices) {
      row.push_back(value("schedule_time",
                          absl::StrCat(setting, ", ", Name(price.cost_model),
                                       ", rho=", price.rho)));
    }
    table.rows.push_back(std::move(row));
  }
  table.notes_below = {
      "T(epsilon) and its rounds, means over seeds with intervals of 95 %; "
      "step sizes are the best of section 4's grid on another seed. Times in "
      "gradients: T b + rho v rounds, v = 2 (K - 1) vectors a round under "
      "star, 2 (K - 1)/K under ring. Nothing: epsilon was missed on some "
      "seed. growing:C has H_t = C sqrt(t/(K b)), phases:H,S,H2 every H up to "
      "S, then every H2."};
  return {absl::StrCat("communication-schedules-", ShortestText(epsilon)),
          std::move(table)};
}

LabelledTable EqualRoundsTable(const CommunicationPeriodRecords& records,
                               const NamedSchedules& named) {
  Table table;
  table.title = "Schedules at equal rounds: f - f*";
  table.notes_above = Notices(records);
  table.columns = {{"kind", "kind"}, {"schedule", "schedule"}};
  const std::vector<int64_t> compared = {16, 64, 256};
  for (const int64_t rounds : compared) {
    table.columns.push_back({absl::StrCat("rounds_", rounds),
                             absl::StrCat("after ", rounds, " rounds")});
  }
  for (const ScheduleRecord* schedule : named.schedules) {
    std::vector<Cell> row = {schedule->kind, schedule->schedule};
    for (const int64_t rounds : compared) {
      row.push_back(TextOrNothing(IntervalText(
          Find(records, "schedule_error",
               absl::StrCat(ScheduleSetting(*schedule), ", rounds=", rounds)),
          Significant(3))));
    }
    table.rows.push_back(std::move(row));
  }
  table.notes_below = {
      "The best of the four iterates, with the step size for the smallest "
      "epsilon; between the iterations looked at, log error is interpolated in "
      "log rounds. Nothing: the run has not that many rounds, or began with "
      "more."};
  return {"communication-schedules-rounds", std::move(table)};
}

// What problem_constants.json of the folder says about that data set; empty
// where it says nothing.
std::string ChecksumOf(const std::string& folder, const std::string& dataset) {
  const auto text = ReadFile(folder + "/problem_constants.json");
  if (!text.ok()) return "";
  const auto json = ParseJson(*text);
  if (!json.ok() || !json->is_object()) return "";
  const auto name = json->find("dataset");
  const auto sha256 = json->find("dataset_sha256");
  if (name == json->end() || *name != dataset || sha256 == json->end() ||
      !sha256->is_string()) {
    return "";
  }
  return sha256->get<std::string>();
}

double HalfWidth(const FindingRecord& finding) {
  return finding.low ? 0.5 * (*finding.high - *finding.low) : 0.0;
}

// A line for each `label` of the cells that are chosen; x of a cell. From the
// first of them the theory's, which `rises` or falls like the root of x.
Panel AdmissiblePanel(
    const CommunicationPeriodRecords& records, const std::string& arm,
    bool rises, const std::string& slope_label,
    const std::function<double(const PeriodRecord&)>& x_of,
    const std::function<std::string(const PeriodRecord&)>& label_of) {
  Panel panel;
  panel.title = arm;
  std::map<std::string, size_t> lines;
  for (const PeriodRecord* cell : CellsOf(records.periods)) {
    const std::string label = label_of(*cell);
    if (ArmSetting(*cell) != arm || label.empty()) continue;
    const Admissible admissible =
        AdmissibleOf(records, *cell, LossCriterion::kError);
    if (admissible.finding == nullptr) continue;
    if (lines.emplace(label, panel.lines.size()).second) {
      panel.lines.push_back({label, {}});
    }
    Line& line = panel.lines[lines[label]];
    line.points.emplace_back(x_of(*cell), admissible.finding->value);
    line.errors.push_back(HalfWidth(*admissible.finding));
    if (admissible.side != 0) panel.circled.push_back(line.points.back());
  }
  std::optional<std::pair<double, double>> anchor;
  double last = 0.0;
  for (Line& line : panel.lines) {
    std::vector<size_t> order(line.points.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&line](size_t a, size_t b) {
      return line.points[a] < line.points[b];
    });
    Line sorted = {line.label, {}};
    for (const size_t i : order) {
      sorted.points.push_back(line.points[i]);
      sorted.errors.push_back(line.errors[i]);
    }
    line = std::move(sorted);
    last = std::max(last, line.points.back().first);
    const auto above_zero =
        std::find_if(line.points.begin(), line.points.end(),
                     [](const auto& point) { return point.second > 0.0; });
    if (!anchor && above_zero != line.points.end()) anchor = *above_zero;
  }
  if (anchor && last > anchor->first) {
    panel.lines.push_back(
        {slope_label,
         {*anchor,
          {last, anchor->second * std::sqrt(rises ? last / anchor->first
                                                  : anchor->first / last)}}});
  }
  return panel;
}

// How many seeds the records have.
template <class Record>
size_t SeedsOf(const std::vector<Record>& records) {
  std::set<uint64_t> seeds;
  for (const Record& r : records) seeds.insert(r.seed);
  return seeds.size();
}

// "Data w8a, sha256 ..., 10 seeds."
std::string SourceText(const CommunicationPeriodRecords& records,
                       const std::string& dataset, size_t seeds) {
  return absl::StrCat("Data ", dataset,
                      records.dataset_sha256.empty()
                          ? ""
                          : absl::StrCat(", sha256 ", records.dataset_sha256),
                      ", ", seeds, seeds == 1 ? " seed." : " seeds.");
}

// The value that most cells of the arm share.
int64_t MostFrequent(const CommunicationPeriodRecords& records,
                     const std::string& arm, int64_t PeriodRecord::*field) {
  std::map<int64_t, int> counts;
  for (const PeriodRecord* cell : CellsOf(records.periods)) {
    if (ArmSetting(*cell) == arm) ++counts[cell->*field];
  }
  int64_t most = 0;
  for (const auto& [value, count] : counts) {
    if (count > counts[most]) most = value;
  }
  return most;
}

std::vector<NamedFigure> AdmissibleFigures(
    const CommunicationPeriodRecords& records) {
  std::vector<NamedFigure> figures;
  const std::vector<std::string> arms = ArmsOf(records.periods);
  const auto make = [&](const std::string& name, const std::string& x_label) {
    Figure figure;
    figure.notice = ShortDatasetNotice(records.periods[0].dataset);
    figure.title =
        absl::StrCat("Largest period within the loss, against ", x_label);
    figure.x_label = x_label;
    figure.y_label = "H";
    figure.linear = false;
    figure.circle_label = "censored: H = T still within the loss";
    figure.nothing_to_show = "no cell";
    figure.columns = arms.size();
    figures.push_back({name, std::move(figure)});
    return &figures.back().figure;
  };
  Figure* figure = make("communication_period_T", "iterations T");
  for (const std::string& arm : arms) {
    figure->panels.push_back(AdmissiblePanel(
        records, arm, /*rises=*/true, "slope of the theory",
        [](const PeriodRecord& r) { return static_cast<double>(r.iterations); },
        [](const PeriodRecord& r) {
          return absl::StrCat("K = ", r.workers, ", b = ", r.batch);
        }));
  }
  figure = make("communication_period_K", "workers K");
  for (const std::string& arm : arms) {
    const int64_t b = MostFrequent(records, arm, &PeriodRecord::batch);
    figure->panels.push_back(AdmissiblePanel(
        records, arm, /*rises=*/false, "slope of the theory",
        [](const PeriodRecord& r) { return static_cast<double>(r.workers); },
        [b](const PeriodRecord& r) {
          return r.batch == b ? absl::StrCat("T = ", r.iterations)
                              : std::string();
        }));
  }
  figure = make("communication_period_b", "mini-batch b");
  for (const std::string& arm : arms) {
    const int64_t K = MostFrequent(records, arm, &PeriodRecord::workers);
    figure->panels.push_back(AdmissiblePanel(
        records, arm, /*rises=*/false, "slope of the theory",
        [](const PeriodRecord& r) { return static_cast<double>(r.batch); },
        [K](const PeriodRecord& r) {
          return r.workers == K ? absl::StrCat("T = ", r.iterations)
                                : std::string();
        }));
  }
  return figures;
}

// Mean error of every number of rounds, with half of an interval of 95 %.
Line ScheduleLine(const CommunicationPeriodRecords& records,
                  const std::string& schedule) {
  std::map<int64_t, std::map<uint64_t, double>> errors;
  Line line;
  for (const ScheduleRecord& r : records.schedules) {
    if (ScheduleSetting(r) != schedule || r.epsilon || !r.gap) continue;
    line.label = r.schedule;
    errors[*r.rounds][r.seed] = *r.gap;
  }
  for (const auto& [rounds, seeds] : errors) {
    std::vector<double> gaps;
    for (const auto& [seed, gap] : seeds) gaps.push_back(gap);
    line.points.emplace_back(static_cast<double>(rounds), Mean(gaps));
    const std::optional<double> error = StandardError(gaps);
    line.errors.push_back(
        error ? *error *
                    StudentTQuantile975(static_cast<int64_t>(gaps.size()) - 1)
              : 0.0);
  }
  return line;
}

NamedFigure ScheduleFigure(const CommunicationPeriodRecords& records,
                           const NamedSchedules& named) {
  const ScheduleRecord& first = *named.schedules[0];
  Figure figure;
  figure.notice = ShortDatasetNotice(first.dataset);
  figure.title = absl::StrCat("Error against rounds, K = ", first.workers,
                              ", b = ", first.batch);
  figure.x_label = "communication rounds";
  figure.y_label = "f - f*";
  figure.linear = false;
  figure.y_base = 10;
  figure.nothing_to_show = "no schedule";
  std::vector<std::string> kinds;
  for (const ScheduleRecord* schedule : named.schedules) {
    if (schedule->kind != "one-shot" &&
        std::find(kinds.begin(), kinds.end(), schedule->kind) == kinds.end()) {
      kinds.push_back(schedule->kind);
    }
  }
  figure.columns = std::min<size_t>(3, kinds.size());
  for (const std::string& kind : kinds) {
    Panel panel;
    std::vector<std::string> members;
    for (const ScheduleRecord* schedule : named.schedules) {
      // Every panel has two constant periods to compare with.
      const bool reference =
          schedule->schedule == "period:1" || schedule->schedule == "period:64";
      if (schedule->kind != kind && !reference) continue;
      Line line = ScheduleLine(records, ScheduleSetting(*schedule));
      if (line.points.empty()) continue;
      // There are not as many looks of lines as schedules.
      if (schedule->kind != "constant") {
        members.push_back(schedule->schedule);
        line.label = absl::StrCat("no. ", members.size(), " of the title");
      }
      panel.lines.push_back(std::move(line));
    }
    panel.title = members.empty() ? kind : absl::StrJoin(members, "; ");
    figure.panels.push_back(std::move(panel));
  }
  return {"communication_schedules", std::move(figure)};
}

}  // namespace

absl::StatusOr<CommunicationPeriodRecords> ReadCommunicationPeriod(
    const std::string& folder) {
  CommunicationPeriodRecords records;
  ASSIGN_OR_RETURN(const auto periods,
                   ReadCsv(folder + "/communication_period.csv"));
  ASSIGN_OR_RETURN(records.periods, ParseRecords(PeriodSchema(), periods));
  ASSIGN_OR_RETURN(const auto schedules,
                   ReadCsv(folder + "/communication_schedules.csv"));
  ASSIGN_OR_RETURN(records.schedules,
                   ParseRecords(ScheduleSchema(), schedules));
  ASSIGN_OR_RETURN(const auto findings,
                   ReadCsv(folder + "/communication_period_findings.csv"));
  ASSIGN_OR_RETURN(records.findings, ParseRecords(FindingSchema(), findings));
  records.dataset_sha256 = ChecksumOf(
      folder, !records.periods.empty()     ? records.periods[0].dataset
              : !records.schedules.empty() ? records.schedules[0].dataset
                                           : "");
  return records;
}

std::vector<LabelledTable> CommunicationPeriodTables(
    const CommunicationPeriodRecords& records) {
  std::vector<LabelledTable> tables;
  if (!records.periods.empty()) {
    tables.push_back(PeriodTable(records));
    tables.push_back(ExponentTable(records));
  }
  const NamedSchedules named = SchedulesOf(records);
  if (named.schedules.empty()) return tables;
  for (const double epsilon : named.epsilons) {
    tables.push_back(ReachedTable(records, named, epsilon));
  }
  tables.push_back(EqualRoundsTable(records, named));
  return tables;
}

FigureSet CommunicationPeriodFigures(
    const CommunicationPeriodRecords& records) {
  FigureSet figures;
  if (!records.periods.empty()) {
    figures = AdmissibleFigures(records);
    const double loss = LossOf(records);
    for (NamedFigure& named : figures) {
      named.caption = Notices(records);
      named.caption.push_back(absl::StrCat(
          "The largest period H that loses less than ",
          CellText(100.0 * loss, Shortest()),
          " % of f - f* after T iterations against H = 1, on the same draws, "
          "and shaded half its interval of 95 % over seeds to either side; a "
          "panel for each arm of step sizes. H = O(sqrt(T/(K b))) has slope "
          "1/2 against T and -1/2 against K and b: the lines through the first "
          "point. Circled: censored, even one-shot averaging, H = T, loses "
          "less."));
      named.caption.push_back(SourceText(records, records.periods[0].dataset,
                                         SeedsOf(records.periods)));
    }
  }
  const NamedSchedules named = SchedulesOf(records);
  if (!named.schedules.empty()) {
    figures.push_back(ScheduleFigure(records, named));
    figures.back().caption = Notices(records);
    figures.back().caption.push_back(
        "Error against communication rounds for each kind of schedule, mean "
        "over seeds and shaded its interval of 95 %; period:1 and period:64 "
        "are in every panel, and the lines of a panel are numbered as in its "
        "title. growing:C has H_t = C sqrt(t/(K b)); phases:H,S,H2 "
        "communicates every H iterations up to S, then every H2. Step sizes "
        "are the best of section 4's grid on another seed.");
    figures.back().caption.push_back(absl::StrCat(
        "lambda = ",
        CellText(named.schedules[0]->regularization, Significant(3)), ". ",
        SourceText(records, named.schedules[0]->dataset,
                   SeedsOf(records.schedules))));
  }
  return figures;
}

absl::StatusOr<ExperimentReport> ReadCommunicationPeriodReport(
    const std::string& folder) {
  ASSIGN_OR_RETURN(const auto records, ReadCommunicationPeriod(folder));
  return MadeFrom(
      {"communication_period.csv", "communication_schedules.csv",
       "communication_period_findings.csv"},
      {"communication_period_tables", CommunicationPeriodTables(records),
       CommunicationPeriodFigures(records)});
}

absl::StatusOr<std::vector<std::string>> DrawCommunicationPeriod(
    const std::string& input_dir, const std::string& output_dir) {
  ASSIGN_OR_RETURN(const auto report, ReadCommunicationPeriodReport(input_dir));
  return WriteReportFiles(report, input_dir, output_dir);
}

absl::StatusOr<std::string> CommunicationPeriodInFormat(
    const std::string& folder, Format format) {
  ASSIGN_OR_RETURN(const auto records, ReadCommunicationPeriod(folder));
  if (format != Format::kTable) {
    return ToFormat(ToTable(FindingSchema(), records.findings), format);
  }
  return TablesText(CommunicationPeriodTables(records));
}

}  // namespace local_sgd
