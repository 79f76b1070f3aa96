#include "experiments/communication_period/report.h"

#include <algorithm>
#include <cmath>
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
#include "analysis/figures/gnuplot.h"
#include "analysis/report_files.h"
#include "experiments/communication_period/findings.h"
#include "experiments/communication_period/sentences.h"
#include "lib/files/output_file.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/finding_record.h"
#include "lib/records/group_by.h"
#include "lib/records/json_text.h"
#include "lib/records/table.h"
#include "lib/statistics/mean.h"
#include "lib/statistics/student_t.h"
#include "lib/theory/speedup_model.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

constexpr LossCriterion kCriteria[] = {LossCriterion::kError,
                                       LossCriterion::kIterations};

constexpr IterationModel kModels[] = {IterationModel::kCorollary,
                                      IterationModel::kPrinted};

const FindingRecord* Find(const CommunicationPeriod& data,
                          const std::string& name, const std::string& setting) {
  for (const FindingRecord& finding : data.findings) {
    if (finding.name == name && finding.setting == setting) return &finding;
  }
  return nullptr;
}

// "812 [650, 1010]" behind a mark; nothing without a finding.
Cell IntervalCell(const FindingRecord* finding, Precision precision,
                  const char* mark = "") {
  if (finding == nullptr) return {};
  std::string text = absl::StrCat(mark, CellText(finding->value, precision));
  if (finding->low) {
    absl::StrAppend(&text, " [", CellText(*finding->low, precision), ", ",
                    CellText(*finding->high, precision), "]");
  }
  return text;
}

Cell ValueCell(const FindingRecord* finding) {
  if (finding == nullptr) return {};
  return finding->value;
}

// The first record of each that has something in common, in their order.
template <class R, class Key>
std::vector<R> FirstOfEach(const std::vector<R>& records, const Key& key) {
  std::vector<R> firsts;
  for (const std::vector<R>& group : GroupBy(records, key)) {
    firsts.push_back(group.front());
  }
  return firsts;
}

// One record for each arm, K, b and T.
std::vector<PeriodRecord> CellsOf(const std::vector<PeriodRecord>& records) {
  return FirstOfEach(records, [](const PeriodRecord& r) {
    return std::pair(ArmSetting(r), CellSetting(r));
  });
}

std::vector<std::string> ArmsOf(const std::vector<PeriodRecord>& records) {
  std::vector<std::string> arms;
  for (const PeriodRecord& r : FirstOfEach(records, ArmSetting)) {
    arms.push_back(ArmSetting(r));
  }
  return arms;
}

// The admissible period of a cell; its mark says whether it is only known to be
// larger, "> ", or smaller, "< ".
struct Admissible {
  const FindingRecord* finding = nullptr;
  const char* mark = "";
};

Admissible AdmissibleOf(const CommunicationPeriod& data,
                        const PeriodRecord& cell, LossCriterion criterion) {
  const std::string setting = absl::StrCat(
      ArmSetting(cell), ", ", Name(criterion), ", ", CellSetting(cell));
  for (const auto& [side, mark] : {std::pair("", ""), std::pair("_above", "> "),
                                   std::pair("_below", "< ")}) {
    const auto* found =
        Find(data, absl::StrCat("admissible_period", side), setting);
    if (found != nullptr) return {found, mark};
  }
  return {};
}

// The loss that the findings are about; at least 0, whatever the file says.
double LossOf(const CommunicationPeriod& data) {
  const FindingRecord* loss = Find(data, "loss", "");
  return loss == nullptr ? 0.0 : std::max(loss->value, 0.0);
}

// A table with the notes and the columns that it has.
Table MakeTable(const std::string& title, const std::string& dataset,
                const std::vector<Column>& columns, const std::string& note) {
  return {title, DatasetNotice(dataset), {note}, columns, {}};
}

