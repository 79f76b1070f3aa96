// Runs a test once for each instruction set that this CPU and this build have;
// the plainest, which everything falls back to, is one of them (on x86-64 it
// computes lane by lane, without vectors).

#ifndef TESTS_TESTING_HIGHWAY_TARGETS_H_
#define TESTS_TESTING_HIGHWAY_TARGETS_H_

#include "gtest/gtest.h"
#include "hwy/highway.h"

namespace local_sgd {

template <class Test>
void ForEachHighwayTarget(const Test& test) {
  bool is_fallback_tested = false;
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    test();
    is_fallback_tested |= target == HWY_STATIC_TARGET;
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  EXPECT_TRUE(is_fallback_tested) << hwy::TargetName(HWY_STATIC_TARGET);
}

}  // namespace local_sgd

#endif  // TESTS_TESTING_HIGHWAY_TARGETS_H_
