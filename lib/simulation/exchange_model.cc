#include "lib/simulation/exchange_model.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/check.h"
#include "lib/simulation/cluster.h"
#include "lib/simulation/time_model.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {
namespace {

double Bytes(int64_t features) { return 8.0 * static_cast<double>(features); }

}  // namespace

const std::vector<Network>& NetworkPresets() {
  static const auto& presets = *new std::vector<Network>{
      // name, latency, message, bytes a second, source
      {"loopback", 15e-6, 5e-6, 2e9, "assumed: TCP within one machine"},
      {"ethernet_1g", 50e-6, 1e-6, 125e6, "assumed: 1 Gbit/s, 50 us"},
      {"ethernet_10g", 20e-6, 1e-6, 1.25e9, "assumed: 10 Gbit/s, 20 us"},
      {"wan", 20e-3, 1e-6, 12.5e6, "assumed: 100 Mbit/s, 20 ms"},
  };
  return presets;
}

std::optional<Network> FindNetwork(absl::string_view name) {
  for (const Network& network : NetworkPresets()) {
    if (network.name == name) return network;
  }
  return std::nullopt;
}

absl::Status ValidateNetwork(const Network& network) {
  for (const auto& [what, seconds] :
       {std::pair("latency", network.latency_seconds),
        std::pair("time of a message", network.message_seconds)}) {
    if (!(seconds >= 0.0) || !std::isfinite(seconds)) {
      return absl::InvalidArgumentError(
          absl::StrCat(what, " must be at least 0 seconds, but is ", seconds));
    }
  }
  if (!(network.bytes_per_second > 0.0) ||
      !std::isfinite(network.bytes_per_second)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "bytes a second must be positive, but are ", network.bytes_per_second));
  }
  return absl::OkStatus();
}

absl::string_view Name(ExchangeKind kind) {
  switch (kind) {
    case ExchangeKind::kTree:
      return "tree";
    case ExchangeKind::kRing:
      return "ring";
    case ExchangeKind::kServer:
      break;
  }
  return "server";
}

int64_t MessagesInTurn(ExchangeKind kind, int64_t workers) {
  LOCAL_SGD_CHECK(workers >= 1);
  if (workers == 1) return 0;
  switch (kind) {
    case ExchangeKind::kTree:
      return 2 * std::bit_width(static_cast<uint64_t>(workers - 1));
    case ExchangeKind::kRing:
      return 2 * (workers - 1);
    case ExchangeKind::kServer:
      break;
  }
  return 2 * workers;
}

double ExchangeSeconds(ExchangeKind kind, const Network& network,
                       int64_t features, int64_t workers) {
  if (workers == 1) return 0.0;
  const double messages = static_cast<double>(MessagesInTurn(kind, workers));
  const double parts =
      kind == ExchangeKind::kRing ? static_cast<double>(workers) : 1.0;
  const double work = network.message_seconds +
                      Bytes(features) / parts / network.bytes_per_second;
  if (kind == ExchangeKind::kServer) {
    return 2.0 * network.latency_seconds + messages * work;
  }
  return messages * (network.latency_seconds + work);
}

std::optional<double> SpeedupLimit(ExchangeKind kind, const Network& network,
                                   int64_t features, double compute_seconds) {
  double seconds_per_worker = 2.0 * network.message_seconds;
  switch (kind) {
    case ExchangeKind::kTree:
      return std::nullopt;
    case ExchangeKind::kRing:
      seconds_per_worker += 2.0 * network.latency_seconds;
      break;
    case ExchangeKind::kServer:
      seconds_per_worker += 2.0 * Bytes(features) / network.bytes_per_second;
      break;
  }
  if (seconds_per_worker == 0.0) return std::nullopt;
  return compute_seconds / seconds_per_worker;
}

// The computing itself is the same in every round and for every worker: it
// shifts all times alike, so it is left out.
double WaitingSeconds(double noise_seconds, int64_t workers, int64_t rounds,
                      uint64_t seed) {
  if (noise_seconds == 0.0) return 0.0;
  const std::vector<SimulatedWorker> cluster =
      WorkersAlike(workers, ExponentialTime(noise_seconds), ConstantTime(0.0));
  return SynchronousSeconds(cluster, EveryPeriod(1), seed, rounds) /
         static_cast<double>(rounds);
}

double RoundSpeedup(int64_t workers, double compute_seconds,
                    double waiting_seconds, double exchange_seconds) {
  return static_cast<double>(workers) * compute_seconds /
         (compute_seconds + waiting_seconds + exchange_seconds);
}

}  // namespace local_sgd