LabelledTable PeriodTable(const CommunicationPeriod& data) {
  const double loss = LossOf(data);
  Table table = MakeTable(
      absl::StrCat("The largest period H that loses less than ",
                   CellText(100.0 * loss, Shortest()),
                   " % against H = 1, with intervals of 95 %"),
      data.periods[0].dataset,
      {{"arm", "step sizes"},
       {"lambda", "lambda", Significant(3)},
       {"workers", "K"},
       {"batch", "b"},
       {"iterations", "T"},
       {"error", "H by error"},
       {"by_iterations", "H by iterations"},
       {"one_shot", "one-shot loss"},
       {"corollary", "(9) corollary", Significant(3)},
       {"printed", "(9) printed", Significant(3)}},
      "By error: f - f* after T iterations. By iterations: those to the error "
      "that H = 1 has after T. xhat_T is the quadratic average, and the best "
      "of the four iterates where step sizes are tuned, for each K, b, H and "
      "T. > H: even H = T loses less, the cell is left out of the fit. The one-"
      "shot loss is that of H = T. theory_fixed_shift has a = 16 kappa for "
      "every H in place of a = max{16 kappa, H}. (9) has unit constants: its "
      "slopes compare, its values do not.");
  for (const PeriodRecord& cell : CellsOf(data.periods)) {
    std::vector<Cell>& row = table.rows.emplace_back();
    row = {cell.step_size, cell.regularization, cell.workers, cell.batch,
           cell.iterations};
    for (const LossCriterion criterion : kCriteria) {
      const Admissible admissible = AdmissibleOf(data, cell, criterion);
      row.push_back(
          IntervalCell(admissible.finding, Significant(3), admissible.mark));
    }
    row.push_back(IntervalCell(
        Find(data, "one_shot_loss",
             absl::StrCat(ArmSetting(cell), ", ", CellSetting(cell))),
        Significant(2)));
    for (const IterationModel model : kModels) {
      row.emplace_back(AdmissiblePeriod(model, LossCriterion::kError, loss,
                                        static_cast<double>(cell.iterations),
                                        cell.workers * cell.batch));
    }
  }
  return {"communication-period", std::move(table)};
}

// One exponent of one arm; `of` is the column that it belongs to.
std::vector<Cell> ExponentRow(const CommunicationPeriod& data,
                              const std::string& arm, LossCriterion criterion,
                              const std::string& of,
                              const std::string& theory) {
  const std::string setting = absl::StrCat(arm, ", ", Name(criterion));
  const std::string name = absl::StrCat("exponent_of_", of);
  std::vector<Cell> row = {
      arm,
      std::string(Name(criterion)),
      of,
      IntervalCell(Find(data, name, setting), Decimals(2)),
      IntervalCell(Find(data, absl::StrCat("residual_", name), setting),
                   Decimals(2)),
      theory};
  for (const IterationModel model : kModels) {
    row.push_back(
        ValueCell(Find(data, absl::StrCat("model_", name),
                       absl::StrCat(setting, ", model=", Name(model)))));
  }
  for (const char* count : {"cells_fitted", "cells_censored"}) {
    const FindingRecord* found = Find(data, count, setting);
    row.push_back(found == nullptr ? Cell()
                                   : static_cast<int64_t>(found->value));
  }
  return row;
}

LabelledTable ExponentTable(const CommunicationPeriod& data) {
  Table table = MakeTable(
      "Exponents of the largest admissible period, H = c T^e K^e b^e",
      data.periods[0].dataset,
      {{"arm", "arm"},
       {"criterion", "loss in"},
       {"of", "of"},
       {"exponent", "exponent"},
       {"residual", "interval of the fit"},
       {"theory", "theory"},
       {"corollary", "(9) corollary", Decimals(2)},
       {"printed", "(9) printed", Decimals(2)},
       {"fitted", "cells"},
       {"censored", "censored"}},
      "Least squares on logarithms over the cells that are not censored. The "
      "first interval is the jackknife's over seeds, the second the fit's own, "
      "from its residuals: it shows how well a power law describes the cells, "
      "and holds what choosing step sizes on one seed adds. Nothing: too few "
      "cells.");
  for (const std::string& arm : ArmsOf(data.periods)) {
    for (const LossCriterion criterion : kCriteria) {
      for (const auto& [of, theory] :
           {std::pair("iterations", "1/2"), std::pair("workers", "-1/2"),
            std::pair("batch", "-1/2")}) {
        table.rows.push_back(ExponentRow(data, arm, criterion, of, theory));
      }
    }
  }
  return {"communication-period-exponents", std::move(table)};
}

