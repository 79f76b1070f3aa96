#include "lib/simulation/time_model.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/solver/sample_stream.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

constexpr TimeStream kCompute = TimeStream::kCompute;

std::vector<double> Draw(const TimeModel& model, int64_t count) {
  std::vector<double> times(count);
  for (int64_t i = 0; i < count; ++i) {
    times[i] = DrawTime(model, 3, kCompute, 5, i);
  }
  std::sort(times.begin(), times.end());
  return times;
}

// The largest distance of the empirical distribution from `cdf`, times sqrt(n):
// below 1.95 in all but one of a thousand samples (Kolmogorov).
template <class Cdf>
double KolmogorovDistance(const std::vector<double>& sorted, const Cdf& cdf) {
  const double n = static_cast<double>(sorted.size());
  double distance = 0.0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    const double p = cdf(sorted[i]);
    distance = std::max({distance, p - static_cast<double>(i) / n,
                         static_cast<double>(i + 1) / n - p});
  }
  return distance * std::sqrt(n);
}

TEST(TimeModel, EachKindHasItsDistribution) {
  constexpr int64_t kDraws = 100'000;
  for (const double time : Draw(ConstantTime(2.5), 10)) EXPECT_EQ(time, 2.5);
  EXPECT_LT(KolmogorovDistance(Draw(UniformTime(2.0, 0.25), kDraws),
                               [](double x) { return (x - 1.5) / 1.0; }),
            1.95);
  EXPECT_LT(
      KolmogorovDistance(Draw(ExponentialTime(2.0), kDraws),
                         [](double x) { return 1.0 - std::exp(-x / 2.0); }),
      1.95);
  for (const double tail : {1.5, 3.0}) {
    const double least = 2.0 * (tail - 1.0) / tail;
    EXPECT_LT(KolmogorovDistance(
                  Draw(ParetoTime(2.0, tail), kDraws),
                  [&](double x) { return 1.0 - std::pow(least / x, tail); }),
              1.95);
  }
}

TEST(TimeModel, MeansAreWhatTheySay) {
  for (const TimeModel& model :
       {UniformTime(2.0, 1.0), ExponentialTime(2.0), ParetoTime(2.0, 3.0)}) {
    double sum = 0.0;
    for (const double time : Draw(model, 200'000)) sum += time;
    EXPECT_NEAR(sum / 200'000, 2.0, 0.03) << Name(model.kind);
  }
}

// Against the C library, which is not what makes a result.
TEST(TimeModel, LogarithmsAreExact) {
  for (int64_t i = 0; i < 10'000; ++i) {
    // Spread 1 about mean 1/2 is the uniform number itself, but for rounding.
    const double u = DrawTime(UniformTime(0.5, 1.0), 3, kCompute, 5, i);
    EXPECT_NEAR(DrawTime(ExponentialTime(1.0), 3, kCompute, 5, i), -std::log(u),
                1e-15 / u + 1e-14);
    EXPECT_NEAR(DrawTime(ParetoTime(1.0, 2.0), 3, kCompute, 5, i) /
                    (0.5 / std::sqrt(u)),
                1.0, 1e-15 / u + 1e-14);
  }
}

// No stream of times has bits of the rows', nor one of the other's.
TEST(TimeModel, StreamsDoNotCoincide) {
  const TimeModel uniform = UniformTime(0.5, 1.0);
  int64_t coincidences = 0;
  for (int64_t i = 0; i < 1000; ++i) {
    uint32_t row = 0;
    DrawRows(9, 2, 4 * i, 1, int64_t{1} << 31, &row);
    const double compute = DrawTime(uniform, 9, TimeStream::kCompute, 2, i);
    const double message = DrawTime(uniform, 9, TimeStream::kMessage, 2, i);
    for (const double time : {compute, message}) {
      if (std::abs(time - row * 0x1p-31) < 0x1p-28) ++coincidences;
    }
    if (std::abs(compute - message) < 0x1p-28) ++coincidences;
  }
  EXPECT_EQ(coincidences, 0);
}

TEST(TimeModel, SeedWorkerAndNumberDecide) {
  const TimeModel model = ExponentialTime(1.0);
  const double time = DrawTime(model, 1, kCompute, 2, 3);
  EXPECT_EQ(time, DrawTime(model, 1, kCompute, 2, 3));
  EXPECT_NE(time, DrawTime(model, 2, kCompute, 2, 3));
  EXPECT_NE(time, DrawTime(model, 1, kCompute, 3, 3));
  EXPECT_NE(time, DrawTime(model, 1, kCompute, 2, 4));
}

// The same on every machine.
TEST(TimeModel, PinnedBits) {
  EXPECT_EQ(DrawTime(UniformTime(1.0, 0.5), 1, kCompute, 2, 3),
            0x1.335105ddfec47p-1);
  EXPECT_EQ(DrawTime(ExponentialTime(1.0), 1, kCompute, 2, 3),
            0x1.2670a2beb7da1p+1);
  EXPECT_EQ(DrawTime(ParetoTime(1.0, 1.5), 1, kCompute, 2, 3),
            0x1.8b7b8a39eca3dp+0);
  EXPECT_EQ(DrawTime(ExponentialTime(1.0), 1, TimeStream::kMessage, 2, 3),
            0x1.b4665b90cc0a6p-1);
}

TEST(ValidateTimeModel, NamesTheValue) {
  const auto message = [](const TimeModel& model) {
    return std::string(ValidateTimeModel("time of worker 3", model).message());
  };
  EXPECT_TRUE(ValidateTimeModel("time", ConstantTime(0.0)).ok());
  EXPECT_TRUE(ValidateTimeModel("time", ParetoTime(1.0, 1.5)).ok());
  EXPECT_EQ(
      message(ConstantTime(-0.5)),
      "time of worker 3: mean must be at least 0 and finite, but is -0.5");
  EXPECT_THAT(message(ExponentialTime(std::nan(""))), HasSubstr("but is nan"));
  EXPECT_THAT(message(ConstantTime(std::numeric_limits<double>::infinity())),
              HasSubstr("but is inf"));
  EXPECT_THAT(message(UniformTime(1.0, 1.5)),
              HasSubstr("spread must be between 0 and 1, but is 1.5"));
  EXPECT_THAT(message(ParetoTime(1.0, 1.0)),
              HasSubstr("tail must be above 1 and finite, but is 1"));
}

}  // namespace
}  // namespace local_sgd
