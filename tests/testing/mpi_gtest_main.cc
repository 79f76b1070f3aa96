// main() of tests that all ranks of an MPI job run together (mpirun.sh): the
// same tests in the same order on each. Only EXPECT in them, never ASSERT: a
// rank that leaves a test lets the others wait. Rank 0 reports; the others say
// what failed.

#include <cstdlib>

#include "gtest/gtest.h"
#include "lib/comm/mpi_exchange.h"

int main(int argc, char** argv) {
  const local_sgd::MpiJob job(&argc, &argv);
  if (job.rank() > 0) {
    GTEST_FLAG_SET(brief, true);
    unsetenv("TEST_PREMATURE_EXIT_FILE");  // rank 0's alone, as is the output
    unsetenv("XML_OUTPUT_FILE");
  }
  testing::InitGoogleTest(&argc, argv);
  if (job.rank() > 0) GTEST_FLAG_SET(output, "");
  return RUN_ALL_TESTS();
}
