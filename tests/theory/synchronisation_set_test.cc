#include "lib/theory/synchronisation_set.h"

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

TEST(ValidateSynchronisationSet, RefusesWhatHasNoMeaning) {
  EXPECT_TRUE(ValidateSynchronisationSet(FromList({1, 5})).ok());
  EXPECT_FALSE(ValidateSynchronisationSet(EveryPeriod(0)).ok());
  EXPECT_FALSE(ValidateSynchronisationSet(GrowingPeriod(0.0, 1, 1)).ok());
  EXPECT_FALSE(ValidateSynchronisationSet(FromList({0})).ok());
  EXPECT_FALSE(ValidateSynchronisationSet(FromList({4, 4})).ok());
}

}  // namespace
}  // namespace local_sgd
