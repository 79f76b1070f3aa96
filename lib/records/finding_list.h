// The findings of an experiment, as they are made: each with the jackknife's
// interval over seeds, with one of its own, or with none.

#ifndef LIB_RECORDS_FINDING_LIST_H_
#define LIB_RECORDS_FINDING_LIST_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/records/finding_record.h"
#include "lib/statistics/interval.h"
#include "lib/statistics/jackknife.h"

namespace local_sgd {

// Findings stand in the order in which they are added. What has no number (see
// IsDefined) is left out, and so is an estimate that the numbers do not
// determine (InvalidArgument), as the slope of the logarithms of errors that
// are 0. Any other error is kept, the first one, and Take returns it.
class FindingList {
 public:
  explicit FindingList(std::string experiment);

  // What is added from here on is of this data set, and its settings begin with
  // `scope`, "lambda=0.01" say. Both are empty at first.
  void Begin(const std::string& dataset, const std::string& scope = "");

  // An interval over seeds; one seed has none.
  void Add(const std::string& name, const std::string& setting, int64_t seeds,
           const absl::StatusOr<Interval>& interval);
  // An interval of another kind, however many seeds there are.
  void AddFitted(const std::string& name, const std::string& setting,
                 int64_t seeds, const Interval& interval);
  // A number that no interval belongs to; 0 seeds: one that no seed changes.
  void AddNumber(const std::string& name, const std::string& setting,
                 int64_t seeds, double value);
  // A number that neither seeds nor data change.
  void AddExact(const std::string& name, const std::string& setting,
                double value);

  // Like Add(..., Jackknife(seeds, estimate)).
  void AddEstimate(const std::string& name, const std::string& setting,
                   int64_t seeds,
                   const std::function<absl::StatusOr<double>(Kept)>& estimate);
  // The estimate is e_j of FitPowerLaw(x, y of the seeds).
  void AddExponent(
      const std::string& name, const std::string& setting, int64_t seeds,
      const std::vector<std::vector<double>>& x,
      const std::function<absl::StatusOr<std::vector<double>>(Kept)>& y,
      size_t j = 0);

  absl::StatusOr<std::vector<FindingRecord>> Take() &&;

 private:
  FindingRecord Make(const std::string& name, const std::string& setting,
                     int64_t seeds, double value) const;
  void AddDefined(FindingRecord record);

  const std::string experiment_;
  std::string dataset_;
  std::string scope_;
  absl::Status status_;
  std::vector<FindingRecord> findings_;
};

}  // namespace local_sgd

#endif  // LIB_RECORDS_FINDING_LIST_H_
