// Runs a test once for each instruction set that this CPU and this build have.

#ifndef TESTS_TESTING_HIGHWAY_TARGETS_H_
#define TESTS_TESTING_HIGHWAY_TARGETS_H_

#include "gtest/gtest.h"
#include "hwy/highway.h"

namespace local_sgd {

template <class Test>
void ForEachHighwayTarget(const Test& test) {
  int tested = 0;
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    test();
    ++tested;
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  EXPECT_GE(tested, 1);
}

}  // namespace local_sgd

#endif  // TESTS_TESTING_HIGHWAY_TARGETS_H_
