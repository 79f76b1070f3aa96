#include "experiments/measured_speedup/measured_json.h"

#include <bit>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/run.h"
#include "lib/solver/step_size_search.h"
#include "lib/theory/step_size_grid.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();

// As the journal keeps it.
Json ThroughText(const Json& json) { return Json::parse(json.dump()); }

void ExpectBits(double value, double expected) {
  EXPECT_EQ(std::bit_cast<uint64_t>(value), std::bit_cast<uint64_t>(expected))
      << value << " and " << expected;
}

std::vector<RunSummary> Summaries() {
  RunSummary first;
  first.reached = {
      {.epsilon = 0.1 + 0.2, .iterations = 7, .iterate = Iterate::kQuadratic},
      {.epsilon = 5e-324, .iterations = 0, .iterate = Iterate::kLast},
      {.epsilon = 1.0 / 3, .iterations = kLargest, .iterate = Iterate::kLinear},
      {.epsilon = 1e-5, .iterations = kGivenUp, .iterate = Iterate::kUniform}};
  first.iterations = kLargest;
  first.gaps = {-0.0, 2.2250738585072011e-308,
                std::numeric_limits<double>::max(), -1.0 / 3};
  first.gradients = kLargest - 1;
  first.rounds = 3;
  first.vectors = 4;
  first.bytes = kLargest - 2;
  first.wall_seconds = 1e23;
  first.step_seconds = 0.1;
  first.gradients_per_second = 123456789.123456789;
  first.runs_side_by_side = 11;
  RunSummary second;  // diverged at once, and nothing looked out for
  second.gaps = {kInfinity, std::numeric_limits<double>::quiet_NaN(),
                 -kInfinity, 8.41e21};
  second.diverged = true;
  second.gradients_per_second = kInfinity;
  return {first, second};
}

TEST(MeasuredJson, SummariesComeBackBitForBit) {
  const std::vector<RunSummary> summaries = Summaries();
  const auto back = SummariesFromJson(ThroughText(ToJson(summaries)));
  ASSERT_TRUE(back.ok()) << back.status();
  ASSERT_EQ(back->size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    const RunSummary& expected = summaries[i];
    const RunSummary& found = (*back)[i];
    ASSERT_EQ(found.reached.size(), expected.reached.size());
    for (size_t e = 0; e < found.reached.size(); ++e) {
      ExpectBits(found.reached[e].epsilon, expected.reached[e].epsilon);
      EXPECT_EQ(found.reached[e].iterations, expected.reached[e].iterations);
      EXPECT_EQ(found.reached[e].iterate, expected.reached[e].iterate);
    }
    EXPECT_EQ(found.iterations, expected.iterations);
    EXPECT_EQ(found.diverged, expected.diverged);
    EXPECT_EQ(found.gradients, expected.gradients);
    EXPECT_EQ(found.rounds, expected.rounds);
    EXPECT_EQ(found.vectors, expected.vectors);
    EXPECT_EQ(found.bytes, expected.bytes);
    ExpectBits(found.wall_seconds, expected.wall_seconds);
    ExpectBits(found.step_seconds, expected.step_seconds);
    ExpectBits(found.gradients_per_second, expected.gradients_per_second);
    EXPECT_EQ(found.runs_side_by_side, expected.runs_side_by_side);
  }
  for (int q = 0; q < kNumIterates; ++q) {
    ExpectBits((*back)[0].gaps[q], summaries[0].gaps[q]);
  }
  // Not finite is infinite.
  for (const int q : {0, 1, 2}) ExpectBits((*back)[1].gaps[q], kInfinity);
  ExpectBits((*back)[1].gaps[3], 8.41e21);
}

std::vector<StepSizeSearch> Searches() {
  StepSizeSearch found;
  found.epsilon = 0.1 + 0.2;
  const auto add = [&found](const StepSizeCandidate& candidate,
                            CandidateOutcome outcome, int64_t iterations,
                            double gap) -> CandidateResult& {
    CandidateResult& result = found.ledger.emplace_back();
    result.candidate = candidate;
    result.outcome = outcome;
    result.iterations = iterations;
    result.gap = gap;
    return result;
  };
  constexpr auto kConstant = StepSizeFamily::kConstant;
  constexpr auto kDecaying = StepSizeFamily::kDecaying;
  add({kConstant, -20}, CandidateOutcome::kReached, kLargest, 1.0 / 3).iterate =
      Iterate::kLinear;
  add({kConstant, 20}, CandidateOutcome::kDiverged, 5, kInfinity);
  add({kDecaying, -1}, CandidateOutcome::kLimit, 6, 5e-324);
  add({kDecaying, 0}, CandidateOutcome::kDropped, 7, -0.0);
  add({kDecaying, 1}, CandidateOutcome::kSame, 0, 0.0).same_as = {kConstant, 3};
  add({kDecaying, 2}, CandidateOutcome::kNotTried, 0, 0.0);
  found.winner = 0;
  found.runner_up = 5;
  found.interior = true;
  StepSizeSearch missed = found;
  missed.epsilon = 5e-324;
  missed.winner = std::nullopt;
  missed.runner_up = std::nullopt;
  missed.interior = false;
  StepSizeSearch lonely = found;
  lonely.winner = 3;
  lonely.runner_up = std::nullopt;
  return {found, missed, lonely};
}

