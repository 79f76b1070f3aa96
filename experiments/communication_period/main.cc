// bazel run //experiments:communication_period

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "experiments/common_flags.h"
#include "experiments/communication_period/advice.h"
#include "experiments/communication_period/run.h"
#include "experiments/experiment.h"
#include "experiments/problem.h"
#include "lib/program/command_line.h"
#include "lib/program/flag_reader.h"
#include "lib/program/program.h"
#include "lib/program/version.h"
#include "lib/records/format.h"
#include "lib/status_macros.h"

ABSL_FLAG(std::string, step_size, "theory,tuned",
          "the arms: theory, tuned or both, separated by a comma");
ABSL_FLAG(std::string, regularization, "",
          "lambda of every arm; empty: 0.01 for theory, 1/n for tuned; for "
          "the advice 1/n");
ABSL_FLAG(std::string, workers, "",
          "numbers of workers K; empty: 4,8,16,32 for theory, 2,4,8,16 for "
          "tuned; for the advice one number, empty: 16");
ABSL_FLAG(std::string, batch, "",
          "mini-batch sizes b; empty: 1,4,16; for the advice one number, "
          "empty: 4");
ABSL_FLAG(std::string, iterations, "",
          "T, ascending; empty: 2048,4096,8192 for theory, 256,1024,4096 for "
          "tuned");
ABSL_FLAG(std::string, loss, "0.1",
          "how much an admissible period may lose against H = 1");
ABSL_FLAG(std::string, seeds, "",
          "measured runs of each configuration, with seeds from --seed on; "
          "empty: 10, with --quick 2");
ABSL_FLAG(bool, quick, false, "a much reduced grid in a second or two");
ABSL_FLAG(bool, advise, false,
          "in place of all that: which schedule to use for --workers, --batch, "
          "--rho and --epsilon, from a pilot on one seed");
ABSL_FLAG(bool, verify, false,
          "with --advise: measure the advised schedules on other seeds");
ABSL_FLAG(std::string, rho, "25",
          "with --advise: cost of exchanging one vector, in gradients");
ABSL_FLAG(std::string, epsilon, "0.001",
          "with --advise: target accuracy f - f*");

namespace local_sgd {
namespace {

constexpr int64_t kMost = 1 << 20;  // of workers and batches
constexpr int64_t kMostSeeds = 10'000;

// The arms of these that --step_size names, in its order.
absl::StatusOr<std::vector<PeriodArm>> ArmsFromFlag(
    const std::vector<PeriodArm>& all) {
  const std::string text = absl::GetFlag(FLAGS_step_size);
  const auto error = [&text](const auto&... what) {
    return absl::InvalidArgumentError(
        absl::StrCat("--step_size=", text, ": ", what...));
  };
  std::vector<PeriodArm> arms;
  const std::vector<std::string> names = absl::StrSplit(text, ',');
  for (const std::string& name : names) {
    const auto is_named = [&name](const PeriodArm& arm) {
      return arm.name() == name;
    };
    if (std::any_of(arms.begin(), arms.end(), is_named)) {
      return error("'", name, "' stands twice");
    }
    const auto arm = std::find_if(all.begin(), all.end(), is_named);
    if (arm == all.end())
      return error("expected theory, tuned or theory,tuned");
    arms.push_back(*arm);
  }
  return arms;
}

absl::StatusOr<CommunicationPeriodSettings> SettingsFromFlags(
    const CommonFlags& common) {
  if (absl::GetFlag(FLAGS_verify)) {
    return absl::InvalidArgumentError(
        "--verify measures what --advise advises; give both");
  }
  CommunicationPeriodSettings settings =
      CommunicationPeriodExperiment().settings(absl::GetFlag(FLAGS_quick));
  settings.first_seed = common.seed;
  settings.threads = common.threads;
  ASSIGN_OR_RETURN(settings.arms, ArmsFromFlag(settings.arms));
  ASSIGN_OR_RETURN(const auto lambda,
                   ParseRegularization(absl::GetFlag(FLAGS_regularization)));
  FlagReader flags;
  for (PeriodArm& arm : settings.arms) {
    if (lambda.has_value()) arm.regularization = lambda;
    std::vector<int64_t> workers;
    std::vector<int64_t> batches;
    flags.Read(FLAGS_workers, 2, kMost, workers);
    flags.Read(FLAGS_batch, 1, kMost, batches);
    flags.Read(FLAGS_iterations, 1, std::numeric_limits<int32_t>::max(),
               arm.iterations);
    if (!workers.empty()) {
      arm.cells.workers = workers;
      arm.cells.reference_workers = workers.front();
    }
    if (!batches.empty()) {
      arm.cells.batches = batches;
      arm.cells.reference_batch = batches.front();
    }
  }
  flags.Read(FLAGS_loss, kAboveZero, settings.loss);
  flags.Read(FLAGS_seeds, 1, kMostSeeds, settings.seeds);
  if (!flags.status().ok()) return flags.status();
  return settings;
}

absl::StatusOr<AdviceSettings> AdviceFromFlags(const CommonFlags& common) {
  AdviceSettings settings;
  settings.first_seed = common.seed;
  settings.threads = common.threads;
  settings.verify = absl::GetFlag(FLAGS_verify);
  FlagReader flags;
  flags.Read(FLAGS_workers, 1, kMost, settings.schedules.workers);
  flags.Read(FLAGS_batch, 1, kMost, settings.schedules.batch);
  flags.Read(FLAGS_rho, 0, settings.rho);
  flags.Read(FLAGS_epsilon, kAboveZero, settings.schedules.epsilons[0]);
  flags.Read(FLAGS_seeds, 1, kMostSeeds, settings.seeds);
  if (!flags.status().ok()) return flags.status();
  return settings;
}

int RunAdvice(const CommonFlags& flags) {
  const auto settings = AdviceFromFlags(flags);
  if (!settings.ok()) return FailUsage(settings.status());
  const auto lambda = ParseRegularization(absl::GetFlag(FLAGS_regularization));
  if (!lambda.ok()) return FailUsage(lambda.status());
  const auto problem = OpenProblem(flags.dataset, flags.index_base, *lambda);
  if (!problem.ok()) return Fail(problem.status());
  const auto advice = Advise(*problem, *settings, "communication_period");
  if (!advice.ok()) return Fail(advice.status());
  const auto text =
      ToFormat(AdviceTable(*problem, *settings, *advice), flags.format);
  if (!text.ok()) return Fail(text.status());
  std::cout << *text;
  return 0;
}

int Main(int argc, char** argv) {
  const auto& experiment = CommunicationPeriodExperiment();
  const auto flags = ParseCommonFlags(argc, argv, experiment.usage);
  if (!flags.ok()) return FailUsage(flags.status());
  if (absl::GetFlag(FLAGS_advise)) return RunAdvice(*flags);
  return ExperimentMain(*flags, experiment, SettingsFromFlags);
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(argc, argv,
                               {"communication_period", local_sgd::kVersion},
                               local_sgd::Main);
}
