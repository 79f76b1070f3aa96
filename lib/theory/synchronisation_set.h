// I_T, the iterations after which the workers average (Algorithm 1), as a
// value. T itself always belongs to it and is not stored.

#ifndef LIB_THEORY_SYNCHRONISATION_SET_H_
#define LIB_THEORY_SYNCHRONISATION_SET_H_

#include <cstdint>
#include <limits>
#include <vector>

#include "absl/status/status.h"

namespace local_sgd {

inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

struct SynchronisationSet {
  enum Kind {
    kPeriod,   // every `period` iterations; period 1 is parallel SGD
    kFinal,    // I_T = {T}: one-shot averaging
    kGrowing,  // after t comes t + max(1, floor(growth sqrt(t / (K b))))
    kList,     // `indices`, strictly ascending, from 1
    // Every `period` iterations up to `switch_at`, where the workers
    // synchronise, then every `second_period` from there.
    kTwoPhases,
    kDoubling,  // gaps 1, 2, 4, ... up to `cap`, then `cap` for ever
  };
  Kind kind = kPeriod;
  int64_t period = 1;
  int64_t switch_at = 0;
  int64_t second_period = 1;
  int64_t cap = kNever;  // kNever: no cap
  double growth = 0.0;
  // K and b of kGrowing: H = O(sqrt(t / (K b))), section 2.
  int64_t workers = 1;
  int64_t batch = 1;
  std::vector<int64_t> indices;
};

SynchronisationSet EveryPeriod(int64_t period);
SynchronisationSet OnlyFinal();
SynchronisationSet GrowingPeriod(double growth, int64_t workers, int64_t batch);
SynchronisationSet FromList(std::vector<int64_t> indices);
// The first period up to iteration switch_at, then the second: (1, s, H) is
// frequent at the start, (H, s, 1) at the end.
SynchronisationSet TwoPhases(int64_t period, int64_t switch_at,
                             int64_t second_period);
SynchronisationSet DoublingPeriod(int64_t cap);

// InvalidArgument unless periods, switch_at and cap are at least 1, the growth
// positive and finite, the indices strictly ascending from 1; names the value.
absl::Status ValidateSynchronisationSet(const SynchronisationSet& set);

// The smallest index in the set that is larger than t, or kNever. For kGrowing
// t must be 0 or in the set.
int64_t NextSynchronisation(const SynchronisationSet& set, int64_t t);

// gap(I_T): the largest difference of neighbours in {0}, the set and {T}; the H
// of the theorems. For kGrowing the bound max(1, floor(growth sqrt(T / (K b))))
// on it, or T. T >= 1.
int64_t LargestGap(const SynchronisationSet& set, int64_t T);

// |I_T|: the communication rounds of T iterations, T >= 1.
int64_t CountRounds(const SynchronisationSet& set, int64_t T);

}  // namespace local_sgd

#endif  // LIB_THEORY_SYNCHRONISATION_SET_H_
