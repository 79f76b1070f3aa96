// Measured records sorted the way tables and figures show them: a group for
// each data set, step size, accuracy and batch, with K down and H across.

#ifndef EXPERIMENTS_MEASURED_SPEEDUP_GROUPS_H_
#define EXPERIMENTS_MEASURED_SPEEDUP_GROUPS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "experiments/measured_speedup/records.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {

struct SpeedupGroup {
  std::string dataset;
  std::string dataset_sha256;
  std::string step_size;
  double epsilon = 0;
  int64_t batch = 0;
  std::vector<double> rhos;      // distinct ones of the records; usually one
  std::vector<int64_t> workers;  // K, ascending
  std::vector<int64_t> periods;  // H, ascending
  std::vector<SpeedupRecord> records;  // in the order of the file

  // The record of (K, H), or null.
  const SpeedupRecord* Find(int64_t workers, int64_t period) const;
};

// "25", or all of them where the records have several.
std::string RhoText(const SpeedupGroup& group);

// The last part of a path is enough where there is little room.
std::string ShortName(const std::string& dataset);

// Groups in the order in which the records first name them.
std::vector<SpeedupGroup> GroupSpeedups(
    const std::vector<SpeedupRecord>& records);

// The same groups by data set and step size: what one figure or one summary
// shows. No list is empty.
std::vector<std::vector<SpeedupGroup>> SpeedupFamilies(
    const std::vector<SpeedupRecord>& records);

// Prices star and ring (anew) from speedup_free: another rho needs no rerun.
void Price(double rho, SpeedupRecord& record);

// The speedup under that cost model; nothing where the target was not reached.
std::optional<double> Speedup(const SpeedupRecord& record,
                              CostModel cost_model);

// Its standard error, which is priced like the speedup itself; nothing also for
// one seed.
std::optional<double> SpeedupError(const SpeedupRecord& record,
                                   CostModel cost_model);

struct LargestSpeedup {
  double speedup = 0;
  const SpeedupRecord* record = nullptr;  // null: no speedup was measured
};

// Points into the group. The first of equals.
LargestSpeedup FindLargestSpeedup(const SpeedupGroup& group,
                                  CostModel cost_model);

// Whether the group has the step sizes of Theorem 2.2 and its largest speedup
// ignoring communication stays below half its largest K.
bool IsLimitedByBias(const SpeedupGroup& group);

// Reads measured_speedup.csv in that folder, repriced when rho is given.
absl::StatusOr<std::vector<SpeedupRecord>> ReadSpeedups(
    const std::string& folder, std::optional<double> rho);

}  // namespace local_sgd

#endif  // EXPERIMENTS_MEASURED_SPEEDUP_GROUPS_H_
