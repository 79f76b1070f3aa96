// Which schedule of communication to use for given workers, batch, accuracy and
// price of a vector.
//
// The prediction is a pilot: every schedule runs to epsilon on the selection
// seed, with the step size that is best there, and what it took is priced. So
// it is one sample of what another seed will need, and the best of several such
// samples is a little too good; `verify` runs the advised schedules on other
// seeds.

#ifndef EXPERIMENTS_COMMUNICATION_PERIOD_ADVICE_H_
#define EXPERIMENTS_COMMUNICATION_PERIOD_ADVICE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "experiments/communication_period/records.h"
#include "experiments/communication_period/schedule_runs.h"
#include "experiments/problem.h"
#include "lib/records/table.h"
#include "lib/statistics/interval.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {

struct AdviceSettings {
  // One epsilon and no curves.
  ScheduleSettings schedules = {
      .epsilons = {0.001}, .max_iterations = 262'144, .curve_iterations = 0};
  double rho = 25;
  bool verify = false;
  int64_t seeds = 10;  // to verify on
  uint64_t first_seed = 1;
  int threads = 1;
};

// The cheapest schedule under one cost model, and communicating after every
// step. Costs are in gradients, as ModelledTime has them.
struct Advice {
  CostModel cost_model = CostModel::kStar;
  ScheduleRecord pilot;
  double cost = 0;
  std::optional<double> every_step;  // nothing where H = 1 missed epsilon
  // With `verify`: the mean over seeds of the cost, nothing where some seed
  // missed epsilon.
  std::optional<Interval> measured;
  int64_t seeds_reached = 0;
};

// One for each cost model, with progress on stderr if it has a title. Errors:
// those of ScheduleTunings and ScheduleRuns; InvalidArgument, naming --rho, for
// costs that overflow; NotFound where no schedule reaches epsilon.
absl::StatusOr<std::vector<Advice>> Advise(
    const Problem& problem, const AdviceSettings& settings,
    const std::string& progress_title = "");

Table AdviceTable(const Problem& problem, const AdviceSettings& settings,
                  const std::vector<Advice>& advice);

}  // namespace local_sgd

#endif  // EXPERIMENTS_COMMUNICATION_PERIOD_ADVICE_H_
