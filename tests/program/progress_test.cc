#include "lib/program/progress.h"

#include <sstream>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

class ProgressTest : public ::testing::Test {
 protected:
  // Returns what was written since the last call.
  std::string Taken() {
    const std::string text = out_.str();
    out_.str("");
    return text;
  }

  double now_ = 100;
  Progress::Clock clock_ = [this] { return now_; };
  std::ostringstream out_;
};

TEST_F(ProgressTest, PlainLinesAreOccasional) {
  Progress progress("Speedup", 200, out_, /*is_terminal=*/false, clock_);
  EXPECT_EQ(Taken(), "");
  progress.Update(0, "K = 1");
  EXPECT_EQ(Taken(), "Speedup: 0 %, K = 1\n");
  now_ += 9.9;
  progress.Update(20, "K = 2");
  EXPECT_EQ(Taken(), "");
  now_ += 0.1;
  progress.Update(20, "K = 2");
  EXPECT_EQ(Taken(), "Speedup: 10 %, 1 min 30 s left, K = 2\n");
  now_ += 10;
  progress.Update(100, "");
  EXPECT_EQ(Taken(), "Speedup: 50 %, 20 s left\n");
  now_ += 1;
  progress.Finish();
  EXPECT_EQ(Taken(), "Speedup: done in 21 s\n");
  progress.Update(200, "late");
  progress.Finish();
  EXPECT_EQ(Taken(), "");
}

TEST_F(ProgressTest, WorkThatIsAbandonedIsNotDone) {
  {
    Progress progress("Speedup", 10, out_, /*is_terminal=*/false, clock_);
    progress.Update(1, "a");
    EXPECT_EQ(Taken(), "Speedup: 10 %, a\n");
    progress.Abandon();
    progress.Update(2, "late");
  }
  EXPECT_EQ(Taken(), "");
  Progress progress("Speedup", 10, out_, /*is_terminal=*/true, clock_);
  progress.Update(1, "a");
  Taken();
  progress.Abandon();
  EXPECT_EQ(Taken(), "\r\x1b[K");
}

TEST_F(ProgressTest, ATerminalLineIsRewrittenAndCleared) {
  {
    Progress progress("Speedup", 10, out_, /*is_terminal=*/true, clock_);
    progress.Update(1, "a");
    EXPECT_EQ(Taken(), "\r\x1b[KSpeedup: 10 %, a");
    now_ += 0.05;
    progress.Update(2, "b");
    EXPECT_EQ(Taken(), "");
    now_ += 1.95;
    progress.Update(4, "c");
    EXPECT_EQ(Taken(), "\r\x1b[KSpeedup: 40 %, 3 s left, c");
    now_ += 1;
    progress.Update(4, std::string(200, 'x'));
    const std::string line = Taken();
    EXPECT_EQ(line.size(), 4 + 79);
    EXPECT_EQ(line.find('\n'), std::string::npos);
  }
  EXPECT_EQ(Taken(), "\r\x1b[K");
}

TEST_F(ProgressTest, NeverFillsTheTerminalWhoseWidthMayChange) {
  int columns = 20;
  Progress progress("Speedup", 10, out_, /*is_terminal=*/true, clock_,
                    [&columns] { return columns; });
  progress.Update(1, std::string(200, 'x'));
  EXPECT_EQ(Taken(), "\r\x1b[KSpeedup: 10 %, xxxx");
  columns = 12;
  now_ += 1;
  progress.Update(1, std::string(200, 'x'));
  EXPECT_EQ(Taken(), "\r\x1b[KSpeedup: 10");
  columns = 200;
  now_ += 1;
  progress.Update(1, std::string(100, 'x'));
  EXPECT_EQ(Taken(),
            "\r\x1b[KSpeedup: 10 %, 18 s left, " + std::string(100, 'x'));
  columns = 1;
  now_ += 1;
  progress.Update(1, "x");
  EXPECT_EQ(Taken(), "\r\x1b[K");
}

TEST(FittingTextTest, CutsBetweenCharacters) {
  EXPECT_EQ(FittingText("abc", 3), "abc");
  EXPECT_EQ(FittingText("abc", 2), "ab");
  EXPECT_EQ(FittingText("abc", 0), "");
  EXPECT_EQ(FittingText("abc", -1), "");
  // Two for e with an accent, which takes one, and for a sign that takes two.
  EXPECT_EQ(FittingText("a\xc3\xa9z", 2), "a");
  EXPECT_EQ(FittingText("a\xc3\xa9z", 3), "a\xc3\xa9");
  EXPECT_EQ(FittingText("\xe6\xbc\xa2\xe5\xad\x97", 3), "\xe6\xbc\xa2");
  EXPECT_EQ(FittingText("\xe6\xbc\xa2\xe5\xad\x97", 4),
            "\xe6\xbc\xa2\xe5\xad\x97");
}

TEST_F(ProgressTest, NothingToClearWhenNothingWasSaid) {
  { Progress progress("Speedup", 10, out_, true, clock_); }
  EXPECT_EQ(Taken(), "");
}

TEST_F(ProgressTest, NeverBackwardsAndNeverAboveAHundred) {
  Progress progress("S", 10, out_, true, clock_);
  progress.Update(8, "");
  now_ += 1;
  progress.Update(5, "");
  now_ += 1;
  progress.Update(30, "");
  EXPECT_EQ(Taken(),
            "\r\x1b[KS: 80 %\r\x1b[KS: 80 %, 0 s left\r\x1b[KS: 100 %, 0 s "
            "left");
}

TEST_F(ProgressTest, AddFromManyThreadsCountsEverything) {
  Progress progress("S", 4000, out_, true, clock_);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 900; ++j) progress.Add(1, "w");
    });
  }
  for (std::thread& thread : threads) thread.join();
  Taken();
  now_ += 1;
  progress.Add(0, "");
  EXPECT_EQ(Taken(), "\r\x1b[KS: 90 %, 0 s left");
}

TEST(DurationTextTest, Examples) {
  EXPECT_EQ(DurationText(-1), "0 s");
  EXPECT_EQ(DurationText(59.4), "59 s");
  EXPECT_EQ(DurationText(59.6), "1 min 00 s");
  EXPECT_EQ(DurationText(200), "3 min 20 s");
  EXPECT_EQ(DurationText(7500), "2 h 05 min");
}

}  // namespace
}  // namespace local_sgd
