#include "experiments/single/single_run_flags.h"

#include <cstdint>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "experiments/common_flags.h"
#include "experiments/run_settings.h"
#include "experiments/single/single_run.h"
#include "lib/program/command_line.h"
#include "lib/program/flag_reader.h"
#include "lib/records/outside_text.h"
#include "lib/status_macros.h"

ABSL_FLAG(std::string, workers, "1", "number of workers K");
ABSL_FLAG(std::string, batch, "1", "mini-batch size b");
ABSL_FLAG(std::string, step_size, "theory",
          "theory, constant:ETA or decaying:C, min(32, C n/(t+1))");
ABSL_FLAG(std::string, period, "",
          "local steps H between synchronisations; short for "
          "--synchronisation=period:H");
ABSL_FLAG(std::string, synchronisation, "",
          "period:H, final, growing:C, phases:H,S,H2 (every H up to iteration "
          "S, then every H2), doubling, doubling:CAP or list:FILE; empty: "
          "period:1");
ABSL_FLAG(std::string, epsilon, "",
          "target accuracies f - f*; the run stops when all are reached");
ABSL_FLAG(std::string, max_iterations, "10000000",
          "most iterations T; without --epsilon exactly so many are run");
ABSL_FLAG(std::string, regularization, "", "lambda; empty: 1/n");

namespace local_sgd {
namespace {

constexpr int64_t kMost = int64_t{1} << 60;

// --synchronisation, or --period, which is short for one of them.
absl::StatusOr<std::string> SynchronisationText() {
  const std::string text = absl::GetFlag(FLAGS_synchronisation);
  const std::string period = absl::GetFlag(FLAGS_period);
  if (period.empty()) return text.empty() ? "period:1" : text;
  if (!text.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--period=", period, " and --synchronisation=", text,
                     ": give one of them"));
  }
  ASSIGN_OR_RETURN(const auto parsed, ParseInteger("period", period, 1, kMost));
  return absl::StrCat("period:", parsed);
}

}  // namespace

absl::StatusOr<SingleRunFlags> ReadSingleRunFlags(const CommonFlags& common) {
  SingleRunFlags flags;
  RunSettings& settings = flags.settings;
  settings.seed = common.seed;
  settings.threads = common.threads;
  FlagReader reader;
  reader.Read(FLAGS_workers, 1, kMost, settings.workers);
  reader.Read(FLAGS_batch, 1, kMost, settings.batch);
  reader.Read(FLAGS_epsilon, kAboveZero, settings.termination.epsilons);
  reader.Read(FLAGS_max_iterations, 1, kMost,
              settings.termination.max_iterations);
  RETURN_IF_ERROR(reader.status());
  ASSIGN_OR_RETURN(settings.step_size,
                   ParseStepSize(absl::GetFlag(FLAGS_step_size)));
  ASSIGN_OR_RETURN(const std::string synchronisation, SynchronisationText());
  ASSIGN_OR_RETURN(
      settings.synchronisation,
      ParseSynchronisation(synchronisation, settings.workers, settings.batch));
  // A list's path goes into the record.
  settings.synchronisation_text = PrintableName(synchronisation);
  ASSIGN_OR_RETURN(flags.regularization,
                   ParseRegularization(absl::GetFlag(FLAGS_regularization)));
  return flags;
}

}  // namespace local_sgd
