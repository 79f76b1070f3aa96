#include "experiments/measured_speedup/measured_arms.h"

#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/measured_speedup/run.h"
#include "experiments/problem.h"
#include "experiments/resumable.h"
#include "lib/program/journal.h"
#include "lib/program/progress.h"
#include "lib/status_macros.h"
#include "nlohmann/json.hpp"

namespace local_sgd {

absl::StatusOr<MeasuredArms> RunArms(
    const Problem& problem, const std::vector<MeasuredSpeedupGrid>& arms,
    const std::string& program, const std::string& version,
    const std::string& folder) {
  nlohmann::ordered_json settings;
  settings["program"] = program;
  settings["version"] = version;
  double cost = 0.0;
  std::vector<double> epsilons;
  for (const MeasuredSpeedupGrid& grid : arms) {
    RETURN_IF_ERROR(ValidateGrid(problem, grid));
    const nlohmann::ordered_json arm = JournalSettings(problem, grid);
    settings["arms"][arm["step_size"].get<std::string>()] = arm;
    cost += ExpectedCost(grid);
    epsilons.insert(epsilons.end(), grid.epsilons.begin(), grid.epsilons.end());
  }
  WarnOfCertificate(problem, epsilons);
  ASSIGN_OR_RETURN(Journal journal, BeginResumable(program, folder, settings));
  Progress progress(program, cost, std::cerr, StderrIsTerminal());
  MeasuredArms result = {{}, std::move(journal)};
  for (const MeasuredSpeedupGrid& grid : arms) {
    ASSIGN_OR_RETURN(
        MeasuredSpeedup measured,
        RunMeasuredSpeedup(problem, grid, {&result.journal, &progress}));
    Append(std::move(measured), result.measured);
  }
  return result;
}

ResultsOrigin OriginOf(const Problem& problem,
                       const std::vector<MeasuredSpeedupGrid>& arms) {
  nlohmann::ordered_json settings;
  for (const MeasuredSpeedupGrid& grid : arms) {
    settings["rho"] = grid.rho;
    nlohmann::ordered_json arm = JournalSettings(problem, grid);
    const std::string name = arm["step_size"].get<std::string>();
    for (const char* key : {"step_size", "dataset_sha256"}) arm.erase(key);
    settings["arms"][name] = std::move(arm);
  }
  return {"measured_speedup", problem.dataset, problem.dataset_sha256,
          settings.dump()};
}

}  // namespace local_sgd
