// I_T, the iterations after which the workers average (Algorithm 1), as a
// value. T itself always belongs to it and is not stored.

#ifndef LIB_THEORY_SYNCHRONISATION_SET_H_
#define LIB_THEORY_SYNCHRONISATION_SET_H_

#include <cstdint>
#include <limits>
#include <vector>

#include "absl/status/status.h"

namespace local_sgd {

struct SynchronisationSet {
  enum Kind {
    kPeriod,   // every `period` iterations; period 1 is parallel SGD
    kFinal,    // I_T = {T}: one-shot averaging
    kGrowing,  // after t comes t + max(1, floor(growth sqrt(t / (K b))))
    kList,     // `indices`, strictly ascending, from 1
  };
  Kind kind = kPeriod;
  int64_t period = 1;
  double growth = 0.0;
  int64_t workers =
      1;  // K and b of kGrowing: H = O(sqrt(t / (K b))), section 2
  int64_t batch = 1;
  std::vector<int64_t> indices;
};

inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

SynchronisationSet EveryPeriod(int64_t period);
SynchronisationSet OnlyFinal();
SynchronisationSet GrowingPeriod(double growth, int64_t workers, int64_t batch);
SynchronisationSet FromList(std::vector<int64_t> indices);

// InvalidArgument unless the period is at least 1, the growth positive and
// finite, the indices strictly ascending from 1; names the value.
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
