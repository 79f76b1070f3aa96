// The numbers that claims are about, each computed from the records of one
// results folder: a name and its parameters in, an estimate out. A new quantity
// is a function, a line of the table in the source file and its parameters in
// claims.schema.json.
//
// T is T(epsilon) in iterations, a mean over the measuring seeds, and S its
// speedup T(1, 1) / T(K, H) over the communication factor of the cost model.
// Measured quantities, from measured_iterations.csv:
//
//   speedup_per_worker       S(K, H) / K
//   period_cost              T(K, H) / T(K, 1)
//   period_gain              S(K, H) / S(K, 1)
//   best_period_gain         the largest of S(K, H) / S(K, 1) over the periods
//   step_size_cost           T(K, H) / T(K, H) with reference_step_size
//   period_cost_ratio        T(K, H) / T(K, 1) over the same at
//                            reference_epsilon and reference_workers
//   speedup_ratio            T(1, 1) / T(K, H) over the same at
//                            reference_epsilon
//   admissible_period_slope  of log H(K) against log K, least squares, where
//                            H(K) is the smallest H with T(K, H) = allowance
//                            T(K, H_0), H_0 the first of the periods, by
//                            interpolation of log T against log H. If some K
//                            never gets there, H(K) is only known to be above
//                            the largest period: no number then.
//
// Quantities of the model, equation (9), from theoretical_speedup.csv:
//
//   model_speedup            S(K, H)
//   model_period_gain        S(K, H) over the largest S(K, .) of the rivals
//   model_best_periods       how many different periods are best for some K;
//                            of equally good ones the smallest counts
//   model_scaling_exponent   of K in S between the first and the last K:
//                            log(S(K_2, H) / S(K_1, H)) / log(K_2 / K_1)
//
// Of the other experiments, from EXPERIMENT_findings.csv:
//
//   finding                  the record of that experiment, finding and setting
//
// Where epsilon, batch, workers or period are lists, the quantity is the
// smallest or the largest ("take") over all of them.

#ifndef ANALYSIS_CLAIM_QUANTITIES_H_
#define ANALYSIS_CLAIM_QUANTITIES_H_

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/records/finding_record.h"
#include "lib/theory/speedup_model.h"
#include "nlohmann/json_fwd.hpp"

namespace local_sgd {

// A name and the parameters that it takes; the others stay as they are here.
struct Quantity {
  std::string name;
  std::string take;       // "smallest" or "largest"
  std::string step_size;  // as in SpeedupRecord
  std::string reference_step_size;
  IterationModel model = IterationModel::kPrinted;
  CostModel cost_model = CostModel::kFree;
  double rho = 0;                 // >= 0
  double allowance = 0;           // > 1
  std::vector<double> epsilon;    // >= 0
  double reference_epsilon = 0;   // > 0
  std::vector<int64_t> batch;     // b >= 1
  std::vector<int64_t> workers;   // K >= 1, ascending
  int64_t reference_workers = 0;  // K >= 1
  std::vector<int64_t> period;    // H >= 1, ascending
  std::vector<int64_t> rivals;    // H >= 1, ascending
  std::string experiment;         // as in FindingRecord
  std::string finding;            // its name
  std::string setting;
};

// Of a "quantity" as claims.schema.json has it, which says which parameters
// each name takes and their ranges; a list of one may be written as its
// element. An error where no quantity has the name; nlohmann's exceptions where
// a value has another type.
absl::StatusOr<Quantity> ParseQuantity(const nlohmann::ordered_json& json);

// The names above, sorted.
std::vector<std::string> QuantityNames();

struct MeasuredSetting {
  std::string step_size;
  double epsilon = 0;
  int64_t batch = 0;
  int64_t workers = 0;
  int64_t period = 0;  // 1 with one worker, where it changes nothing

  auto operator<=>(const MeasuredSetting&) const = default;
};

struct MeasuredIterations {
  std::string dataset;
  // T(epsilon) by seed; nothing where the seed missed epsilon.
  std::map<MeasuredSetting, std::map<uint64_t, std::optional<int64_t>>> seeds;
};

struct ModelSetting {
  std::string model;
  std::string cost_model;
  double rho = 0;
  double epsilon = 0;
  int64_t workers = 0;
  int64_t period = 0;

  auto operator<=>(const ModelSetting&) const = default;
};

using ModelSpeedups = std::map<ModelSetting, double>;

// The findings of each experiment that the folder has, by its name.
using Findings = std::map<std::string, std::vector<FindingRecord>>;

// What a results folder has; NotFound, naming the file, in place of the rest.
struct ClaimRecords {
  absl::StatusOr<MeasuredIterations> measured;
  absl::StatusOr<ModelSpeedups> model;
  Findings findings;
};

// Reads measured_iterations.csv with measured_speedup.csv, which names the data
// set, theoretical_speedup.csv, and every file EXPERIMENT_findings.csv. Errors,
// naming file and line: a file that is damaged, records of two data sets, two
// files whose iterations contradict each other, and a finding of another
// experiment than its file's name says.
absl::StatusOr<ClaimRecords> ReadClaimRecords(const std::string& folder);

// Numbers of the model are exact: low = value = high. Measured ones are paired
// by seed, over the seeds that all settings involved have, m of them. Low and
// high are the ends of an interval of 95 %, the estimate plus or minus
// Student's t with m - 1 degrees of freedom times the standard error: the delta
// method's for a ratio of two means, the jackknife's (leaving out one seed at a
// time) for anything else. Findings bring their own. The ends of a smallest or
// largest are the smallest or largest of the ends: they hold if the interval of
// every setting does. One seed has no interval; low and high are then the
// value.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
  int64_t seeds = 0;    // m, the fewest of all settings; 0: exact
  std::string at;       // the setting that it is, or of the smallest or largest
  std::string dataset;  // of a finding
};

// Errors say why there is no number: a record that is missing, a seed that
// missed epsilon, settings without a seed in common, an H(K) out of reach.
absl::StatusOr<Estimate> EvaluateQuantity(const Quantity& quantity,
                                          const ClaimRecords& records);

// Whether the quantity is of measured_iterations.csv.
bool IsMeasured(const Quantity& quantity);

}  // namespace local_sgd

#endif  // ANALYSIS_CLAIM_QUANTITIES_H_
