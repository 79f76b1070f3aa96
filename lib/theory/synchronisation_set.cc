#include "lib/theory/synchronisation_set.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace local_sgd {
namespace {

// Calls visit(previous, index) for neighbours in {0}, the set and {T}.
template <class Visit>
void ForEachInterval(const SynchronisationSet& set, int64_t T, Visit visit) {
  for (int64_t t = 0; t < T;) {
    const int64_t next = std::min(NextSynchronisation(set, t), T);
    visit(t, next);
    t = next;
  }
}

}  // namespace

SynchronisationSet EveryPeriod(int64_t period) {
  SynchronisationSet set;
  set.kind = SynchronisationSet::kPeriod;
  set.period = period;
  return set;
}

SynchronisationSet OnlyFinal() {
  SynchronisationSet set;
  set.kind = SynchronisationSet::kFinal;
  return set;
}

SynchronisationSet GrowingPeriod(double growth, int64_t workers,
                                 int64_t batch) {
  SynchronisationSet set;
  set.kind = SynchronisationSet::kGrowing;
  set.growth = growth;
  set.workers = workers;
  set.batch = batch;
  return set;
}

SynchronisationSet FromList(std::vector<int64_t> indices) {
  SynchronisationSet set;
  set.kind = SynchronisationSet::kList;
  set.indices = std::move(indices);
  return set;
}

absl::Status ValidateSynchronisationSet(const SynchronisationSet& set) {
  if (set.kind == SynchronisationSet::kPeriod && set.period < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("period must be at least 1, but is ", set.period));
  }
  if (set.kind == SynchronisationSet::kGrowing &&
      (!(set.growth > 0.0) || !std::isfinite(set.growth))) {
    return absl::InvalidArgumentError(absl::StrCat(
        "growth of the period must be positive and finite, but is ",
        set.growth));
  }
  int64_t previous = 0;
  for (const int64_t index : set.indices) {
    if (index <= previous) {
      return absl::InvalidArgumentError(absl::StrCat(
          "synchronisation indices must ascend strictly from 1, but ", index,
          " follows ", previous));
    }
    previous = index;
  }
  return absl::OkStatus();
}

int64_t NextSynchronisation(const SynchronisationSet& set, int64_t t) {
  switch (set.kind) {
    case SynchronisationSet::kPeriod: {
      const int64_t remaining = set.period - t % set.period;
      return t > kNever - remaining ? kNever : t + remaining;
    }
    case SynchronisationSet::kFinal:
      return kNever;
    case SynchronisationSet::kGrowing: {
      const double gradients =
          static_cast<double>(set.workers) * static_cast<double>(set.batch);
      const double period =
          set.growth * std::sqrt(static_cast<double>(t) / gradients);
      // Beyond 2^62 there is no next one in any run.
      if (period >= 0x1.0p62) return kNever;
      return t + std::max<int64_t>(1, static_cast<int64_t>(period));
    }
    case SynchronisationSet::kList: {
      const auto next =
          std::upper_bound(set.indices.begin(), set.indices.end(), t);
      return next == set.indices.end() ? kNever : *next;
    }
  }
  return kNever;
}

int64_t LargestGap(const SynchronisationSet& set, int64_t T) {
  if (set.kind == SynchronisationSet::kPeriod) return std::min(set.period, T);
  if (set.kind == SynchronisationSet::kGrowing) {
    const int64_t last = NextSynchronisation(set, T);
    return last == kNever ? T : std::min(last - T, T);
  }
  int64_t gap = 0;
  ForEachInterval(set, T, [&gap](int64_t previous, int64_t index) {
    gap = std::max(gap, index - previous);
  });
  return gap;
}

int64_t CountRounds(const SynchronisationSet& set, int64_t T) {
  if (set.kind == SynchronisationSet::kPeriod) {
    return T / set.period + (T % set.period != 0 ? 1 : 0);
  }
  int64_t rounds = 0;
  ForEachInterval(set, T, [&rounds](int64_t, int64_t) { ++rounds; });
  return rounds;
}

}  // namespace local_sgd
