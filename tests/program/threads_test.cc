#include "lib/program/threads.h"

#include <omp.h>
#include <stdlib.h>

#include <optional>
#include <utility>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

TEST(ThreadsTest, TheEnvironmentGivesTheFirstOfItsList) {
  for (const auto& [text, threads] :
       {std::pair<const char*, std::optional<int>>{"3", 3},
        {"4,2", 4},
        {" 5 , 1", 5},
        {"100000", kMostThreads},
        {"0", std::nullopt},
        {"-2", std::nullopt},
        {"2,x", std::nullopt},
        {"", std::nullopt},
        {"two", std::nullopt}}) {
    setenv("OMP_NUM_THREADS", text, 1);
    EXPECT_EQ(ThreadsOfEnvironment(), threads) << text;
  }
  unsetenv("OMP_NUM_THREADS");
  EXPECT_EQ(ThreadsOfEnvironment(), std::nullopt);
}

// Of a team that is asked to have so many.
int TeamOf(int threads) {
  int team = 0;
#pragma omp parallel num_threads(threads)
#pragma omp single
  team = omp_get_num_threads();
  return team;
}

TEST(ThreadsTest, SoManyRun) {
  omp_set_dynamic(1);
  for (const int threads : {1, 2, 5, 16}) {
    const int run = ThreadsThatRun(threads);
    EXPECT_EQ(run, threads);
    EXPECT_EQ(TeamOf(threads), run);
  }
  omp_set_max_active_levels(0);
  EXPECT_EQ(ThreadsThatRun(4), 1);
  EXPECT_EQ(TeamOf(4), 1);
}

TEST(ThreadsTest, ThereIsACore) { EXPECT_GE(AvailableCores(), 1); }

}  // namespace
}  // namespace local_sgd
