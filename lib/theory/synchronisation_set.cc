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

// The smallest begin + i period, i >= 1, above t >= begin, or kNever.
int64_t NextOfPeriod(int64_t period, int64_t begin, int64_t t) {
  const int64_t remaining = period - (t - begin) % period;
  return t > kNever - remaining ? kNever : t + remaining;
}

// The doubling gaps below the cap that are over at t: 1, 2, ..., gap / 2. They
// end at `end`, and gap, or the cap, is the next.
struct Doubled {
  int64_t end = 0;
  int64_t gap = 1;
  int64_t rounds = 0;
};

Doubled DoubledUpTo(int64_t cap, int64_t t) {
  Doubled doubled;
  while (doubled.gap < cap && doubled.gap <= t - doubled.end &&
         doubled.gap <= kNever / 4) {
    doubled.end += doubled.gap;
    doubled.gap *= 2;
    ++doubled.rounds;
  }
  return doubled;
}

int64_t DivideUp(int64_t a, int64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

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

SynchronisationSet TwoPhases(int64_t period, int64_t switch_at,
                             int64_t second_period) {
  SynchronisationSet set;
  set.kind = SynchronisationSet::kTwoPhases;
  set.period = period;
  set.switch_at = switch_at;
  set.second_period = second_period;
  return set;
}

SynchronisationSet DoublingPeriod(int64_t cap) {
  SynchronisationSet set;
  set.kind = SynchronisationSet::kDoubling;
  set.cap = cap;
  return set;
}

absl::Status ValidateSynchronisationSet(const SynchronisationSet& set) {
  const auto expect_positive = [](const char* name, int64_t value) {
    if (value >= 1) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat(name, " must be at least 1, but is ", value));
  };
  const bool has_two = set.kind == SynchronisationSet::kTwoPhases;
  absl::Status status;
  if (has_two || set.kind == SynchronisationSet::kPeriod) {
    status.Update(expect_positive("period", set.period));
  }
  if (has_two) {
    status.Update(
        expect_positive("the iteration of the switch", set.switch_at));
    status.Update(expect_positive("second period", set.second_period));
  }
  if (set.kind == SynchronisationSet::kDoubling) {
    status.Update(expect_positive("cap of the period", set.cap));
  }
  if (!status.ok()) return status;
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
    case SynchronisationSet::kPeriod:
      return NextOfPeriod(set.period, 0, t);
    case SynchronisationSet::kTwoPhases:
      return t < set.switch_at
                 ? std::min(NextOfPeriod(set.period, 0, t), set.switch_at)
                 : NextOfPeriod(set.second_period, set.switch_at, t);
    case SynchronisationSet::kDoubling: {
      const Doubled doubled = DoubledUpTo(set.cap, t);
      if (doubled.gap >= set.cap) return NextOfPeriod(set.cap, doubled.end, t);
      const int64_t next = doubled.end + doubled.gap;
      return next > t ? next : kNever;  // none in any run beyond 2^62
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
      const int64_t gap = std::max<int64_t>(1, static_cast<int64_t>(period));
      return t > kNever - gap ? kNever : t + gap;
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
  switch (set.kind) {
    case SynchronisationSet::kPeriod:
      return std::min(set.period, T);
    case SynchronisationSet::kTwoPhases: {
      const int64_t first = std::min(set.switch_at, T);
      return std::max(std::min(set.period, first),
                      std::min(set.second_period, T - first));
    }
    case SynchronisationSet::kDoubling: {
      const Doubled doubled = DoubledUpTo(set.cap, T);
      const int64_t rest = std::min({doubled.gap, set.cap, T - doubled.end});
      return std::max(doubled.gap / 2, rest);
    }
    case SynchronisationSet::kGrowing: {
      const int64_t last = NextSynchronisation(set, T);
      return last == kNever ? T : std::min(last - T, T);
    }
    case SynchronisationSet::kFinal:
      return T;
    case SynchronisationSet::kList:
      break;
  }
  int64_t gap = 0;
  ForEachInterval(set, T, [&gap](int64_t previous, int64_t index) {
    gap = std::max(gap, index - previous);
  });
  return gap;
}

int64_t CountRounds(const SynchronisationSet& set, int64_t T) {
  switch (set.kind) {
    case SynchronisationSet::kPeriod:
      return DivideUp(T, set.period);
    case SynchronisationSet::kTwoPhases: {
      const int64_t first = std::min(set.switch_at, T);
      return DivideUp(first, set.period) +
             DivideUp(T - first, set.second_period);
    }
    case SynchronisationSet::kDoubling: {
      const Doubled doubled = DoubledUpTo(set.cap, T);
      return doubled.rounds +
             DivideUp(T - doubled.end, std::min(doubled.gap, set.cap));
    }
    case SynchronisationSet::kFinal:
      return 1;
    case SynchronisationSet::kGrowing:
    case SynchronisationSet::kList:
      break;
  }
  int64_t rounds = 0;
  ForEachInterval(set, T, [&rounds](int64_t, int64_t) { ++rounds; });
  return rounds;
}

}  // namespace local_sgd
