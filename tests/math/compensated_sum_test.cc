#include "lib/math/compensated_sum.h"

#include <limits>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

TEST(AddCompensated, KeepsTermsThatRoundingAloneLoses) {
  constexpr int kTerms = 1 << 20;
  double sum = 1.0;
  double error = 0.0;
  for (int i = 0; i < kTerms; ++i) AddCompensated(0x1p-54, sum, error);
  EXPECT_EQ(1.0 + 0x1p-54, 1.0);
  EXPECT_EQ(sum, 1.0 + kTerms * 0x1p-54);
}

TEST(AddCompensated, ErrsByARoundingHoweverManyTerms) {
  double sum = 0.0;
  double error = 0.0;
  double naive = 0.0;
  for (int i = 0; i < 1'000'000; ++i) {
    AddCompensated(0.1, sum, error);
    naive += 0.1;
  }
  // Of the double next to 0.1: the product is rounded once.
  const double exact = 1e6 * 0.1;
  EXPECT_NEAR(sum, exact, exact * std::numeric_limits<double>::epsilon());
  EXPECT_GT(naive - exact, 1e-6);
}

}  // namespace
}  // namespace local_sgd
