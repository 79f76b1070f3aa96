#include "lib/solver/check_points.h"

#include <cstdint>
#include <vector>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

TEST(CheckPoints, CoarseOnesGrowByATenth) {
  std::vector<int64_t> points;
  for (int64_t c = 1; c <= 60; c = NextCoarsePoint(c)) points.push_back(c);
  EXPECT_EQ(points,
            (std::vector<int64_t>{1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                  12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 24,
                                  26, 28, 30, 33, 36, 39, 42, 46, 50, 55, 60}));
  EXPECT_EQ(NextCoarsePoint(1'000'000'000'009), 1'100'000'000'009);
}

TEST(CheckPoints, FineOnesGrowByAHundredthUpToTheCoarseEnd) {
  std::vector<int64_t> points;
  for (int64_t p = 1000; p < 1100;) {
    p = NextFinePoint(p, 1100);
    points.push_back(p);
  }
  EXPECT_EQ(points, (std::vector<int64_t>{1010, 1020, 1030, 1040, 1050, 1060,
                                          1070, 1080, 1090, 1100}));
  EXPECT_EQ(NextFinePoint(20, 22), 21);
  EXPECT_EQ(NextFinePoint(0, 1), 1);
}

TEST(CheckPoints, AReplayGoesThroughTheFineOnesWhileWanted) {
  std::vector<int64_t> looks;
  const auto replay = [&](int64_t previous, int64_t coarse, size_t wanted) {
    looks.clear();
    ReplayThroughFinePoints(
        previous, coarse, [&] { return looks.size() < wanted; },
        [&](int64_t p) { looks.push_back(p); });
    return looks;
  };
  EXPECT_EQ(replay(0, 1, 9), (std::vector<int64_t>{1}));
  EXPECT_EQ(replay(300, 308, 9), (std::vector<int64_t>{303, 306, 308}));
  EXPECT_EQ(replay(300, 308, 2), (std::vector<int64_t>{303, 306}));
  EXPECT_EQ(replay(300, 308, 0), (std::vector<int64_t>{}));
}

}  // namespace
}  // namespace local_sgd
