#include "experiments/cluster_extrapolation/report.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis/figures/gnuplot.h"
#include "analysis/report_files.h"
#include "experiments/cluster_extrapolation/records.h"
#include "experiments/study.h"
#include "lib/records/group_by.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

constexpr char kName[] = "cluster_extrapolation";  // of its files
constexpr char kModelNotice[] =
    "A model, not a measurement: no cluster of this size was run.";
constexpr int64_t kLargeClusters[] = {1000, 10'000};

using Records = std::vector<ExtrapolationRecord>;

// One network, workload, noise and epsilon each.
std::vector<Records> Clusters(const Records& records) {
  return GroupBy(records, [](const ExtrapolationRecord& r) {
    return std::tuple(r.network, r.features, r.gradient_seconds, r.batch,
                      r.noise_seconds, r.epsilon);
  });
}

// One exchange and period each.
std::vector<Records> Lines(const Records& cluster) {
  return GroupBy(cluster, [](const ExtrapolationRecord& r) {
    return std::pair(r.exchange, r.period);
  });
}

std::string SecondsText(double seconds) {
  return absl::StrCat(CellText(seconds, Significant(3)), " s");
}

std::string WorkloadText(const ExtrapolationRecord& r) {
  return absl::StrCat("d = ", r.features, ", ", SecondsText(r.gradient_seconds),
                      " a gradient, b = ", r.batch);
}

std::string ClusterText(const ExtrapolationRecord& r) {
  return absl::StrCat(r.network, ", ", WorkloadText(r), ", noise ",
                      SecondsText(r.noise_seconds),
                      ", eps = ", ShortestText(r.epsilon));
}

std::string SourceText(const ExtrapolationRecord& r) {
  return absl::StrCat(
      r.network, " (", r.network_source, "): ", SecondsText(r.latency_seconds),
      " latency, ", SecondsText(r.message_seconds), " a message, ",
      CellText(r.bytes_per_second, Significant(3)), " bytes a second");
}

Saturation SaturationOf(const Records& line) {
  std::vector<std::pair<int64_t, double>> speedups;
  for (const ExtrapolationRecord& r : line) {
    speedups.emplace_back(r.workers, r.speedup);
  }
  return FindSaturation(speedups);
}

// The record of exactly so many workers, or nullptr.
const ExtrapolationRecord* At(const Records& line, int64_t workers) {
  for (const ExtrapolationRecord& r : line) {
    if (r.workers == workers) return &r;
  }
  return nullptr;
}

Cell SpeedupAt(const Records& line, int64_t workers) {
  const ExtrapolationRecord* record = At(line, workers);
  return record == nullptr ? Cell() : Cell(record->speedup);
}

Table SaturationTable(const Records& cluster) {
  Table table;
  table.title =
      absl::StrCat("Where exchanges saturate: ", ClusterText(cluster[0]));
  table.notes_above = {kModelNotice};
  table.columns = {{"exchange", "exchange"},
                   {"period", "H"},
                   {"speedup_1000", "S(1,000)", Significant(4)},
                   {"speedup_10000", "S(10,000)", Significant(4)},
                   {"largest", "largest S", Significant(4)},
                   {"largest_workers", "at K"},
                   {"saturates", "saturates at K"},
                   {"limit", "limit", Significant(4)}};
  for (const Records& line : Lines(cluster)) {
    const Saturation saturation = SaturationOf(line);
    table.rows.push_back({line[0].exchange, line[0].period,
                          SpeedupAt(line, 1000), SpeedupAt(line, 10'000),
                          saturation.largest, saturation.largest_workers,
                          ToCell(saturation.workers), ToCell(line[0].limit)});
  }
  table.notes_below.push_back(
      "S(K): time to epsilon of one worker over that of K. Saturates: the "
      "smallest K with nine tenths of the largest S; \"-\" where S still grows "
      "at the largest K. Limit: S without end in K, without noise and "
      "epsilon.");
  return table;
}

// The exchange and period with the largest S at two sizes.
Table BestTable(const std::vector<Records>& clusters) {
  Table table;
  table.title = "The best exchange and period of large clusters";
  table.notes_above = {kModelNotice};
  table.columns = {{"network", "network"},
                   {"features", "d"},
                   {"noise_seconds", "noise"},
                   {"epsilon", "eps"},
                   {"workers", "K"},
                   {"exchange", "exchange"},
                   {"period", "H"},
                   {"speedup", "S(K)", Significant(4)},
                   {"compute", "computing %", Decimals(0)},
                   {"waiting", "waiting %", Decimals(0)},
                   {"exchanging", "exchanging %", Decimals(0)}};
  std::map<std::string, std::string> sources;
  for (const Records& cluster : clusters) {
    sources[cluster[0].network] = SourceText(cluster[0]);
    for (const int64_t workers : kLargeClusters) {
      const ExtrapolationRecord* best = nullptr;
      for (const ExtrapolationRecord& r : cluster) {
        if (r.workers != workers) continue;
        if (best == nullptr || r.speedup > best->speedup) best = &r;
      }
      if (best == nullptr) continue;
      const double percent =
          100.0 / (best->compute_seconds + best->waiting_seconds +
                   best->exchange_seconds);
      table.rows.push_back(
          {best->network, best->features, best->noise_seconds, best->epsilon,
           best->workers, best->exchange, best->period, best->speedup,
           percent * best->compute_seconds, percent * best->waiting_seconds,
           percent * best->exchange_seconds});
    }
  }
  for (const auto& [network, source] : sources) {
    table.notes_below.push_back(absl::StrCat(source, "."));
  }
  table.notes_below.push_back(
      "eps in the units of (9); 0: drift costs nothing, so the largest H is "
      "best. Noise: mean seconds by which each worker is held up in a round.");
  return table;
}

std::vector<Table> Tables(const Records& records) {
  const std::vector<Records> clusters = Clusters(records);
  std::vector<Table> tables = {BestTable(clusters)};
  for (const Records& cluster : clusters) {
    tables.push_back(SaturationTable(cluster));
  }
  return tables;
}

// One exchange of a cluster, a line for each period.
Panel ExchangePanel(const Records& cluster, const std::string& exchange) {
  Panel panel;
  panel.title = absl::StrCat(exchange, ", d = ", cluster[0].features);
  for (const Records& line : Lines(cluster)) {
    if (line[0].exchange != exchange) continue;
    Line drawn;
    drawn.label = absl::StrCat("H = ", line[0].period);
    for (const ExtrapolationRecord& r : line) {
      drawn.points.emplace_back(static_cast<double>(r.workers), r.speedup);
    }
    std::sort(drawn.points.begin(), drawn.points.end());
    panel.lines.push_back(std::move(drawn));
  }
  return panel;
}

// Of one network.
Figure FigureOf(const Records& records) {
  Figure figure;
  figure.notice = kModelNotice;
  figure.title =
      absl::StrCat("Modelled speedup of large clusters: ", records[0].network);
  figure.x_label = "workers K";
  figure.y_label = "speedup S(K)";
  figure.y_base = 10;
  figure.nothing_to_show = "no numbers";
  figure.columns = 3;
  const auto disturbance = [](const ExtrapolationRecord& r) {
    return std::pair(r.noise_seconds, r.epsilon);
  };
  std::pair<double, double> least = disturbance(records[0]);
  for (const ExtrapolationRecord& r : records) {
    least = std::min(least, disturbance(r));
  }
  for (const Records& cluster : Clusters(records)) {
    if (disturbance(cluster[0]) != least) continue;
    for (const char* exchange : {"tree", "ring", "server"}) {
      figure.panels.push_back(ExchangePanel(cluster, exchange));
    }
  }
  return figure;
}

// What stands below the figures, paragraphs.
std::vector<std::string> Caption(const Records& records) {
  std::vector<std::string> caption = {absl::StrCat(
      kModelNotice,
      " Speedup of K workers over one, as time for the same gradients, when "
      "the workers average by a tree (2 ceil(log2 K) messages of the whole "
      "vector in turn), around a ring (2 (K - 1) of a K-th of it) or at one "
      "server (K to it and K from it, one after another); without noise, and "
      "without what drift costs, unless said. Dashed: linear speedup.")};
  std::map<std::string, std::string> sources;
  for (const ExtrapolationRecord& r : records) {
    sources[r.network] = SourceText(r);
    sources[WorkloadText(r)] =
        absl::StrCat(WorkloadText(r), " (", r.gradient_source, ")");
  }
  for (const auto& [name, source] : sources) {
    caption.push_back(absl::StrCat(source, "."));
  }
  return caption;
}

ExperimentReport ReportOf(const ClusterExtrapolation& study) {
  ExperimentReport report = {kName, Labelled(kName, Tables(study.records)), {}};
  for (const Records& network :
       GroupBy(study.records, &ExtrapolationRecord::network)) {
    report.figures.push_back({absl::StrCat(kName, "_", network[0].network),
                              FigureOf(network), Caption(network)});
  }
  return report;
}

}  // namespace

Saturation FindSaturation(
    const std::vector<std::pair<int64_t, double>>& speedups) {
  std::vector<std::pair<int64_t, double>> sorted = speedups;
  std::sort(sorted.begin(), sorted.end());
  Saturation saturation;
  for (const auto& [workers, speedup] : sorted) {
    if (speedup > saturation.largest) {
      saturation.largest = speedup;
      saturation.largest_workers = workers;
    }
  }
  for (const auto& [workers, speedup] : sorted) {
    if (speedup < 0.9 * saturation.largest) continue;
    if (2 * workers <= sorted.back().first) saturation.workers = workers;
    break;
  }
  return saturation;
}

const Study<ClusterExtrapolation>& ClusterExtrapolationStudy() {
  constexpr char kTitle[] = "A model of clusters of thousands of workers";
  static const auto& study = *new Study<ClusterExtrapolation>{
      .name = kName,
      .files = {WithColumns(
          FileOf("cluster_extrapolation.csv", ExtrapolationSchema(),
                 &ClusterExtrapolation::records, Shown::kYes,
                 absl::StrCat(kTitle, ", records")),
          "network,features,noise_seconds,epsilon,exchange,period,workers,"
          "compute_seconds,waiting_seconds,exchange_seconds,iteration_factor,"
          "speedup,limit")},
      .report = ReportOf,
      .figures = {{kName, kTitle}}};
  return study;
}

}  // namespace local_sgd
