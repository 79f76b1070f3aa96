// bazel run //experiments:cluster_extrapolation

#include <cstdint>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "experiments/cluster_extrapolation/run.h"
#include "experiments/common_flags.h"
#include "experiments/model.h"
#include "lib/program/command_line.h"
#include "lib/program/flag_reader.h"
#include "lib/program/program.h"
#include "lib/program/version.h"
#include "lib/simulation/exchange_model.h"
#include "lib/status_macros.h"

ABSL_FLAG(std::string, network, "loopback,ethernet_10g",
          "networks: loopback, ethernet_1g, ethernet_10g, wan");
ABSL_FLAG(std::string, latency_seconds, "",
          "instead of the network's: seconds that a message is under way");
ABSL_FLAG(std::string, message_seconds, "",
          "instead of the network's: seconds that a machine spends on a "
          "message, whatever its length");
ABSL_FLAG(std::string, bytes_per_second, "",
          "instead of the network's: bytes a second of a machine's link");
ABSL_FLAG(std::string, features, "",
          "features d of the vectors; empty: 300 and 1000000, each with its "
          "own --gradient_seconds");
ABSL_FLAG(std::string, gradient_seconds, "",
          "seconds of one gradient; empty: those measured on w8a, and with "
          "1000000 features 0.001");
ABSL_FLAG(std::string, batch, "4", "mini-batch size b");
ABSL_FLAG(std::string, periods, "1,16,256,4096",
          "local steps H between synchronisations");
ABSL_FLAG(std::string, workers, "",
          "numbers of workers K; empty: powers of two, 1000 and 10000");
ABSL_FLAG(std::string, epsilon, "0,1e-9",
          "accuracies in the units of (9), where T = 1/(K b epsilon) without "
          "drift; 0: no drift");
ABSL_FLAG(std::string, noise_seconds, "0,0.0001",
          "mean of an exponential time that holds up each worker in each "
          "round");

namespace local_sgd {
namespace {

absl::StatusOr<std::vector<Network>> ParseNetworks(const std::string& names) {
  const auto error = [&names](const auto&... what) {
    return absl::InvalidArgumentError(
        absl::StrCat("--network=", names, ": ", what...));
  };
  std::vector<Network> networks;
  for (const absl::string_view name : absl::StrSplit(names, ',')) {
    const auto network = FindNetwork(name);
    if (!network) {
      return error("expected some of ",
                   absl::StrJoin(NetworkPresets(), ", ",
                                 [](std::string* text, const Network& preset) {
                                   absl::StrAppend(text, preset.name);
                                 }));
    }
    for (const Network& other : networks) {
      if (other.name == name) return error(name, " stands twice");
    }
    networks.push_back(*network);
  }
  return networks;
}

// The constants that flags give in place of the network's.
absl::Status ChangeConstants(std::vector<Network>& networks) {
  struct Constant {
    const absl::Flag<std::string>& flag;
    double minimum;
    double Network::*field;
  };
  std::vector<absl::string_view> given;
  for (const Constant& constant :
       {Constant{FLAGS_latency_seconds, 0.0, &Network::latency_seconds},
        Constant{FLAGS_message_seconds, 0.0, &Network::message_seconds},
        Constant{FLAGS_bytes_per_second, kAboveZero,
                 &Network::bytes_per_second}}) {
    const std::string text = absl::GetFlag(constant.flag);
    if (text.empty()) continue;
    FlagReader flags;
    flags.Read(constant.flag, constant.minimum, networks[0].*constant.field);
    RETURN_IF_ERROR(flags.status());
    given.push_back(absl::GetFlagReflectionHandle(constant.flag).Name());
    if (networks.size() > 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("--", given.back(), "=", text,
                       ": give one --network that it changes"));
    }
  }
  if (!given.empty()) {
    networks[0].source =
        absl::StrCat(absl::StrJoin(given, ", "), " given; else ",
                     networks[0].name, ", ", networks[0].source);
    networks[0].name = "given";
  }
  return absl::OkStatus();
}

absl::StatusOr<ExtrapolationGrid> GridFromFlags(const CommonFlags& common) {
  constexpr int64_t kMost = int64_t{1} << 40;
  ExtrapolationGrid grid = DefaultExtrapolation();
  grid.seed = common.seed;
  ASSIGN_OR_RETURN(grid.networks, ParseNetworks(absl::GetFlag(FLAGS_network)));
  RETURN_IF_ERROR(ChangeConstants(grid.networks));
  const bool has_seconds = !absl::GetFlag(FLAGS_gradient_seconds).empty();
  if (has_seconds || !absl::GetFlag(FLAGS_features).empty()) {
    grid.workloads.resize(1);
  }
  FlagReader flags;
  flags.Read(FLAGS_features, 1, kMost, grid.workloads[0].features);
  flags.Read(FLAGS_gradient_seconds, kAboveZero,
             grid.workloads[0].gradient_seconds);
  if (has_seconds) grid.workloads[0].source = "given";
  flags.Read(FLAGS_batch, 1, 1 << 24, grid.batch);
  flags.Read(FLAGS_periods, 1, kMost, grid.periods);
  flags.Read(FLAGS_workers, 1, 10'000'000, grid.workers);
  flags.Read(FLAGS_epsilon, 0.0, grid.epsilons);
  flags.Read(FLAGS_noise_seconds, 0.0, grid.noise_seconds);
  if (!flags.status().ok()) return flags.status();
  return grid;
}

int Main(int argc, char** argv) {
  return ModelMain(argc, argv, ClusterExtrapolationModel(), GridFromFlags);
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(argc, argv,
                               {"cluster_extrapolation", local_sgd::kVersion},
                               local_sgd::Main);
}
