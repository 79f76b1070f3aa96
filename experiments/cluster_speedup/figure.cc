#include "experiments/cluster_speedup/figure.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "experiments/cluster_speedup/points.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/table.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

constexpr size_t kMostColumns = 4;

std::set<int64_t> PeriodsOf(const std::vector<ClusterRecord>& records) {
  std::set<int64_t> periods;
  for (const ClusterRecord& r : records) periods.insert(r.period);
  return periods;
}

bool HasRowsOfOneNetwork(const std::vector<ClusterRecord>& records) {
  return PeriodsOf(records).size() <= kMostColumns;
}

// The points of one network and H by K; for one worker, where H changes
// nothing, that of H = 1, which the others are compared with.
std::map<int64_t, ClusterPoint> PointsOf(
    const std::vector<ClusterPoint>& points, const std::string& network,
    int64_t period) {
  std::map<int64_t, ClusterPoint> by_workers;
  for (const ClusterPoint& p : points) {
    if (p.network != network) continue;
    if (p.period == (p.workers == 1 ? 1 : period)) by_workers[p.workers] = p;
  }
  return by_workers;
}

}  // namespace

Figure ClusterSpeedupFigure(const std::vector<ClusterRecord>& records) {
  Figure figure;
  figure.notice = ShortDatasetNotice(records[0].dataset);
  figure.title =
      absl::StrCat("Speedup of a cluster, measured and predicted, eps = ",
                   ShortestText(records[0].epsilon));
  figure.x_label = "ranks, one worker each";
  figure.y_label = "speedup";
  figure.nothing_to_show = "eps was not reached";
  const std::set<int64_t> periods = PeriodsOf(records);
  figure.columns = std::min<size_t>(periods.size(), kMostColumns);
  // Networks are far apart, but a row may have two of them.
  figure.axes_by_row = HasRowsOfOneNetwork(records);
  const std::vector<ClusterPoint> points = ClusterPoints(records);
  for (const std::string& network : NetworksOf(records)) {
    for (const int64_t period : periods) {
      Line measured = {"measured", {}};
      Line star = {"predicted, star", {}};
      Line ring = {"predicted, ring", {}};
      for (const auto& [workers, p] : PointsOf(points, network, period)) {
        const double ranks = static_cast<double>(workers);
        measured.points.emplace_back(ranks, p.measured_speedup);
        measured.errors.push_back(
            (p.measured_speedup_high - p.measured_speedup_low) / 2);
        if (p.predicted_star > 0) {
          star.points.emplace_back(ranks, p.predicted_star);
        }
        if (p.predicted_ring > 0) {
          ring.points.emplace_back(ranks, p.predicted_ring);
        }
      }
      Panel panel;
      panel.title = absl::StrCat(network, ", H = ", period);
      panel.lines = {std::move(measured), std::move(star), std::move(ring)};
      figure.panels.push_back(std::move(panel));
    }
  }
  return figure;
}

std::vector<std::string> ClusterSpeedupCaption(
    const std::vector<ClusterRecord>& records) {
  const ClusterRecord& first = records[0];
  std::vector<std::string> caption = DatasetNotice(first.dataset);
  caption.push_back(
      "Speedup of the ranks of an MPI job over one rank: T(eps) times the "
      "median time of an iteration, and shaded half its interquartile range to "
      "either side. Predicted: T(1, 1)/T(K, H) over the communication factor "
      "of (9) with one rho for the network, fitted to the times of a gradient "
      "and of an exchange. The dashed grey line is linear speedup.");
  if (HasRowsOfOneNetwork(records)) {
    caption.back() += " Each row has axes of its own.";
  }
  for (const std::string& network : NetworksOf(records)) {
    std::string text = absl::StrCat("Network ", network);
    for (const CostModel cost_model : {CostModel::kStar, CostModel::kRing}) {
      const std::optional<double> rho = FittedRho(records, network, cost_model);
      if (!rho) continue;
      absl::StrAppend(&text, ", rho = ", CellText(*rho, Significant(3)),
                      " under ", Name(cost_model));
    }
    caption.push_back(text + ".");
  }
  bool crowded = false;
  for (const ClusterRecord& r : records) {
    crowded = crowded || r.ranks > r.cores * r.nodes;
  }
  if (crowded) {
    caption.push_back(
        "More ranks than cores share the machine: (9) gives every worker a "
        "core of its own.");
  }
  caption.push_back(
      absl::StrCat(first.cpu, ", ", first.cores, " cores. Data ", first.dataset,
                   ", sha256 ", first.dataset_sha256, ", step sizes ",
                   first.step_size, ", eps = ", ShortestText(first.epsilon),
                   ", b = ", first.batch, ", seed ", first.seed, "."));
  return caption;
}

}  // namespace local_sgd
