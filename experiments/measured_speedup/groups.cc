#include "experiments/measured_speedup/groups.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "lib/records/table.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

template <typename T>
void InsertSorted(std::vector<T>& values, T value) {
  const auto at = std::lower_bound(values.begin(), values.end(), value);
  if (at == values.end() || *at != value) values.insert(at, value);
}

// Whether two records or groups are of the same data and step size.
template <class A, class B>
bool AreOneFamily(const A& a, const B& b) {
  return a.dataset == b.dataset && a.dataset_sha256 == b.dataset_sha256 &&
         a.step_size == b.step_size;
}

}  // namespace

std::string RhoText(const SpeedupGroup& group) {
  return absl::StrJoin(group.rhos, ", ", [](std::string* text, double rho) {
    text->append(ShortestText(rho));
  });
}

std::string ShortName(const std::string& dataset) {
  return dataset.substr(dataset.find_last_of('/') + 1);
}

const SpeedupRecord* SpeedupGroup::Find(int64_t workers_wanted,
                                        int64_t period_wanted) const {
  for (const SpeedupRecord& record : records) {
    if (record.workers == workers_wanted && record.period == period_wanted) {
      return &record;
    }
  }
  return nullptr;
}

std::vector<SpeedupGroup> GroupSpeedups(
    const std::vector<SpeedupRecord>& records) {
  std::vector<SpeedupGroup> groups;
  for (const SpeedupRecord& record : records) {
    auto group = std::find_if(
        groups.begin(), groups.end(), [&record](const SpeedupGroup& g) {
          return AreOneFamily(g, record) && g.epsilon == record.epsilon &&
                 g.batch == record.batch;
        });
    if (group == groups.end()) {
      SpeedupGroup fresh;
      fresh.dataset = record.dataset;
      fresh.dataset_sha256 = record.dataset_sha256;
      fresh.step_size = record.step_size;
      fresh.epsilon = record.epsilon;
      fresh.batch = record.batch;
      group = groups.insert(groups.end(), std::move(fresh));
    }
    InsertSorted(group->rhos, record.rho);
    InsertSorted(group->workers, record.workers);
    InsertSorted(group->periods, record.period);
    group->records.push_back(record);
  }
  return groups;
}

std::vector<std::vector<SpeedupGroup>> SpeedupFamilies(
    const std::vector<SpeedupRecord>& records) {
  std::vector<std::vector<SpeedupGroup>> families;
  std::vector<SpeedupGroup> groups = GroupSpeedups(records);
  for (SpeedupGroup& group : groups) {
    const auto family = std::find_if(families.begin(), families.end(),
                                     [&group](const auto& members) {
                                       return AreOneFamily(members[0], group);
                                     });
    if (family == families.end()) {
      families.push_back({std::move(group)});
    } else {
      family->push_back(std::move(group));
    }
  }
  return families;
}

void Price(double rho, SpeedupRecord& record) {
  record.rho = rho;
  const auto priced = [&](CostModel cost_model) -> std::optional<double> {
    if (!record.speedup_free) return std::nullopt;
    return *record.speedup_free /
           CommunicationFactor(cost_model, rho, record.workers, record.period,
                               record.batch);
  };
  record.speedup_star = priced(CostModel::kStar);
  record.speedup_ring = priced(CostModel::kRing);
}

std::optional<double> Speedup(const SpeedupRecord& record,
                              CostModel cost_model) {
  switch (cost_model) {
    case CostModel::kStar:
      return record.speedup_star;
    case CostModel::kRing:
      return record.speedup_ring;
    case CostModel::kFree:
      break;
  }
  return record.speedup_free;
}

std::optional<double> SpeedupError(const SpeedupRecord& record,
                                   CostModel cost_model) {
  const std::optional<double> speedup = Speedup(record, cost_model);
  if (!speedup || !record.speedup_free || !record.speedup_free_stderr) {
    return std::nullopt;
  }
  return *record.speedup_free_stderr * (*speedup / *record.speedup_free);
}

LargestSpeedup FindLargestSpeedup(const SpeedupGroup& group,
                                  CostModel cost_model) {
  LargestSpeedup largest;
  for (const SpeedupRecord& record : group.records) {
    const std::optional<double> speedup = Speedup(record, cost_model);
    if (speedup && *speedup > largest.speedup) largest = {*speedup, &record};
  }
  return largest;
}

bool IsLimitedByBias(const SpeedupGroup& group) {
  const LargestSpeedup largest = FindLargestSpeedup(group, CostModel::kFree);
  return group.step_size == "theory" && largest.record != nullptr &&
         group.workers.back() > 1 &&
         2 * largest.speedup < static_cast<double>(group.workers.back());
}

absl::StatusOr<std::vector<SpeedupRecord>> ReadSpeedups(
    const std::string& folder, std::optional<double> rho) {
  auto records = ReadRecords(SpeedupSchema(), folder + "/measured_speedup.csv");
  if (!records.ok() || !rho) return records;
  for (SpeedupRecord& record : *records) Price(*rho, record);
  return records;
}

}  // namespace local_sgd
