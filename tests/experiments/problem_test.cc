#include "experiments/problem.h"

#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/experiments/small_problem.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

TEST(CertificateWarning, ComparesWithTheSmallestEpsilon) {
  Problem problem = SmallProblem();
  problem.optimum.error_bound = 1e-3;
  EXPECT_EQ(CertificateWarning(problem, {}), "");
  EXPECT_EQ(CertificateWarning(problem, {0.1, 1e-3}), "");
  const std::string warning = CertificateWarning(problem, {0.1, 1e-4, 0.01});
  EXPECT_THAT(warning, HasSubstr("small"));
  EXPECT_THAT(warning, HasSubstr("may be 0.001 above the minimum"));
  EXPECT_THAT(warning, HasSubstr("epsilon = 0.0001"));
  // Where the user gave f*, nothing is known about it.
  problem.optimum.error_bound = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(CertificateWarning(problem, {1e-9}), "");
}

TEST(CertificateWarning, IsSilentWhereNewtonsMethodArrived) {
  EXPECT_EQ(CertificateWarning(SmallProblem(), {1e-9}), "");
}

}  // namespace
}  // namespace local_sgd
