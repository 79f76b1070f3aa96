#include "experiments/further_experiments.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/asynchronous/run.h"
#include "experiments/common_flags.h"
#include "experiments/communication_period/run.h"
#include "experiments/convergence_bound/run.h"
#include "experiments/experiment.h"
#include "experiments/problem.h"
#include "experiments/resumable.h"
#include "experiments/run_settings.h"
#include "experiments/variance_reduction/run.h"
#include "lib/program/journal.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

// The settings of all four.
struct FurtherSettings {
  ConvergenceBoundSettings bound;
  VarianceReductionGrid variance;
  CommunicationPeriodSettings period;
  AsynchronousGrid asynchronous;
};

FurtherSettings SettingsOf(const CommonFlags& flags, bool quick) {
  const auto with_flags = [&flags](auto settings) {
    settings.first_seed = flags.seed;
    settings.threads = flags.threads;
    return settings;
  };
  return {with_flags(ConvergenceBoundExperiment().settings(quick)),
          with_flags(VarianceReductionExperiment().settings(quick)),
          with_flags(CommunicationPeriodExperiment().settings(quick)),
          with_flags(AsynchronousExperiment().settings(quick))};
}

}  // namespace

absl::Status ValidateFurtherFlags(const CommonFlags& flags) {
  int64_t seeds = std::max(
      {VarianceReductionGrid().seeds, CommunicationPeriodSettings().seeds,
       AsynchronousGrid().seeds, AsynchronousGrid().delay_seeds});
  for (const BoundGrid& grid :
       ConvergenceBoundExperiment().settings(/*quick=*/false).grids) {
    seeds = std::max(seeds, grid.seeds);
  }
  return ValidateSeeds(flags.seed, seeds);
}

std::vector<ResultsOrigin> OriginsOfFurther(const Problem& problem,
                                            const CommonFlags& flags,
                                            bool quick) {
  const FurtherSettings settings = SettingsOf(flags, quick);
  return {OriginOf(ConvergenceBoundExperiment(), problem, settings.bound),
          OriginOf(VarianceReductionExperiment(), problem, settings.variance),
          OriginOf(CommunicationPeriodExperiment(), problem, settings.period),
          OriginOf(AsynchronousExperiment(), problem, settings.asynchronous)};
}

absl::StatusOr<FurtherExperiments> RunFurtherExperiments(
    const Problem& problem, const CommonFlags& flags, bool quick,
    const std::string& version, const std::string& folder) {
  FurtherExperiments all;
  const FurtherSettings settings = SettingsOf(flags, quick);
  // Takes over what one experiment wrote.
  const auto add = [&all](auto written) {
    if (!written.ok()) return written.status();
    all.files.insert(all.files.end(), written->files.begin(),
                     written->files.end());
    all.journals.push_back(std::move(written->journal));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(add(RunExperiment(ConvergenceBoundExperiment(), problem,
                                    settings.bound, version, folder)));
  RETURN_IF_ERROR(add(RunExperiment(VarianceReductionExperiment(), problem,
                                    settings.variance, version, folder)));
  RETURN_IF_ERROR(add(RunExperiment(CommunicationPeriodExperiment(), problem,
                                    settings.period, version, folder)));
  RETURN_IF_ERROR(add(RunExperiment(AsynchronousExperiment(), problem,
                                    settings.asynchronous, version, folder)));
  return all;
}

absl::Status EndFurtherExperiments(FurtherExperiments& experiments) {
  for (Journal& journal : experiments.journals) {
    RETURN_IF_ERROR(EndResumable(journal));
  }
  return absl::OkStatus();
}

}  // namespace local_sgd
