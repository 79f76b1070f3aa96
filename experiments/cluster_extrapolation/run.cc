#include "experiments/cluster_extrapolation/run.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "experiments/cluster_extrapolation/records.h"
#include "experiments/cluster_extrapolation/report.h"
#include "experiments/model.h"
#include "lib/simulation/exchange_model.h"
#include "lib/status_macros.h"
#include "lib/theory/speedup_model.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

// The waiting of each number of workers.
std::vector<double> WaitingOf(const ExtrapolationGrid& grid, double noise) {
  std::vector<double> waiting;
  for (const int64_t workers : grid.workers) {
    waiting.push_back(WaitingSeconds(noise, workers, grid.rounds, grid.seed));
  }
  return waiting;
}

// The record with what follows from its settings.
ExtrapolationRecord WithSpeedup(ExtrapolationRecord r, const Network& network,
                                ExchangeKind kind) {
  r.exchange = std::string(Name(kind));
  r.compute_seconds = static_cast<double>(r.period) *
                      static_cast<double>(r.batch) * r.gradient_seconds;
  r.exchange_seconds = ExchangeSeconds(kind, network, r.features, r.workers);
  r.iteration_factor = IterationFactor(IterationModel::kCorollary, r.epsilon,
                                       r.workers * r.batch, r.period);
  r.speedup = RoundSpeedup(r.workers, r.compute_seconds, r.waiting_seconds,
                           r.exchange_seconds) /
              r.iteration_factor;
  r.limit = SpeedupLimit(kind, network, r.features, r.compute_seconds);
  return r;
}

absl::Status Validate(const ExtrapolationGrid& grid) {
  for (const Network& network : grid.networks) {
    RETURN_IF_ERROR(ValidateNetwork(network));
  }
  for (const Workload& workload : grid.workloads) {
    if (!(workload.gradient_seconds > 0.0) ||
        !std::isfinite(workload.gradient_seconds)) {
      return absl::InvalidArgumentError(
          absl::StrCat("a gradient must take some time, but takes ",
                       workload.gradient_seconds, " seconds"));
    }
  }
  constexpr double kMostTimes = 1e8;
  double times = 0.0;  // to be drawn
  for (const double noise : grid.noise_seconds) {
    if (!(noise >= 0.0) || !std::isfinite(noise)) {
      return absl::InvalidArgumentError(
          absl::StrCat("noise must be at least 0 seconds, but is ", noise));
    }
    if (noise == 0.0) continue;
    for (const int64_t workers : grid.workers) {
      times += static_cast<double>(workers) * static_cast<double>(grid.rounds);
    }
  }
  if (times > kMostTimes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the simulation of ", grid.rounds, " rounds with noise would draw ",
        times, " times; at most ", kMostTimes, " are drawn"));
  }
  return absl::OkStatus();
}

// The records of one network, workload, noise and epsilon, which `r` has.
void AddCluster(const ExtrapolationGrid& grid, const Network& network,
                const std::vector<double>& waiting, ExtrapolationRecord r,
                std::vector<ExtrapolationRecord>& records) {
  for (const ExchangeKind kind : kExchangeKinds) {
    for (const int64_t period : grid.periods) {
      r.period = period;
      for (size_t w = 0; w < grid.workers.size(); ++w) {
        r.workers = grid.workers[w];
        r.waiting_seconds = waiting[w];
        records.push_back(WithSpeedup(r, network, kind));
      }
    }
  }
}

ClusterExtrapolation Extrapolate(const ExtrapolationGrid& grid) {
  ClusterExtrapolation all;
  ExtrapolationRecord r;
  r.batch = grid.batch;
  for (const Network& network : grid.networks) {
    r.network = network.name;
    r.network_source = network.source;
    r.latency_seconds = network.latency_seconds;
    r.message_seconds = network.message_seconds;
    r.bytes_per_second = network.bytes_per_second;
    for (const Workload& workload : grid.workloads) {
      r.features = workload.features;
      r.gradient_seconds = workload.gradient_seconds;
      r.gradient_source = workload.source;
      for (const double noise : grid.noise_seconds) {
        r.noise_seconds = noise;
        const std::vector<double> waiting = WaitingOf(grid, noise);
        for (const double epsilon : grid.epsilons) {
          r.epsilon = epsilon;
          AddCluster(grid, network, waiting, r, all.records);
        }
      }
    }
  }
  return all;
}

std::string Describe(const ExtrapolationGrid& grid) {
  nlohmann::ordered_json settings;
  for (const Network& network : grid.networks) {
    settings["networks"][network.name] = {network.latency_seconds,
                                          network.message_seconds,
                                          network.bytes_per_second};
  }
  for (const Workload& workload : grid.workloads) {
    settings["workloads"].push_back(
        {workload.features, workload.gradient_seconds});
  }
  settings["batch"] = grid.batch;
  settings["periods"] = grid.periods;
  settings["workers"] = grid.workers;
  settings["epsilon"] = grid.epsilons;
  settings["noise_seconds"] = grid.noise_seconds;
  settings["rounds"] = grid.rounds;
  settings["seed"] = grid.seed;
  return settings.dump();
}

}  // namespace

ExtrapolationGrid DefaultExtrapolation() {
  ExtrapolationGrid grid;
  for (const char* name : {"loopback", "ethernet_10g"}) {
    grid.networks.push_back(FindNetwork(name).value());
  }
  grid.workloads = {
      {300, 42e-9, "measured: w8a, b = 4, one core"},
      {1'000'000, 1e-3, "assumed: a large problem"},
  };
  return grid;
}

const Model<ExtrapolationGrid, ClusterExtrapolation>&
ClusterExtrapolationModel() {
  static const auto& model =
      *new Model<ExtrapolationGrid, ClusterExtrapolation>{
          .study = &ClusterExtrapolationStudy(),
          .usage =
              "Extrapolates local SGD to thousands of workers by a model, on "
              "paper, and writes cluster_extrapolation.csv, tables and "
              "figures. Needs no data.",
          .describe = Describe,
          .validate = Validate,
          .records = Extrapolate};
  return model;
}

}  // namespace local_sgd