// One record of each schedule.
std::vector<ScheduleRecord> SchedulesOf(const CommunicationPeriod& data) {
  return FirstOfEach(data.schedules, ScheduleSetting);
}

// The step size of a schedule for epsilon.
Cell ChosenFor(const CommunicationPeriod& data, const std::string& schedule,
               double epsilon) {
  for (const ScheduleRecord& r : data.schedules) {
    if (ScheduleSetting(r) == schedule && r.epsilon == epsilon) return r.chosen;
  }
  return {};
}

LabelledTable ReachedTable(const CommunicationPeriod& data, double epsilon) {
  const ScheduleRecord& first = data.schedules[0];
  Table table = MakeTable(
      absl::StrCat(
          "Schedules at equal error: epsilon = ", ShortestText(epsilon),
          ", K = ", first.workers, ", b = ", first.batch,
          ", lambda = ", CellText(first.regularization, Significant(3))),
      first.dataset,
      {{"kind", "kind"},
       {"schedule", "schedule"},
       {"step_size", "step size"},
       {"iterations", "T"},
       {"rounds", "rounds"},
       {"free", "time, free", Significant(3)}},
      "T(epsilon) and its rounds, means over seeds with intervals of 95 %; "
      "step sizes are the best of section 4's grid on another seed. Times in "
      "gradients: T b + rho v rounds, v = 2 (K - 1) vectors a round under "
      "star, 2 (K - 1)/K under ring. Nothing: epsilon was missed on some "
      "seed. growing:C has H_t = C sqrt(t/(K b)), phases:H,S,H2 every H up to "
      "S, then every H2.");
  std::vector<std::string> prices = {", free"};
  for (const CostModel cost_model : {CostModel::kRing, CostModel::kStar}) {
    const std::string model = Name(cost_model);
    for (const double price : kComparedRhos) {
      const std::string rho = ShortestText(price);
      prices.push_back(absl::StrCat(", ", model, ", rho=", rho));
      table.columns.push_back({absl::StrCat(model, "_", rho),
                               absl::StrCat(model, ", rho = ", rho),
                               Significant(3)});
    }
  }
  for (const ScheduleRecord& schedule : SchedulesOf(data)) {
    const std::string name = ScheduleSetting(schedule);
    const std::string setting =
        absl::StrCat(name, ", epsilon=", ShortestText(epsilon));
    std::vector<Cell>& row = table.rows.emplace_back();
    row = {
        schedule.kind, schedule.schedule, ChosenFor(data, name, epsilon),
        IntervalCell(Find(data, "schedule_iterations", setting), Decimals(0)),
        IntervalCell(Find(data, "schedule_rounds", setting), Decimals(0))};
    for (const std::string& price : prices) {
      row.push_back(
          ValueCell(Find(data, "schedule_time", absl::StrCat(setting, price))));
    }
  }
  return {absl::StrCat("communication-schedules-", ShortestText(epsilon)),
          std::move(table)};
}

