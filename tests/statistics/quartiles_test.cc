#include "lib/statistics/quartiles.h"

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

TEST(QuartilesTest, BetweenNeighbours) {
  const Quartiles one = QuartilesOf({3});
  EXPECT_EQ(one.low, 3);
  EXPECT_EQ(one.median, 3);
  EXPECT_EQ(one.high, 3);
  const Quartiles four = QuartilesOf({4, 1, 8, 2});
  EXPECT_EQ(four.low, 1.75);
  EXPECT_EQ(four.median, 3);
  EXPECT_EQ(four.high, 5);
  const Quartiles five = QuartilesOf({5, 1, 4, 2, 1000});
  EXPECT_EQ(five.low, 2);
  EXPECT_EQ(five.median, 4);
  EXPECT_EQ(five.high, 5);
}

}  // namespace
}  // namespace local_sgd
