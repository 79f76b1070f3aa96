// The main function of property tests: the same random cases on every run,
// unless RC_PARAMS says otherwise, as in
//   bazel test --test_env=RC_PARAMS="seed=42 max_success=1000" //tests/...

#include <cstdlib>

#include "gtest/gtest.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  setenv("RC_PARAMS", "seed=1 max_success=300", /*overwrite=*/0);
  return RUN_ALL_TESTS();
}
