#include "experiments/all_experiments.h"

#include <algorithm>
#include <cstdint>
#include <functional>
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
#include "lib/program/results_origin.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

// An experiment whatever its settings and records are.
struct AnyExperiment {
  int64_t seeds = 0;  // in its default size
  std::function<ResultsOrigin(const Problem&, const CommonFlags&, bool quick)>
      origin;
  std::function<absl::Status(const Problem&, const CommonFlags&, bool quick,
                             const std::string& version,
                             const std::string& folder,
                             WrittenExperiments& written)>
      run;
};

template <class S, class D>
S SettingsOf(const Experiment<S, D>& experiment, const CommonFlags& flags,
             bool quick) {
  S settings = experiment.settings(quick);
  settings.first_seed = flags.seed;
  settings.threads = flags.threads;
  return settings;
}

template <class S, class D>
AnyExperiment Erased(const Experiment<S, D>& experiment) {
  return {experiment.seeds(experiment.settings(/*quick=*/false)),
          [&experiment](const Problem& problem, const CommonFlags& flags,
                        bool quick) {
            return OriginOf(experiment, problem,
                            SettingsOf(experiment, flags, quick));
          },
          [&experiment](const Problem& problem, const CommonFlags& flags,
                        bool quick, const std::string& version,
                        const std::string& folder,
                        WrittenExperiments& written) -> absl::Status {
            ASSIGN_OR_RETURN(auto one,
                             RunExperiment(experiment, problem,
                                           SettingsOf(experiment, flags, quick),
                                           version, folder));
            written.files.insert(written.files.end(), one.files.begin(),
                                 one.files.end());
            written.journals.push_back(std::move(one.journal));
            return absl::OkStatus();
          }};
}

const std::vector<AnyExperiment>& AllExperiments() {
  static const auto& all = *new std::vector<AnyExperiment>{
      Erased(ConvergenceBoundExperiment()),
      Erased(VarianceReductionExperiment()),
      Erased(CommunicationPeriodExperiment()),
      Erased(AsynchronousExperiment()),
  };
  return all;
}

}  // namespace

absl::Status ValidateSeedOfAll(const CommonFlags& flags) {
  int64_t seeds = 0;
  for (const AnyExperiment& experiment : AllExperiments()) {
    seeds = std::max(seeds, experiment.seeds);
  }
  return ValidateSeeds(flags.seed, seeds);
}

std::vector<ResultsOrigin> OriginsOfAll(const Problem& problem,
                                        const CommonFlags& flags, bool quick) {
  std::vector<ResultsOrigin> origins;
  for (const AnyExperiment& experiment : AllExperiments()) {
    origins.push_back(experiment.origin(problem, flags, quick));
  }
  return origins;
}

absl::StatusOr<WrittenExperiments> RunAll(const Problem& problem,
                                          const CommonFlags& flags, bool quick,
                                          const std::string& version,
                                          const std::string& folder) {
  WrittenExperiments written;
  for (const AnyExperiment& experiment : AllExperiments()) {
    RETURN_IF_ERROR(
        experiment.run(problem, flags, quick, version, folder, written));
  }
  return written;
}

absl::Status EndAll(WrittenExperiments& written) {
  for (Journal& journal : written.journals) {
    RETURN_IF_ERROR(EndResumable(journal));
  }
  return absl::OkStatus();
}

}  // namespace local_sgd
