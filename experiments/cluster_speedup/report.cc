#include "experiments/cluster_speedup/report.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/report_files.h"
#include "experiments/cluster_speedup/figure.h"
#include "experiments/cluster_speedup/points.h"
#include "experiments/cluster_speedup/records.h"
#include "lib/records/csv_reader.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"
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
    std::map<int64_t, const ClusterRecord*> of_ranks;
    for (const ClusterRecord& r : records) {
      if (r.network == network) of_ranks[r.ranks] = &r;
    }
    for (const auto& [ranks, r] : of_ranks) {
      const auto rho = [r = r](CostModel cost_model) {
        std::optional<double> value;
        if (r->exchange_seconds) {
          value = *r->exchange_seconds / r->gradient_seconds /
                  VectorsPerRound(cost_model, r->ranks);
        }
        return value;
      };
      const bool fitted = r->exchange_seconds.has_value();
      const auto fit = [&](CostModel cost_model) {
        return fitted ? FittedRho(records, network, cost_model) : std::nullopt;
      };
      const double exchange = r->exchange_seconds.value_or(0.0) * 1e6;
      table.rows.push_back(
          {network, r->nodes, ranks, r->gradient_seconds * 1e9,
           fitted ? Cell(exchange) : Cell(), ToCell(rho(CostModel::kStar)),
           ToCell(rho(CostModel::kRing)), ToCell(fit(CostModel::kStar)),
           ToCell(fit(CostModel::kRing))});
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
    const auto error = [&p](double predicted) {
      return 100.0 * (predicted / p.measured_speedup - 1.0);
    };
    const bool predicted = p.predicted_star > 0.0;
    table.rows.push_back({p.workers, p.period, p.seconds * 1e3,
                          p.measured_speedup, p.measured_speedup_low,
                          p.measured_speedup_high,
                          predicted ? Cell(p.predicted_star) : Cell(),
                          predicted ? Cell(error(p.predicted_star)) : Cell(),
                          predicted ? Cell(p.predicted_ring) : Cell(),
                          predicted ? Cell(error(p.predicted_ring)) : Cell()});
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

}  // namespace

std::vector<Table> ClusterSpeedupTables(const Records& records) {
  std::vector<Table> tables = {CostTable(records)};
  for (const std::string& network : NetworksOf(records)) {
    Table table = SpeedupTable(records, network);
    if (!table.rows.empty()) tables.push_back(std::move(table));
  }
  return tables;
}

absl::StatusOr<std::string> ClusterSpeedupText(const Records& records) {
  return TablesText(Labelled(kName, ClusterSpeedupTables(records)));
}

absl::StatusOr<ExperimentReport> ReadClusterSpeedupReport(
    const std::string& folder) {
  ASSIGN_OR_RETURN(const auto file,
                   ReadCsv(absl::StrCat(folder, "/", kName, ".csv")));
  ASSIGN_OR_RETURN(const auto records, ParseRecords(ClusterSchema(), file));
  if (records.empty()) {
    return absl::NotFoundError(absl::StrCat(file.path, " has no records"));
  }
  return MadeFrom({absl::StrCat(kName, ".csv")},
                  {kName,
                   Labelled(kName, ClusterSpeedupTables(records)),
                   {{kName, ClusterSpeedupFigure(records),
                     ClusterSpeedupCaption(records)}}});
}

absl::StatusOr<std::vector<std::string>> WriteClusterSpeedupReport(
    const std::string& input_dir, const std::string& output_dir) {
  ASSIGN_OR_RETURN(const auto report, ReadClusterSpeedupReport(input_dir));
  return WriteReportFiles(report, input_dir, output_dir);
}

}  // namespace local_sgd
