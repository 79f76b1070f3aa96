#include "lib/records/finding_list.h"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/records/finding_record.h"
#include "lib/statistics/interval.h"
#include "lib/statistics/jackknife.h"
#include "lib/statistics/power_law_fit.h"
#include "lib/status_macros.h"

namespace local_sgd {

FindingList::FindingList(std::string experiment)
    : experiment_(std::move(experiment)) {}

void FindingList::Begin(const std::string& dataset, const std::string& scope) {
  dataset_ = dataset;
  scope_ = scope;
}

FindingRecord FindingList::Make(const std::string& name,
                                const std::string& setting, int64_t seeds,
                                double value) const {
  FindingRecord record;
  record.experiment = experiment_;
  record.name = name;
  record.setting = absl::StrCat(
      scope_, scope_.empty() || setting.empty() ? "" : ", ", setting);
  record.value = value;
  record.seeds = seeds;
  record.dataset = dataset_;
  return record;
}

void FindingList::AddDefined(FindingRecord record) {
  if (IsDefined(record)) findings_.push_back(std::move(record));
}

void FindingList::Add(const std::string& name, const std::string& setting,
                      int64_t seeds, const absl::StatusOr<Interval>& interval) {
  if (absl::IsInvalidArgument(interval.status())) return;
  status_.Update(interval.status());
  if (!interval.ok()) return;
  if (seeds > 1) {
    AddFitted(name, setting, seeds, *interval);
  } else {
    AddNumber(name, setting, seeds, interval->value);
  }
}

void FindingList::AddFitted(const std::string& name, const std::string& setting,
                            int64_t seeds, const Interval& interval) {
  FindingRecord record = Make(name, setting, seeds, interval.value);
  record.low = interval.low;
  record.high = interval.high;
  AddDefined(std::move(record));
}

void FindingList::AddNumber(const std::string& name, const std::string& setting,
                            int64_t seeds, double value) {
  AddDefined(Make(name, setting, seeds, value));
}

void FindingList::AddExact(const std::string& name, const std::string& setting,
                           double value) {
  FindingRecord record = Make(name, setting, /*seeds=*/0, value);
  record.dataset.clear();
  AddDefined(std::move(record));
}

void FindingList::AddEstimate(
    const std::string& name, const std::string& setting, int64_t seeds,
    const std::function<absl::StatusOr<double>(Kept)>& estimate) {
  Add(name, setting, seeds, Jackknife(seeds, estimate));
}

void FindingList::AddExponent(
    const std::string& name, const std::string& setting, int64_t seeds,
    const std::vector<std::vector<double>>& x,
    const std::function<absl::StatusOr<std::vector<double>>(Kept)>& y,
    size_t j) {
  AddEstimate(name, setting, seeds, [&](Kept kept) -> absl::StatusOr<double> {
    ASSIGN_OR_RETURN(const std::vector<double> values, y(kept));
    ASSIGN_OR_RETURN(const PowerLawFit fit, FitPowerLaw(x, values));
    return fit.exponents[j].value;
  });
}

absl::StatusOr<std::vector<FindingRecord>> FindingList::Take() && {
  RETURN_IF_ERROR(status_);
  return std::move(findings_);
}

}  // namespace local_sgd
