#include "lib/check.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/statistics/bias_variance.h"
#include "lib/statistics/jackknife.h"
#include "lib/statistics/mean.h"
#include "lib/statistics/quartiles.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

// What no caller may do ends the program in every build, naming the place.
TEST(CheckDeathTest, ABugOfTheCallerIsNamed) {
  LOCAL_SGD_CHECK(true);
  EXPECT_DEATH(LOCAL_SGD_CHECK(1 > 2), "check_test.cc:.*: bug: 1 > 2 does not");
  EXPECT_DEATH(Mean({}), "mean.cc:.*samples.empty");
  EXPECT_DEATH(QuartilesOf({}), "quartiles.h:.*values.empty");
  EXPECT_DEATH(MeanPoint({}, kNone), "points.empty");
  EXPECT_DEATH(DistancesOf({}, {}), "points.empty");
  EXPECT_DEATH(Jackknife(0, [](absl::Span<const int64_t>) { return 1.0; })
                   .status()
                   .IgnoreError(),
               "m >= 1");
  EXPECT_DEATH(CommunicationFactor(CostModel::kRing, 25, 2, 0, 1),
               "period >= 1");
}

}  // namespace
}  // namespace local_sgd