LabelledTable EqualRoundsTable(const CommunicationPeriod& data) {
  Table table = MakeTable(
      "Schedules at equal rounds: f - f*", data.schedules[0].dataset,
      {{"kind", "kind"}, {"schedule", "schedule"}},
      "The best of the four iterates, with the step size for the smallest "
      "epsilon; between the iterations looked at, log error is interpolated in "
      "log rounds. Nothing: the run has not that many rounds, or began with "
      "more.");
  for (const int64_t rounds : kComparedRounds) {
    table.columns.push_back({absl::StrCat("rounds_", rounds),
                             absl::StrCat("after ", rounds, " rounds")});
  }
  for (const ScheduleRecord& schedule : SchedulesOf(data)) {
    std::vector<Cell>& row = table.rows.emplace_back();
    row = {schedule.kind, schedule.schedule};
    for (const int64_t rounds : kComparedRounds) {
      row.push_back(IntervalCell(
          Find(data, "schedule_error",
               absl::StrCat(ScheduleSetting(schedule), ", rounds=", rounds)),
          Significant(3)));
    }
  }
  return {"communication-schedules-rounds", std::move(table)};
}

// What the admissible period is shown against.
struct Axis {
  const char* name;
  const char* label;
  int64_t PeriodRecord::*x;
  // A line for each T, of the cells with the arm's most frequent value of this;
  // null: a line for each K and b.
  int64_t PeriodRecord::*fixed;
  bool rises;  // in theory, like the root of x; otherwise it falls
};
constexpr Axis kAxes[] = {
    {"communication_period_T", "iterations T", &PeriodRecord::iterations,
     nullptr, /*rises=*/true},
    {"communication_period_K", "workers K", &PeriodRecord::workers,
     &PeriodRecord::batch, /*rises=*/false},
    {"communication_period_b", "mini-batch b", &PeriodRecord::batch,
     &PeriodRecord::workers, /*rises=*/false}};

