#include "experiments/cluster_speedup/report.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/report_files.h"
#include "experiments/cluster_speedup/figure.h"
#include "experiments/cluster_speedup/points.h"
#include "experiments/cluster_speedup/records.h"
#include "experiments/study.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/table.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

constexpr char kName[] = "cluster_speedup";

using Records = std::vector<ClusterRecord>;

// What the data and the machine were, below every table.
void AddNotes(const Records& records, Table& table) {
  const ClusterRecord& r = records.front();
  table.notes_above = DatasetNotice(r.dataset);
  table.notes_below.push_back(absl::StrCat(
      r.cpu, ", ", r.cores, " cores. Data ", r.dataset, ", sha256 ",
      r.dataset_sha256.substr(0, 16), "; step sizes ", r.step_size,
      " for all K and H, b = ", r.batch, ", seed ", r.seed, "."));
}

// The runs that --max_iterations ended.
std::string NotReached(const Records& records) {
  std::vector<std::string> runs;
  for (const ClusterRecord& r : records) {
    if (r.iterations) continue;
    runs.push_back(
        absl::StrCat(r.network, " with K = ", r.ranks, ", H = ", r.period));
  }
  return absl::StrJoin(runs, "; ");
}

Table CostTable(const Records& records) {
  Table table;
  table.title = "What an exchange costs, measured";
  table.columns = {{"network", ""},
                   {"machines", ""},
                   {"K", ""},
                   {"gradient, ns", "", Significant(3)},
                   {"exchange, us", "", Significant(3)},
                   {"rho star", "", Significant(3)},
                   {"rho ring", "", Significant(3)},
                   {"fit star", "", Significant(3)},
                   {"fit ring", "", Significant(3)}};
  for (const std::string& network : NetworksOf(records)) {
    const auto fit_star = FittedRho(records, network, CostModel::kStar);
    const auto fit_ring = FittedRho(records, network, CostModel::kRing);
    std::map<int64_t, const ClusterRecord*> of_ranks;
    for (const ClusterRecord& r : records) {
      if (r.network == network) of_ranks[r.ranks] = &r;
    }
    for (const auto& [ranks, r] : of_ranks) {
      std::vector<Cell>& row = table.rows.emplace_back();
      row = {network, r->nodes, ranks, r->gradient_seconds * 1e9};
      if (!r->exchange_seconds) {
        row.resize(table.columns.size());
        continue;
      }
      const double gradients = *r->exchange_seconds / r->gradient_seconds;
      row.insert(row.end(),
                 {*r->exchange_seconds * 1e6,
                  gradients / VectorsPerRound(CostModel::kStar, r->ranks),
                  gradients / VectorsPerRound(CostModel::kRing, r->ranks),
                  ToCell(fit_star), ToCell(fit_ring)});
    }
  }
  table.notes_below.push_back(
      "Medians: of one gradient while all ranks compute one, and of one "
      "exchange of d doubles among K ranks with one worker each. rho is the "
      "exchange over the gradient and over the vectors that the cost model "
      "counts, 2 (K - 1) for star and 2 (K - 1)/K for ring; fit is the one rho "
      "for all K of the network, by least squares.");
  if (const std::string missed = NotReached(records); !missed.empty()) {
    table.notes_below.push_back(absl::StrCat(
        "Without a speedup, since eps was not reached: ", missed, "."));
  }
  AddNotes(records, table);
  return table;
}

Table SpeedupTable(const Records& records, const std::string& network) {
  Table table;
  table.title = absl::StrCat("Speedup, measured and predicted, ", network,
                             ", eps = ", ShortestText(records.front().epsilon));
  table.columns = {{"K", ""},
                   {"H", ""},
                   {"ms to eps", "", Significant(3)},
                   {"measured", "", Significant(3)},
                   {"from", "", Significant(3)},
                   {"to", "", Significant(3)},
                   {"star", "", Significant(3)},
                   {"star error, %", "", Decimals(0)},
                   {"ring", "", Significant(3)},
                   {"ring error, %", "", Decimals(0)}};
  bool crowded = false;
  for (const ClusterPoint& p : ClusterPoints(records)) {
    if (p.network != network) continue;
    if (p.workers == 1 && p.period != 1) continue;
    crowded = crowded || p.workers > p.cores * p.nodes;
    std::vector<Cell>& row = table.rows.emplace_back();
    row = {p.workers,
           p.period,
           p.seconds * 1e3,
           p.measured_speedup,
           p.measured_speedup_low,
           p.measured_speedup_high};
    for (const double predicted : {p.predicted_star, p.predicted_ring}) {
      if (predicted > 0.0) {  // both or none
        row.insert(row.end(),
                   {predicted, 100.0 * (predicted / p.measured_speedup - 1.0)});
      }
    }
    row.resize(table.columns.size());
  }
  table.notes_below.push_back(
      "Time to eps is T(eps) times the median time of an iteration; speedups "
      "are over K = 1, H = 1; from and to are its quartiles. The prediction is "
      "T(1, 1)/T(K, H) over the communication factor of (9) with the fitted "
      "rho; its error is against the measured speedup.");
  if (crowded) {
    table.notes_below.push_back(
        "More ranks than cores: the gradient was timed like that, too, but "
        "(9) gives every worker a core of its own.");
  }
  AddNotes(records, table);
  return table;
}

ExperimentReport ReportOf(const ClusterSpeedup& study) {
  const Records& records = study.records;
  std::vector<Table> tables = {CostTable(records)};
  for (const std::string& network : NetworksOf(records)) {
    Table table = SpeedupTable(records, network);
    if (!table.rows.empty()) tables.push_back(std::move(table));
  }
  return {
      kName,
      Labelled(kName, tables),
      {{kName, ClusterSpeedupFigure(records), ClusterSpeedupCaption(records)}}};
}

}  // namespace

const Study<ClusterSpeedup>& ClusterSpeedupStudy() {
  static const auto& study = *new Study<ClusterSpeedup>{
      .name = kName,
      .files = {FileOf("cluster_speedup.csv", ClusterSchema(),
                       &ClusterSpeedup::records, Shown::kYes,
                       "Times of the ranks of an MPI job, records")},
      .report = ReportOf,
      .figures = {{kName, "Measured and predicted speedup of a cluster"}}};
  return study;
}

}  // namespace local_sgd
