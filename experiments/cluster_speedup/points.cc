#include "experiments/cluster_speedup/points.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "experiments/cluster_speedup/records.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

// One worker with H = 1, of the same network if it is there.
const ClusterRecord* BaselineOf(const std::vector<ClusterRecord>& records,
                                const std::string& network) {
  const ClusterRecord* baseline = nullptr;
  for (const ClusterRecord& r : records) {
    if (r.ranks != 1 || r.period != 1 || !r.iterations) continue;
    if (baseline == nullptr || r.network == network) baseline = &r;
  }
  return baseline;
}

}  // namespace

std::optional<double> FittedRho(const std::vector<ClusterRecord>& records,
                                const std::string& network,
                                CostModel cost_model) {
  double product = 0.0;
  double square = 0.0;
  std::set<int64_t> seen;  // every period repeats the two times
  for (const ClusterRecord& r : records) {
    if (r.network != network || !r.exchange_seconds) continue;
    if (!seen.insert(r.ranks).second) continue;
    const double unit =
        r.gradient_seconds * VectorsPerRound(cost_model, r.ranks);
    product += unit * *r.exchange_seconds;
    square += unit * unit;
  }
  if (square == 0.0) return std::nullopt;
  return product / square;
}

std::vector<ClusterPoint> ClusterPoints(
    const std::vector<ClusterRecord>& records) {
  std::vector<ClusterPoint> points;
  for (const ClusterRecord& r : records) {
    const ClusterRecord* one = BaselineOf(records, r.network);
    if (one == nullptr || !r.iterations) continue;
    const double T = static_cast<double>(*r.iterations);
    const double T_one = static_cast<double>(*one->iterations);
    const double one_seconds = T_one * one->iteration_seconds;
    ClusterPoint point;
    point.network = r.network;
    point.workers = r.ranks;
    point.period = r.period;
    point.cores = r.cores;
    point.nodes = r.nodes;
    point.seconds = T * r.iteration_seconds;
    point.measured_speedup = one_seconds / point.seconds;
    point.measured_speedup_low = one_seconds / (T * r.iteration_seconds_high);
    point.measured_speedup_high = one_seconds / (T * r.iteration_seconds_low);
    const auto predicted = [&](CostModel cost_model) {
      const std::optional<double> rho =
          FittedRho(records, r.network, cost_model);
      if (!rho && r.ranks > 1) return 0.0;
      return T_one / T /
             CommunicationFactor(cost_model, rho.value_or(0.0), r.ranks,
                                 r.period, r.batch);
    };
    point.predicted_star = predicted(CostModel::kStar);
    point.predicted_ring = predicted(CostModel::kRing);
    points.push_back(point);
  }
  return points;
}

std::vector<std::string> NetworksOf(const std::vector<ClusterRecord>& records) {
  std::map<std::string, double> slowest;
  for (const ClusterRecord& r : records) {
    double& seconds = slowest[r.network];
    seconds = std::max(seconds, r.exchange_seconds.value_or(0.0));
  }
  std::vector<std::string> networks;
  for (const auto& [network, seconds] : slowest) networks.push_back(network);
  std::stable_sort(networks.begin(), networks.end(),
                   [&](const std::string& a, const std::string& b) {
                     return slowest[a] < slowest[b];
                   });
  return networks;
}

}  // namespace local_sgd
