#include "lib/solver/accuracy.h"

#include <limits>
#include <vector>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

const double kInfinity = std::numeric_limits<double>::infinity();
const double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Accuracy, BestIterateHasTheSmallestGapAndTheFirstOfEquals) {
  EXPECT_EQ(BestIterate({4.0, 3.0, 2.0, 1.0}), Iterate::kQuadratic);
  EXPECT_EQ(BestIterate({4.0, 1.0, 2.0, 1.0}), Iterate::kUniform);
  EXPECT_EQ(BestIterate({1.0, 1.0, 1.0, 1.0}), Iterate::kLast);
  EXPECT_EQ(SmallestGap({4.0, 3.0, 0.5, 1.0}), 0.5);
  // Below f* by rounding.
  EXPECT_EQ(SmallestGap({4.0, -1e-17, 0.0, 1.0}), -1e-17);
}

TEST(Accuracy, NoNumberIsNoGap) {
  EXPECT_EQ(BestIterate({kNaN, 3.0, 2.0, 5.0}), Iterate::kLinear);
  EXPECT_EQ(BestIterate({3.0, kNaN, 4.0, kNaN}), Iterate::kLast);
  EXPECT_EQ(BestIterate({kNaN, kNaN, kNaN, 7.0}), Iterate::kQuadratic);
  EXPECT_EQ(BestIterate({kInfinity, kNaN, 7.0, kNaN}), Iterate::kLinear);
  EXPECT_EQ(SmallestGap({kInfinity, kNaN, 7.0, kNaN}), 7.0);
  std::vector<Reached> reached = {{.epsilon = 1e300}};
  const Gaps none = {kNaN, kNaN, kNaN, kNaN};
  EXPECT_FALSE(ReachesAnother(reached, SmallestGap(none)));
  NoteReached(5, none, 0.0, reached);
  NoteReached(5, {0.0, 0.0, 0.0, 0.0}, kNaN, reached);
  EXPECT_EQ(reached[0].iterations, 0);
}

// |x|^2 of (1e160, 0) is not finite; the other iterates do not matter.
TEST(Accuracy, AnIterateWithoutANormHasDiverged) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(IsLastFinite({1e150, nan, nan, nan, -2, nan, nan, nan}));
  EXPECT_FALSE(IsLastFinite({1e160, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_FALSE(IsLastFinite({0, 0, 0, 0, nan, 0, 0, 0}));
}

TEST(Accuracy, EveryIterateHasAName) {
  EXPECT_EQ(IterateName(Iterate::kLast), "last");
  EXPECT_EQ(IterateName(Iterate::kUniform), "uniform");
  EXPECT_EQ(IterateName(Iterate::kLinear), "linear");
  EXPECT_EQ(IterateName(Iterate::kQuadratic), "quadratic");
}

TEST(NoteReached, NotesTheFirstPointForEachEpsilon) {
  std::vector<Reached> reached = {
      {.epsilon = 0.01}, {.epsilon = 0.1}, {.epsilon = 0.05}};
  NoteReached(7, {0.2, 0.05, 0.3, 0.4}, 0.05, reached);
  EXPECT_EQ(reached[0].iterations, 0);
  EXPECT_EQ(reached[1].iterations, 7);
  EXPECT_EQ(reached[1].iterate, Iterate::kUniform);
  EXPECT_EQ(reached[2].iterations, 7);  // equal is enough
  NoteReached(8, {0.001, 0.05, 0.3, 0.4}, 0.0, reached);
  EXPECT_EQ(reached[0].iterations, 8);
  EXPECT_EQ(reached[0].iterate, Iterate::kLast);
  EXPECT_EQ(reached[1].iterations, 7);
  EXPECT_EQ(reached[1].iterate, Iterate::kUniform);
}

TEST(NoteReached, AFinePointCountsOnlyWhereTheCoarseOnePasses) {
  std::vector<Reached> reached = {{.epsilon = 0.1}, {.epsilon = 0.01}};
  NoteReached(7, {0.001, 0.2, 0.2, 0.2}, 0.05, reached);
  EXPECT_EQ(reached[0].iterations, 7);
  EXPECT_EQ(reached[1].iterations, 0);
}

TEST(NoteReached, LeavesWhatIsGivenUp) {
  std::vector<Reached> reached = {{.epsilon = 0.1, .iterations = kGivenUp},
                                  {.epsilon = 0.01}};
  EXPECT_FALSE(ReachesAnother(reached, 0.05));
  EXPECT_TRUE(ReachesAnother(reached, 0.01));
  EXPECT_FALSE(ReachedAll(reached));
  NoteReached(7, {0.0, 0.0, 0.0, 0.0}, 0.0, reached);
  EXPECT_EQ(reached[0].iterations, kGivenUp);
  EXPECT_EQ(reached[1].iterations, 7);
  EXPECT_TRUE(ReachedAll(reached));
  EXPECT_FALSE(ReachesAnother(reached, 0.0));
}

TEST(Accuracy, WithoutEpsilonsAllAreReached) {
  EXPECT_TRUE(ReachedAll({}));
  EXPECT_FALSE(ReachesAnother({}, 0.0));
}

}  // namespace
}  // namespace local_sgd