// The value that most cells share, among equals the smallest.
int64_t MostFrequent(const std::vector<PeriodRecord>& cells,
                     int64_t PeriodRecord::*field) {
  std::map<int64_t, int> counts;
  for (const PeriodRecord& cell : cells) ++counts[cell.*field];
  return std::max_element(
             counts.begin(), counts.end(),
             [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

// An admissible period in a figure, and the label of its line.
struct Point {
  std::string label;
  std::pair<double, double> at;
  double error = 0;  // half of the interval
  bool is_censored = false;
};

std::vector<Point> PointsOf(const CommunicationPeriod& data,
                            const std::string& arm, const Axis& axis) {
  std::vector<PeriodRecord> cells = CellsOf(data.periods);
  std::erase_if(cells, [&arm](const auto& c) { return ArmSetting(c) != arm; });
  const int64_t fixed =
      axis.fixed == nullptr ? 0 : MostFrequent(cells, axis.fixed);
  std::vector<Point> points;
  for (const PeriodRecord& cell : cells) {
    if (axis.fixed != nullptr && cell.*axis.fixed != fixed) continue;
    const auto& [finding, mark] =
        AdmissibleOf(data, cell, LossCriterion::kError);
    if (finding == nullptr) continue;
    points.push_back(
        {axis.fixed == nullptr
             ? absl::StrCat("K = ", cell.workers, ", b = ", cell.batch)
             : absl::StrCat("T = ", cell.iterations),
         {static_cast<double>(cell.*axis.x), finding->value},
         finding->low ? 0.5 * (*finding->high - *finding->low) : 0.0,
         *mark != '\0'});
  }
  return points;
}

// The lines of an arm, and from the first point of the first of them that of
// the theory.
Panel AdmissiblePanel(const CommunicationPeriod& data, const std::string& arm,
                      const Axis& axis) {
  Panel panel;
  panel.title = arm;
  const std::vector<Point> points = PointsOf(data, arm, axis);
  for (const Point& point : points) {
    if (point.is_censored) panel.circled.push_back(point.at);
  }
  std::optional<std::pair<double, double>> anchor;
  double last = 0.0;
  for (std::vector<Point>& group : GroupBy(points, &Point::label)) {
    std::sort(group.begin(), group.end(),
              [](const Point& a, const Point& b) { return a.at < b.at; });
    Line& line = panel.lines.emplace_back();
    line.label = group.front().label;
    for (const Point& point : group) {
      line.points.push_back(point.at);
      line.errors.push_back(point.error);
      if (!anchor && point.at.second > 0.0) anchor = point.at;
    }
    last = std::max(last, group.back().at.first);
  }
  if (anchor && last > anchor->first) {
    const auto& [x, y] = *anchor;
    panel.lines.push_back(
        {"slope of the theory",
         {*anchor, {last, y * std::sqrt(axis.rises ? last / x : x / last)}}});
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
std::string SourceText(const CommunicationPeriod& data,
                       const std::string& dataset, size_t seeds) {
  return absl::StrCat("Data ", dataset,
                      data.dataset_sha256.empty()
                          ? ""
                          : absl::StrCat(", sha256 ", data.dataset_sha256),
                      ", ", seeds, seeds == 1 ? " seed." : " seeds.");
}

FigureSet AdmissibleFigures(const CommunicationPeriod& data) {
  const std::string& dataset = data.periods[0].dataset;
  const std::vector<std::string> arms = ArmsOf(data.periods);
  std::vector<std::string> caption = DatasetNotice(dataset);
  caption.push_back(absl::StrCat(
      "The largest period H that loses less than ",
      CellText(100.0 * LossOf(data), Shortest()),
      " % of f - f* after T iterations against H = 1, on the same draws, "
      "and shaded half its interval of 95 % over seeds to either side; a "
      "panel for each arm of step sizes. H = O(sqrt(T/(K b))) has slope "
      "1/2 against T and -1/2 against K and b: the lines through the first "
      "point. Circled: censored, even one-shot averaging, H = T, loses "
      "less."));
  caption.push_back(SourceText(data, dataset, SeedsOf(data.periods)));
  FigureSet figures;
  for (const Axis& axis : kAxes) {
    Figure figure;
    figure.notice = ShortDatasetNotice(dataset);
    figure.title =
        absl::StrCat("Largest period within the loss, against ", axis.label);
    figure.x_label = axis.label;
    figure.y_label = "H";
    figure.linear = false;
    figure.circle_label = "censored: H = T still within the loss";
    figure.nothing_to_show = "no cell";
    figure.columns = arms.size();
    for (const std::string& arm : arms) {
      figure.panels.push_back(AdmissiblePanel(data, arm, axis));
    }
    figures.push_back({axis.name, std::move(figure), caption});
  }
  return figures;
}

// Mean error of every number of rounds, with half of an interval of 95 %.
Line ScheduleLine(const CommunicationPeriod& data,
                  const std::string& schedule) {
  std::map<int64_t, std::map<uint64_t, double>> errors;
  Line line;
  for (const ScheduleRecord& r : data.schedules) {
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

// One kind of schedule beside two constant periods to compare with.
Panel KindPanel(const CommunicationPeriod& data,
                const std::vector<ScheduleRecord>& schedules,
                const std::string& kind) {
  Panel panel;
  std::vector<std::string> members;
  for (const ScheduleRecord& schedule : schedules) {
    const bool reference =
        schedule.schedule == "period:1" || schedule.schedule == "period:64";
    if (schedule.kind != kind && !reference) continue;
    Line line = ScheduleLine(data, ScheduleSetting(schedule));
    if (line.points.empty()) continue;
    // There are not as many looks of lines as schedules.
    if (schedule.kind != "constant") {
      members.push_back(schedule.schedule);
      line.label = absl::StrCat("no. ", members.size(), " of the title");
    }
    panel.lines.push_back(std::move(line));
  }
  panel.title = members.empty() ? kind : absl::StrJoin(members, "; ");
  return panel;
}

NamedFigure ScheduleFigure(const CommunicationPeriod& data) {
  const ScheduleRecord& first = data.schedules[0];
  Figure figure;
  figure.notice = ShortDatasetNotice(first.dataset);
  figure.title = absl::StrCat("Error against rounds, K = ", first.workers,
                              ", b = ", first.batch);
  figure.x_label = "communication rounds";
  figure.y_label = "f - f*";
  figure.linear = false;
  figure.y_base = 10;
  figure.nothing_to_show = "no schedule";
  const std::vector<ScheduleRecord> schedules = SchedulesOf(data);
  for (const ScheduleRecord& of_kind :
       FirstOfEach(schedules, &ScheduleRecord::kind)) {
    if (of_kind.kind == "one-shot") continue;
    figure.panels.push_back(KindPanel(data, schedules, of_kind.kind));
  }
  figure.columns = std::min<size_t>(3, figure.panels.size());
  std::vector<std::string> caption = DatasetNotice(first.dataset);
  caption.push_back(
      "Error against communication rounds for each kind of schedule, mean "
      "over seeds and shaded its interval of 95 %; period:1 and period:64 "
      "are in every panel, and the lines of a panel are numbered as in its "
      "title. growing:C has H_t = C sqrt(t/(K b)); phases:H,S,H2 "
      "communicates every H iterations up to S, then every H2. Step sizes "
      "are the best of section 4's grid on another seed.");
  caption.push_back(absl::StrCat(
      "lambda = ", CellText(first.regularization, Significant(3)), ". ",
      SourceText(data, first.dataset, SeedsOf(data.schedules))));
  return {"communication_schedules", std::move(figure), std::move(caption)};
}

ExperimentReport ReportOf(const CommunicationPeriod& data) {
  ExperimentReport report = {"communication_period_tables",
                             {PeriodTable(data), ExponentTable(data)},
                             AdmissibleFigures(data)};
  if (data.schedules.empty()) return report;
  std::set<double, std::greater<double>> epsilons;
  for (const ScheduleRecord& r : data.schedules) {
    if (r.epsilon) epsilons.insert(*r.epsilon);
  }
  for (const double epsilon : epsilons) {
    report.tables.push_back(ReachedTable(data, epsilon));
  }
  report.tables.push_back(EqualRoundsTable(data));
  report.figures.push_back(ScheduleFigure(data));
  return report;
}

// The checksum of the data, if problem_constants.json of the folder is about
// the same.
void ReadChecksum(const std::string& folder, CommunicationPeriod& data) {
  const auto text = ReadFile(folder + "/problem_constants.json");
  if (!text.ok()) return;
  const auto json = ParseJson(*text);
  if (!json.ok() || !json->is_object()) return;
  const auto name = json->find("dataset");
  const auto sha256 = json->find("dataset_sha256");
  if (name == json->end() || *name != data.periods[0].dataset ||
      sha256 == json->end() || !sha256->is_string()) {
    return;
  }
  data.dataset_sha256 = sha256->get<std::string>();
}

}  // namespace

const Study<CommunicationPeriod>& CommunicationPeriodStudy() {
  using D = CommunicationPeriod;
  static const auto& study = *new Study<D>{
      .name = "communication_period",
      .files = {FileOf("communication_period.csv", PeriodSchema(), &D::periods,
                       Shown::kYes, "The largest admissible H, records"),
                MayBeEmpty(FileOf("communication_schedules.csv",
                                  ScheduleSchema(), &D::schedules, Shown::kYes,
                                  "Schedules of communication, records")),
                FileOf("communication_period_findings.csv", FindingSchema(),
                       &D::findings),
                InJournal(FileOf("communication_tunings.csv", ScheduleSchema(),
                                 &D::tunings))},
      .report = ReportOf,
      .figures = {{"communication_period", "The largest admissible H"},
                  {"communication_schedules", "Schedules of communication"}},
      .sentences = CommunicationPeriodSentences,
      .read_beside = ReadChecksum};
  return study;
}

}  // namespace local_sgd
