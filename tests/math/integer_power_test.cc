#include "lib/math/integer_power.h"

#include <cmath>
#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace local_sgd {
namespace {

TEST(IntegerPower, OfTwoIsExact) {
  for (int i = -1075; i <= 1024; ++i) {
    EXPECT_EQ(IntegerPower(2, i), std::ldexp(1.0, i)) << i;
  }
}

TEST(IntegerPower, OfTenIsWhatItsTextReads) {
  for (int i = -323; i <= 308; ++i) {
    double nearest = 0.0;
    ASSERT_TRUE(absl::SimpleAtod(absl::StrCat("1e", i), &nearest));
    const double found = IntegerPower(10, i);
    if (std::abs(i) <= 22) {
      EXPECT_EQ(found, nearest) << i;
    }
    // In what is below the least normal number, by its last digit.
    EXPECT_NEAR(found, nearest,
                3e-15 * nearest + std::numeric_limits<double>::denorm_min())
        << i;
  }
  EXPECT_EQ(IntegerPower(10, 400), std::numeric_limits<double>::infinity());
  EXPECT_EQ(IntegerPower(10, -400), 0.0);
}

}  // namespace
}  // namespace local_sgd
