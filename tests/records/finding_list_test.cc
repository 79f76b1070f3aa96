#include "lib/records/finding_list.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "lib/records/finding_record.h"
#include "lib/statistics/interval.h"
#include "lib/statistics/jackknife.h"

namespace local_sgd {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr Interval kInterval = {2.0, 1.0, 4.0};

// What a list that began with a data set and a scope makes of one addition.
template <class Addition>
FindingRecord Added(const Addition& add) {
  FindingList list("study");
  list.Begin("w8a", "lambda=0.01");
  add(list);
  const auto findings = std::move(list).Take();
  EXPECT_TRUE(findings.ok()) << findings.status();
  if (!findings.ok() || findings->size() != 1) {
    ADD_FAILURE() << "not one finding";
    return {};
  }
  return findings->front();
}

TEST(FindingList, SaysWhatAFindingIsOf) {
  const FindingRecord r =
      Added([](FindingList& list) { list.Add("slope", "H=2", 3, kInterval); });
  EXPECT_EQ(r.experiment, "study");
  EXPECT_EQ(r.name, "slope");
  EXPECT_EQ(r.setting, "lambda=0.01, H=2");
  EXPECT_EQ(r.dataset, "w8a");
  EXPECT_EQ(r.seeds, 3);
  EXPECT_EQ(r.value, 2.0);
  EXPECT_EQ(r.low, 1.0);
  EXPECT_EQ(r.high, 4.0);
}

TEST(FindingList, TakesScopeOrSettingAlone) {
  FindingList list("study");
  list.AddNumber("a", "H=2", 1, 1.0);
  list.Begin("", "lambda=0.01");
  list.AddNumber("b", "", 1, 1.0);
  const auto findings = std::move(list).Take().value();
  EXPECT_EQ(findings[0].setting, "H=2");
  EXPECT_EQ(findings[1].setting, "lambda=0.01");
}

TEST(FindingList, OneSeedHasNoIntervalButAFitHas) {
  EXPECT_EQ(
      Added([](FindingList& list) { list.Add("slope", "", 1, kInterval); }).low,
      std::nullopt);
  EXPECT_EQ(Added([](FindingList& list) {
              list.AddFitted("slope", "", 1, kInterval);
            }).high,
            4.0);
  EXPECT_EQ(
      Added([](FindingList& list) { list.AddNumber("tau", "", 7, 3.0); }).low,
      std::nullopt);
}

TEST(FindingList, AnExactNumberIsOfNoDataAndNoSeed) {
  const FindingRecord r =
      Added([](FindingList& list) { list.AddExact("model", "", 3.0); });
  EXPECT_EQ(r.dataset, "");
  EXPECT_EQ(r.seeds, 0);
  EXPECT_EQ(r.setting, "lambda=0.01");
}

TEST(FindingList, EstimatesWithTheJackknife) {
  const std::vector<double> samples = {1.0, 2.0, 6.0};
  const auto mean = [&](Kept kept) { return MeanOf(samples, kept); };
  const FindingRecord r =
      Added([&](FindingList& list) { list.AddEstimate("mean", "", 3, mean); });
  EXPECT_EQ(r.value, 3.0);
  EXPECT_EQ(r.high, Jackknife(3, mean)->high);
}

// y = 2 x_1 x_2^3 on every seed, up to a factor.
TEST(FindingList, FitsTheExponentThatIsAskedFor) {
  const std::vector<std::vector<double>> x = {{1.0, 2.0, 4.0, 2.0},
                                              {1.0, 1.0, 2.0, 4.0}};
  const std::vector<std::vector<double>> samples = {
      {2.0, 2.0}, {4.0, 4.0}, {64.0, 64.0}, {256.0, 256.0}};
  for (const size_t j : {0, 1}) {
    const FindingRecord r = Added([&](FindingList& list) {
      list.AddExponent(
          "exponent", "", 2, x,
          [&](Kept kept) { return MeansOf(samples, kept); }, j);
    });
    EXPECT_NEAR(r.value, j == 0 ? 1.0 : 3.0, 1e-12);
    EXPECT_NEAR(*r.low, r.value, 1e-10);
  }
}

TEST(FindingList, LeavesOutWhatHasNoNumber) {
  FindingList list("study");
  list.AddNumber("infinite", "", 1, kInfinity);
  list.Add("open", "", 2, Interval{1.0, 0.0, kInfinity});
  list.AddFitted("open", "", 2, {1.0, -kInfinity, 2.0});
  list.AddExponent("of an error of 0", "", 1, {{1.0, 2.0, 4.0}}, [](Kept) {
    return std::vector<double>{1.0, 0.0, 1.0};
  });
  list.AddNumber("is there", "", 1, 1.0);
  const auto findings = std::move(list).Take().value();
  ASSERT_EQ(findings.size(), 1);
  EXPECT_EQ(findings[0].name, "is there");
}

TEST(FindingList, KeepsTheFirstOtherError) {
  FindingList list("study");
  list.AddNumber("is there", "", 1, 1.0);
  for (const char* error : {"first", "second"}) {
    list.AddEstimate("none", "", 2, [&](Kept) -> absl::StatusOr<double> {
      return absl::InternalError(error);
    });
  }
  EXPECT_EQ(std::move(list).Take().status(), absl::InternalError("first"));
}

}  // namespace
}  // namespace local_sgd
