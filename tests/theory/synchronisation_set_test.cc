#include "lib/theory/synchronisation_set.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

std::vector<int64_t> Indices(const SynchronisationSet& set, int64_t T) {
  std::vector<int64_t> indices;
  for (int64_t t = NextSynchronisation(set, 0); t <= T;
       t = NextSynchronisation(set, t)) {
    indices.push_back(t);
  }
  return indices;
}

TEST(SynchronisationSet, Period) {
  const SynchronisationSet set = EveryPeriod(4);
  EXPECT_EQ(Indices(set, 13), (std::vector<int64_t>{4, 8, 12}));
  EXPECT_EQ(NextSynchronisation(set, 5), 8);
  EXPECT_EQ(CountRounds(set, 12), 3);
  EXPECT_EQ(CountRounds(set, 13), 4);  // T is always in I_T
  EXPECT_EQ(CountRounds(set, 3), 1);
  EXPECT_EQ(LargestGap(set, 13), 4);
  EXPECT_EQ(LargestGap(set, 3), 3);
}

TEST(SynchronisationSet, OnlyFinal) {
  EXPECT_EQ(NextSynchronisation(OnlyFinal(), 0), kNever);
  EXPECT_EQ(CountRounds(OnlyFinal(), 1000), 1);
  EXPECT_EQ(LargestGap(OnlyFinal(), 1000), 1000);
}

TEST(SynchronisationSet, AGrowingPeriodEndsBeforeTheLargestIteration) {
  for (const double growth : {1e-300, 1.0, 1e9, 1e300}) {
    const SynchronisationSet set = GrowingPeriod(growth, 4, 2);
    for (const int64_t t : {int64_t{1} << 62, kNever - 1000000, kNever - 1}) {
      EXPECT_GT(NextSynchronisation(set, t), t) << growth;
    }
  }
  EXPECT_EQ(NextSynchronisation(GrowingPeriod(1e3, 1, 1), kNever - 5), kNever);
  EXPECT_EQ(NextSynchronisation(GrowingPeriod(1e-3, 1, 1), int64_t{1} << 61),
            (int64_t{1} << 61) + 1518500);
}

TEST(SynchronisationSet, GrowingPeriodIsTheSquareRootOfTOverKb) {
  // After t comes t + max(1, floor(2 sqrt(t / 4))).
  const SynchronisationSet set = GrowingPeriod(2.0, 2, 2);
  EXPECT_EQ(Indices(set, 40), (std::vector<int64_t>{1, 2, 3, 4, 6, 8, 10, 13,
                                                    16, 20, 24, 28, 33, 38}));
  EXPECT_EQ(CountRounds(set, 40), 15);
  EXPECT_EQ(LargestGap(set, 40), 6);  // floor(2 sqrt(40 / 4)) bounds the 5
  EXPECT_EQ(LargestGap(set, 1), 1);
}

TEST(SynchronisationSet, List) {
  const SynchronisationSet set = FromList({2, 3, 10});
  EXPECT_EQ(NextSynchronisation(set, 0), 2);
  EXPECT_EQ(NextSynchronisation(set, 2), 3);
  EXPECT_EQ(NextSynchronisation(set, 4), 10);
  EXPECT_EQ(NextSynchronisation(set, 10), kNever);
  EXPECT_EQ(CountRounds(set, 10), 3);
  EXPECT_EQ(CountRounds(set, 20), 4);
  EXPECT_EQ(LargestGap(set, 10), 7);
  EXPECT_EQ(LargestGap(set, 30), 20);
}

// The set, its rounds and its largest gap up to every T, one by one.
void ExpectLikeList(const SynchronisationSet& set,
                    const std::vector<int64_t>& list, int64_t most) {
  for (int64_t t = 0; t < most; ++t) {
    int64_t next = kNever;
    for (const int64_t index : list) {
      if (index > t) next = std::min(next, index);
    }
    if (next <= most) {
      EXPECT_EQ(NextSynchronisation(set, t), next) << t;
    } else {
      EXPECT_GT(NextSynchronisation(set, t), most) << t;
    }
  }
  for (int64_t T = 1; T <= most; ++T) {
    int64_t rounds = 0;
    int64_t gap = 0;
    int64_t previous = 0;
    for (const int64_t index : list) {
      if (index >= T) break;
      gap = std::max(gap, index - previous);
      previous = index;
      ++rounds;
    }
    EXPECT_EQ(CountRounds(set, T), rounds + 1) << T;
    EXPECT_EQ(LargestGap(set, T), std::max(gap, T - previous)) << T;
  }
}

TEST(SynchronisationSet, TwoPhases) {
  for (const int64_t first : {1, 2, 3, 5, 50}) {
    for (const int64_t second : {1, 2, 7, 60}) {
      for (const int64_t switch_at : {1, 4, 6, 15}) {
        std::vector<int64_t> list;
        for (int64_t t = 1; t <= 40; ++t) {
          const bool is_in = t <= switch_at ? t % first == 0 || t == switch_at
                                            : (t - switch_at) % second == 0;
          if (is_in) list.push_back(t);
        }
        SCOPED_TRACE(testing::Message()
                     << first << " until " << switch_at << ", " << second);
        ExpectLikeList(TwoPhases(first, switch_at, second), list, 40);
      }
    }
  }
  EXPECT_EQ(Indices(TwoPhases(2, 5, 10), 30),
            (std::vector<int64_t>{2, 4, 5, 15, 25}));
}

TEST(SynchronisationSet, DoublingPeriod) {
  for (const int64_t cap : {1, 2, 3, 4, 5, 8, 16, 100}) {
    std::vector<int64_t> list;
    for (int64_t t = 0, gap = 1; t <= 60;
         t += std::min(gap, cap), gap = std::min(2 * gap, int64_t{1000})) {
      if (t > 0) list.push_back(t);
    }
    SCOPED_TRACE(cap);
    ExpectLikeList(DoublingPeriod(cap), list, 60);
  }
  EXPECT_EQ(Indices(DoublingPeriod(kNever), 40),
            (std::vector<int64_t>{1, 3, 7, 15, 31}));
  EXPECT_EQ(NextSynchronisation(DoublingPeriod(kNever), kNever - 1), kNever);
  EXPECT_EQ(CountRounds(DoublingPeriod(kNever), 1 << 20), 21);
}

TEST(ValidateSynchronisationSet, RefusesWhatHasNoMeaning) {
  EXPECT_TRUE(ValidateSynchronisationSet(TwoPhases(1, 1, 1)).ok());
  EXPECT_FALSE(ValidateSynchronisationSet(TwoPhases(0, 1, 1)).ok());
  EXPECT_FALSE(ValidateSynchronisationSet(TwoPhases(1, 0, 1)).ok());
  EXPECT_FALSE(ValidateSynchronisationSet(TwoPhases(1, 1, 0)).ok());
  EXPECT_TRUE(ValidateSynchronisationSet(DoublingPeriod(kNever)).ok());
  EXPECT_FALSE(ValidateSynchronisationSet(DoublingPeriod(0)).ok());

  EXPECT_TRUE(ValidateSynchronisationSet(FromList({1, 5})).ok());
  EXPECT_FALSE(ValidateSynchronisationSet(EveryPeriod(0)).ok());
  EXPECT_FALSE(ValidateSynchronisationSet(GrowingPeriod(0.0, 1, 1)).ok());
  EXPECT_FALSE(ValidateSynchronisationSet(FromList({0})).ok());
  EXPECT_FALSE(ValidateSynchronisationSet(FromList({4, 4})).ok());
}

}  // namespace
}  // namespace local_sgd