TEST(MeasuredJson, SearchesComeBackBitForBit) {
  const std::vector<StepSizeSearch> searches = Searches();
  const auto back = SearchesFromJson(ThroughText(ToJson(searches)));
  ASSERT_TRUE(back.ok()) << back.status();
  ASSERT_EQ(back->size(), searches.size());
  for (size_t i = 0; i < searches.size(); ++i) {
    const StepSizeSearch& expected = searches[i];
    const StepSizeSearch& found = (*back)[i];
    ExpectBits(found.epsilon, expected.epsilon);
    EXPECT_EQ(found.winner, expected.winner);
    EXPECT_EQ(found.runner_up, expected.runner_up);
    EXPECT_EQ(found.interior, expected.interior);
    ASSERT_EQ(found.ledger.size(), expected.ledger.size());
    for (size_t c = 0; c < found.ledger.size(); ++c) {
      EXPECT_EQ(found.ledger[c].candidate, expected.ledger[c].candidate);
      EXPECT_EQ(found.ledger[c].outcome, expected.ledger[c].outcome);
      EXPECT_EQ(found.ledger[c].iterations, expected.ledger[c].iterations);
      EXPECT_EQ(found.ledger[c].iterate, expected.ledger[c].iterate);
      ExpectBits(found.ledger[c].gap, expected.ledger[c].gap);
      EXPECT_EQ(found.ledger[c].same_as, expected.ledger[c].same_as);
    }
  }
}

TEST(MeasuredJson, NoneIsAnEmptyList) {
  EXPECT_EQ(ToJson(std::vector<RunSummary>()).dump(), "[]");
  EXPECT_EQ(ToJson(std::vector<StepSizeSearch>()).dump(), "[]");
  EXPECT_TRUE(SummariesFromJson(Json::array()).value().empty());
  EXPECT_TRUE(SearchesFromJson(Json::array()).value().empty());
}

TEST(MeasuredJson, AnotherShapeIsAnError) {
  const auto expect_error = [](const Json& json) {
    const absl::Status summaries = SummariesFromJson(json).status();
    EXPECT_EQ(summaries.code(), absl::StatusCode::kInternal) << json.dump();
    const absl::Status searches = SearchesFromJson(json).status();
    EXPECT_EQ(searches.code(), absl::StatusCode::kInternal) << json.dump();
  };
  for (const char* text : {"1", "\"text\"", "true", "[1]", "[null]", "[[]]",
                           "[{}]", "{\"a\":{}}", "[\"text\"]"}) {
    expect_error(Json::parse(text));
  }
  // Each of the other's.
  expect_error({ToJson(Summaries())[0], ToJson(Searches())[0]});
}

// Every field is asked for, with its type.
TEST(MeasuredJson, AMissingOrWrongFieldIsAnError) {
  const Json summaries = ToJson(Summaries());
  for (const auto& [name, value] : summaries[0].items()) {
    Json broken = summaries;
    broken[0].erase(name);
    EXPECT_FALSE(SummariesFromJson(broken).ok()) << "without " << name;
    broken = summaries;
    broken[0][name] = "text";
    EXPECT_FALSE(SummariesFromJson(broken).ok()) << "text as " << name;
  }
  const Json searches = ToJson(Searches());
  for (const auto& [name, value] : searches[0].items()) {
    Json broken = searches;
    broken[0].erase(name);
    EXPECT_FALSE(SearchesFromJson(broken).ok()) << "without " << name;
    broken = searches;
    broken[0][name] = "text";
    EXPECT_FALSE(SearchesFromJson(broken).ok()) << "text as " << name;
  }
  for (const auto& [name, value] : searches[0]["ledger"][0].items()) {
    Json broken = searches;
    broken[0]["ledger"][0].erase(name);
    EXPECT_FALSE(SearchesFromJson(broken).ok()) << "without " << name;
    broken = searches;
    broken[0]["ledger"][0][name] = "text";
    EXPECT_FALSE(SearchesFromJson(broken).ok()) << "text as " << name;
  }
  Json short_gaps = summaries;
  short_gaps[0]["gaps"].erase(3);
  EXPECT_FALSE(SummariesFromJson(short_gaps).ok());
  for (const int64_t index : {-1, 6}) {
    for (const char* name : {"winner", "runner_up"}) {
      Json outside = searches;
      outside[0][name] = index;
      EXPECT_FALSE(SearchesFromJson(outside).ok()) << name << " " << index;
    }
  }
}

// Numbers that no field can have: they would come back as others, or as an
// outcome without a name.
TEST(MeasuredJson, ANumberOutOfRangeIsAnError) {
  const Json summaries = ToJson(Summaries());
  for (const Json& iterate : {Json(-1), Json(4), Json(int64_t{1} << 32)}) {
    Json broken = summaries;
    broken[0]["reached"][0][2] = iterate;
    EXPECT_FALSE(SummariesFromJson(broken).ok()) << iterate;
  }
  const Json searches = ToJson(Searches());
  const auto expect_error = [&searches](const char* field, const Json& value) {
    Json broken = searches;
    broken[0]["ledger"][0][field] = value;
    EXPECT_FALSE(SearchesFromJson(broken).ok()) << field << " " << value;
  };
  for (const int64_t outcome : {int64_t{-1}, int64_t{6}, int64_t{1} << 32}) {
    expect_error("outcome", outcome);
  }
  for (const int64_t iterate : {-1, 4}) expect_error("iterate", iterate);
  for (const Json& candidate :
       {Json{-1, 0}, Json{2, 0}, Json{0, int64_t{1} << 31}, Json{0, 0.5}}) {
    expect_error("candidate", candidate);
    expect_error("same_as", candidate);
  }
  for (const Json& iterations :
       {Json(0.5), Json(1e300), Json(uint64_t{1} << 63)}) {
    expect_error("iterations", iterations);
    for (const char* field : {"iterations", "gradients", "rounds", "vectors",
                              "bytes", "runs_side_by_side"}) {
      Json broken = summaries;
      broken[0][field] = iterations;
      EXPECT_FALSE(SummariesFromJson(broken).ok()) << field << iterations;
    }
  }
}

}  // namespace
}  // namespace local_sgd
