// bazel run //experiments:cluster_extrapolation

#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "experiments/cluster_extrapolation/records.h"
#include "experiments/cluster_extrapolation/report.h"
#include "experiments/cluster_extrapolation/run.h"
#include "experiments/common_flags.h"
#include "lib/program/command_line.h"
#include "lib/program/program.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"
#include "lib/records/format.h"
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

// The network with the constants that flags give in its place.
absl::StatusOr<std::vector<Network>> NetworksFromFlags() {
  std::vector<Network> networks;
  std::string all;
  for (const Network& network : NetworkPresets()) {
    absl::StrAppend(&all, all.empty() ? "" : ", ", network.name);
  }
  const std::string names = absl::GetFlag(FLAGS_network);
  for (const absl::string_view name : absl::StrSplit(names, ',')) {
    const auto network = FindNetwork(name);
    if (!network.has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--network=", names, ": expected some of ", all));
    }
    for (const Network& other : networks) {
      if (other.name != name) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("--network=", names, ": ", name, " stands twice"));
    }
    networks.push_back(*network);
  }
  struct Constant {
    const char* flag;
    std::string text;
    double minimum;
    double Network::*field;
  };
  std::string given;
  for (const Constant& constant :
       {Constant{"latency_seconds", absl::GetFlag(FLAGS_latency_seconds), 0.0,
                 &Network::latency_seconds},
        Constant{"message_seconds", absl::GetFlag(FLAGS_message_seconds), 0.0,
                 &Network::message_seconds},
        Constant{"bytes_per_second", absl::GetFlag(FLAGS_bytes_per_second),
                 kAboveZero, &Network::bytes_per_second}}) {
    if (constant.text.empty()) continue;
    ASSIGN_OR_RETURN(const auto value, ParseNumber(constant.flag, constant.text,
                                                   constant.minimum));
    if (networks.size() > 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("--", constant.flag, "=", constant.text,
                       ": give one --network that it changes"));
    }
    networks[0].*constant.field = value;
    absl::StrAppend(&given, given.empty() ? "" : ", ", constant.flag);
  }
  if (!given.empty()) {
    networks[0].source = absl::StrCat(given, " given; else ", networks[0].name,
                                      ", ", networks[0].source);
    networks[0].name = "given";
  }
  return networks;
}

absl::StatusOr<ExtrapolationGrid> GridFromFlags(const CommonFlags& common) {
  constexpr int64_t kMost = int64_t{1} << 40;
  ExtrapolationGrid grid = DefaultExtrapolation();
  grid.seed = common.seed;
  ASSIGN_OR_RETURN(grid.networks, NetworksFromFlags());
  const std::string features = absl::GetFlag(FLAGS_features);
  const std::string gradient = absl::GetFlag(FLAGS_gradient_seconds);
  if (!features.empty() || !gradient.empty()) {
    grid.workloads.resize(1);
  }
  if (!features.empty()) {
    ASSIGN_OR_RETURN(const auto d,
                     ParseInteger("features", features, 1, kMost));
    grid.workloads[0].features = d;
  }
  if (!gradient.empty()) {
    ASSIGN_OR_RETURN(const auto seconds,
                     ParseNumber("gradient_seconds", gradient, kAboveZero));
    grid.workloads[0].gradient_seconds = seconds;
    grid.workloads[0].source = "given";
  }
  ASSIGN_OR_RETURN(grid.batch, ParseInteger("batch", absl::GetFlag(FLAGS_batch),
                                            1, 1 << 24));
  ASSIGN_OR_RETURN(
      grid.periods,
      ParseIntegers("periods", absl::GetFlag(FLAGS_periods), 1, kMost));
  if (const std::string text = absl::GetFlag(FLAGS_workers); !text.empty()) {
    ASSIGN_OR_RETURN(grid.workers,
                     ParseIntegers("workers", text, 1, 10'000'000));
  }
  ASSIGN_OR_RETURN(grid.epsilons,
                   ParseNumbers("epsilon", absl::GetFlag(FLAGS_epsilon), 0.0));
  ASSIGN_OR_RETURN(
      grid.noise_seconds,
      ParseNumbers("noise_seconds", absl::GetFlag(FLAGS_noise_seconds), 0.0));
  RETURN_IF_ERROR(ValidateExtrapolation(grid));
  return grid;
}

int Main(int argc, char** argv) {
  const auto flags = ParseCommonFlags(
      argc, argv,
      "Extrapolates local SGD to thousands of workers by a model, on paper, "
      "and writes cluster_extrapolation.csv, tables and figures. Needs no "
      "data.");
  if (!flags.ok()) return FailUsage(flags.status());
  const auto grid = GridFromFlags(*flags);
  if (!grid.ok()) return FailUsage(grid.status());
  const auto replaced = MayReplace({OriginOf(*grid)}, flags->output_dir,
                                   flags->overwrite, std::cerr);
  if (!replaced.ok()) return Fail(replaced.status());
  const auto files = WriteExtrapolation(*grid, flags->output_dir);
  if (!files.ok()) return Fail(files.status());
  const absl::Status origin =
      WriteOrigin(OriginOf(*grid), *files, kVersion, flags->output_dir);
  if (!origin.ok()) return Fail(origin);
  if (absl::Status status =
          RemoveReplaced(*replaced, flags->output_dir, std::cerr);
      !status.ok()) {
    return Fail(status);
  }
  const auto report =
      WriteExtrapolationReport(flags->output_dir, flags->output_dir);
  if (!report.ok()) return Fail(report.status());
  const std::vector<ExtrapolationRecord> records = Extrapolate(*grid);
  const auto text =
      flags->format == Format::kTable
          ? ExtrapolationText(records)
          : ToFormat(ToTable(ExtrapolationSchema(), records), flags->format);
  if (!text.ok()) return Fail(text.status());
  std::cout << *text;
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(argc, argv,
                               {"cluster_extrapolation", local_sgd::kVersion},
                               local_sgd::Main);
}
