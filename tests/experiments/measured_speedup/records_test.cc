#include "experiments/measured_speedup/records.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

constexpr char kSpeedupHeader[] =
    "dataset,dataset_sha256,step_size,epsilon,batch,workers,period,seeds,"
    "seeds_reached,iterations_selected,iterations,iterations_stderr,iterate,"
    "chosen_family,chosen_exponent,chosen_iterate,chosen_interior,"
    "runner_up_family,runner_up_exponent,runner_up_iterations,"
    "runner_up_iterate,speedup_free,speedup_free_stderr,speedup_star,"
    "speedup_ring,rho\n";

SpeedupRecord Tuned() {
  SpeedupRecord record;
  record.dataset = "my, data";
  record.dataset_sha256 = "12ab";
  record.step_size = "tuned";
  record.epsilon = 0.0001;
  record.batch = 4;
  record.workers = 32;
  record.period = 16;
  record.seeds = record.seeds_reached = 3;
  record.iterations_selected = 333000;
  record.iterations = 1000000.0 / 3;
  record.iterations_stderr = 12.5;
  record.iterate = "quadratic";
  record.chosen_family = "constant";
  record.chosen_exponent = -3;
  record.chosen_iterate = "last";
  record.chosen_interior = "yes";
  record.runner_up_family = "decaying";
  record.runner_up_exponent = 1;
  record.runner_up_iterations = 334000;
  record.runner_up_iterate = "uniform";
  record.speedup_free = 0.1 + 0.2;
  record.speedup_free_stderr = 0.01;
  record.speedup_star = 1.0 / 7;
  record.speedup_ring = 1;
  record.rho = 25;
  return record;
}

TEST(SpeedupRecordTest, GoesThroughCsvUnchanged) {
  SpeedupRecord missed = Tuned();
  missed.period = 1;
  missed.seeds_reached = 2;
  missed.iterations.reset();
  missed.iterations_stderr.reset();
  missed.iterate.reset();
  missed.runner_up_family.reset();
  missed.runner_up_iterate.reset();
  missed.runner_up_exponent.reset();
  missed.runner_up_iterations.reset();
  missed.speedup_free.reset();
  missed.speedup_free_stderr.reset();
  missed.speedup_star.reset();
  missed.speedup_ring.reset();
  SpeedupRecord theory = missed;
  theory.step_size = "theory";
  theory.iterations_selected.reset();
  theory.chosen_exponent.reset();
  theory.chosen_family.reset();
  theory.chosen_iterate.reset();
  theory.chosen_interior.reset();
  const std::string csv =
      *ToCsv(ToTable(SpeedupSchema(), {Tuned(), missed, theory}));
  EXPECT_THAT(csv, ::testing::StartsWith(kSpeedupHeader));
  EXPECT_THAT(csv, HasSubstr("tuned,0.0001,4,32,16,3,3,333000,"));
  EXPECT_THAT(csv, HasSubstr("quadratic,constant,-3,last,yes,decaying,1,334000,"
                             "uniform,"));
  EXPECT_THAT(csv, HasSubstr("theory,0.0001,4,32,1,3,2,,,,,,,,,,,,,,,,,25\n"));
  const auto read = ParseRecords(SpeedupSchema(), *ParseCsv(csv, "m.csv"));
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), 3);
  EXPECT_EQ(read->front().iterations, Tuned().iterations);
  EXPECT_EQ(read->front().chosen_exponent, -3);
  EXPECT_EQ(read->back().iterations, std::nullopt);
  EXPECT_EQ(read->back().chosen_exponent, std::nullopt);
  EXPECT_EQ(*ToCsv(ToTable(SpeedupSchema(), *read)), csv);
}

// At a price beyond all numbers.
TEST(SpeedupRecordTest, APricedSpeedupMayBeNothing) {
  SpeedupRecord record = Tuned();
  record.speedup_star = 0.0;
  record.speedup_ring = 0.0;
  const auto read = ParseRecords(
      SpeedupSchema(),
      *ParseCsv(*ToCsv(ToTable(SpeedupSchema(), {record})), "m.csv"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->front().speedup_star, 0.0);
}

TEST(SpeedupRecordTest, ErrorsNameFileLineColumnAndValue) {
  const std::pair<const char*, const char*> cases[] = {
      {"d,s,theory,0,4,1,1,1,1,,9,,last,,,,,,,,,1,,1,1,25",
       "m.csv:2: column 'epsilon' is '0', expected above 0"},
      {"d,s,theory,x,4,1,1,1,1,,9,,last,,,,,,,,,1,,1,1,25",
       "m.csv:2: column 'epsilon' is 'x', expected a finite number"},
      {"d,s,theory,1,4,0,1,1,1,,9,,last,,,,,,,,,1,,1,1,25",
       "m.csv:2: column 'workers' is '0', expected at least 1"},
      {"d,s,theory,1,4,1,1,2,3,,9,,last,,,,,,,,,1,,1,1,25",
       "m.csv:2: column 'seeds_reached' is '3', expected at most the seeds, 2"},
      {"d,s,theory,1,4,1,1,2,-1,,9,,last,,,,,,,,,1,,1,1,25",
       "m.csv:2: column 'seeds_reached' is '-1', expected at least 0"},
      {"d,s,theory,1,4,1,1,2,1,,9,,last,,,,,,,,,1,,1,1,25",
       "m.csv:2: column 'iterations' is '9', expected nothing where 1 of 2 "
       "seeds reached epsilon"},
      {"d,s,theory,1,4,1,1,2,2,,,,last,,,,,,,,,1,,1,1,25",
       "m.csv:2: column 'iterations' is '', expected a value where 2 of 2 "
       "seeds reached epsilon"},
      {"d,s,theory,1,4,1,1,1,1,,9,-1,last,,,,,,,,,1,,1,1,25",
       "m.csv:2: column 'iterations_stderr' is '-1', expected at least 0"},
      {"d,s,theory,1,4,1,1,1,1,,9,,first,,,,,,,,,1,,1,1,25",
       "m.csv:2: column 'iterate' is 'first', expected last, uniform, linear, "
       "quadratic"},
      {"d,s,tuned,1,4,1,1,1,1,9,9,,last,cosine,1,last,yes,,,,,1,,1,1,25",
       "m.csv:2: column 'chosen_family' is 'cosine', expected constant, "
       "decaying"},
      {"d,s,tuned,1,4,1,1,1,1,9,9,,last,constant,1.5,last,yes,,,,,1,,1,1,25",
       "m.csv:2: column 'chosen_exponent' is '1.5', expected an integer"},
      {"d,s,tuned,1,4,1,1,1,1,9,9,,last,constant,1,last,true,,,,,1,,1,1,25",
       "m.csv:2: column 'chosen_interior' is 'true', expected yes, no"},
      {"d,s,tuned,1,4,1,1,1,1,,9,,last,constant,1,last,yes,,,,,1,,1,1,25",
       "m.csv:2: column 'iterations_selected' is '', expected a value as in "
       "chosen_family"},
      {"d,s,tuned,1,4,1,1,1,1,9,9,,last,constant,1,last,yes,,2,,,1,,1,1,25",
       "m.csv:2: column 'runner_up_exponent' is '2', expected nothing as in "
       "runner_up_family"},
      {"d,s,theory,1,4,1,1,1,1,9,9,,last,constant,1,last,yes,,,,,1,,1,1,25",
       "m.csv:2: column 'chosen_family' is 'constant', expected nothing with "
       "step size 'theory'"},
      {"d,s,theory,1,4,1,1,1,1,,9,,last,,,,,,,,,0,,1,1,25",
       "m.csv:2: column 'speedup_free' is '0', expected above 0"},
      {"d,s,theory,1,4,1,1,1,1,,9,,last,,,,,,,,,1,-1,1,1,25",
       "m.csv:2: column 'speedup_free_stderr' is '-1', expected at least 0"},
      {"d,s,theory,1,4,1,1,1,1,,9,,last,,,,,,,,,1,,1,1,",
       "m.csv:2: column 'rho' is '', expected a finite number"},
      {"d,s,theory,1,4,1,1,1,0,,,,,,,,,,,,,,,,,25\n"
       "d,s,theory,1,4,1,1,1,0,,,,,,,,,,,,,,,,,25",
       "m.csv:3: these settings stand twice"},
  };
  for (const auto& [rows, message] : cases) {
    const auto file =
        ParseCsv(std::string(kSpeedupHeader) + rows + "\n", "m.csv");
    ASSERT_TRUE(file.ok()) << file.status();
    const absl::Status status = ParseRecords(SpeedupSchema(), *file).status();
    EXPECT_EQ(std::string(status.message()), message);
  }
  EXPECT_THAT(
      std::string(ParseRecords(SpeedupSchema(), *ParseCsv("a\n", "m.csv"))
                      .status()
                      .message()),
      HasSubstr("m.csv:1: columns a, expected dataset,dataset_sha256,"));
}

constexpr char kIterationsHeader[] =
    "step_size,epsilon,batch,workers,period,seed,iterations,iterate,diverged\n";

TEST(IterationsRecordTest, GoesThroughCsvUnchanged) {
  const std::vector<IterationsRecord> records = {
      {"tuned", 0.005, 4, 32, 16, 2, 1300, "last"},
      {"tuned", 0.005, 4, 32, 16, 3, std::nullopt, std::nullopt},
      {"tuned", 0.005, 4, 32, 16, 4, std::nullopt, std::nullopt, true}};
  const std::string csv = *ToCsv(ToTable(IterationsSchema(), records));
  EXPECT_EQ(csv, std::string(kIterationsHeader) +
                     "tuned,0.005,4,32,16,2,1300,last,no\n"
                     "tuned,0.005,4,32,16,3,,,no\n"
                     "tuned,0.005,4,32,16,4,,,yes\n");
  const auto read = ParseRecords(IterationsSchema(), *ParseCsv(csv, "i.csv"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->at(0).seed, 2);
  EXPECT_EQ(read->at(0).iterations, 1300);
  EXPECT_EQ(read->at(1).iterations, std::nullopt);
  EXPECT_FALSE(read->at(1).diverged);
  EXPECT_TRUE(read->at(2).diverged);
  EXPECT_EQ(*ToCsv(ToTable(IterationsSchema(), *read)), csv);
}

TEST(IterationsRecordTest, ErrorsNameFileLineColumnAndValue) {
  const std::pair<const char*, const char*> cases[] = {
      {"theory,0,4,1,1,1,9,last,no",
       "i.csv:2: column 'epsilon' is '0', expected above 0"},
      {"theory,1,4,1,1,-1,9,last,no",
       "i.csv:2: column 'seed' is '-1', expected at least 0"},
      {"theory,1,4,1,1,1,0,last,no",
       "i.csv:2: column 'iterations' is '0', expected at least 1"},
      {"theory,1,4,1,1,1,9,first,no",
       "i.csv:2: column 'iterate' is 'first', expected last, uniform, linear, "
       "quadratic"},
      {"theory,1,4,1,1,1,,last,no",
       "i.csv:2: column 'iterate' is 'last', expected nothing as in "
       "iterations"},
      {"theory,1,4,1,1,1,9,last,yes",
       "i.csv:2: column 'diverged' is 'yes', expected no where there are "
       "iterations"},
      {"theory,1,4,1,1,1,9,last,no\ntheory,1,4,1,1,1,8,last,no",
       "i.csv:3: these settings and this seed stand twice"},
  };
  for (const auto& [rows, message] : cases) {
    const auto file =
        ParseCsv(std::string(kIterationsHeader) + rows + "\n", "i.csv");
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(
        std::string(ParseRecords(IterationsSchema(), *file).status().message()),
        message);
  }
  EXPECT_THAT(
      std::string(ParseRecords(IterationsSchema(), *ParseCsv("a\n", "i.csv"))
                      .status()
                      .message()),
      HasSubstr("i.csv:1: columns a, expected step_size,epsilon,"));
}

constexpr char kTuningHeader[] =
    "epsilon,batch,workers,period,seed,family,exponent,outcome,iterations,"
    "iterate,gap,same_as_family,same_as_exponent\n";

TEST(TuningRecordTest, GoesThroughCsvUnchanged) {
  const std::string csv =
      std::string(kTuningHeader) +
      "0.005,4,32,16,1,constant,-3,reached,1300,last,0.0049,,\n"
      "0.005,4,32,16,1,constant,2,diverged,12,,,,\n"
      "0.005,4,32,16,1,constant,-20,limit,3125000,,0.5,,\n"
      "0.005,4,32,16,1,constant,-19,dropped,1500,,0.4,,\n"
      "0.005,4,32,16,1,decaying,5,same,,,,constant,0\n"
      "0.005,4,32,16,1,decaying,6,not_tried,,,,,\n";
  const auto read = ParseRecords(TuningSchema(), *ParseCsv(csv, "t.csv"));
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), 6);
  EXPECT_EQ(read->at(0).iterate, "last");
  EXPECT_EQ(read->at(1).gap, std::nullopt);
  EXPECT_EQ(read->at(2).exponent, -20);
  EXPECT_EQ(read->at(4).same_as_family, "constant");
  EXPECT_EQ(read->at(4).same_as_exponent, 0);
  EXPECT_EQ(*ToCsv(ToTable(TuningSchema(), *read)), csv);
}

TEST(TuningRecordTest, ErrorsNameFileLineColumnAndValue) {
  const std::pair<const char*, const char*> cases[] = {
      {"1,4,1,1,1,cosine,0,limit,9,,1,,",
       "t.csv:2: column 'family' is 'cosine', expected constant, decaying"},
      {"1,4,1,1,1,constant,,limit,9,,1,,",
       "t.csv:2: column 'exponent' is '', expected a value"},
      {"1,4,1,1,1,constant,0,won,9,,1,,",
       "t.csv:2: column 'outcome' is 'won', expected reached, diverged, limit, "
       "dropped, same, not_tried"},
      {"1,4,1,1,1,constant,0,limit,,,1,,",
       "t.csv:2: column 'iterations' is '', expected a value with outcome "
       "'limit'"},
      {"1,4,1,1,1,constant,0,not_tried,9,,,,",
       "t.csv:2: column 'iterations' is '9', expected nothing with outcome "
       "'not_tried'"},
      {"1,4,1,1,1,constant,0,reached,9,,1,,",
       "t.csv:2: column 'iterate' is '', expected a value with outcome "
       "'reached'"},
      {"1,4,1,1,1,constant,0,same,,,,constant,",
       "t.csv:2: column 'same_as_exponent' is '', expected a value with "
       "outcome 'same'"},
      {"1,4,1,1,1,constant,0,limit,9,,1,constant,2",
       "t.csv:2: column 'same_as_family' is 'constant', expected nothing with "
       "outcome 'limit'"},
      {"1,4,1,1,1,constant,0,limit,9,,inf,,",
       "t.csv:2: column 'gap' is 'inf', expected a finite number"},
      {"1,4,1,1,1,constant,0,limit,9,,1,,\n1,4,1,1,1,constant,0,limit,9,,1,,",
       "t.csv:3: this candidate stands twice"},
  };
  for (const auto& [rows, message] : cases) {
    const auto file =
        ParseCsv(std::string(kTuningHeader) + rows + "\n", "t.csv");
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(
        std::string(ParseRecords(TuningSchema(), *file).status().message()),
        message);
  }
  EXPECT_THAT(
      std::string(ParseRecords(TuningSchema(), *ParseCsv("a\n", "t.csv"))
                      .status()
                      .message()),
      HasSubstr("t.csv:1: columns a, expected epsilon,batch,"));
}

TEST(RunLineTest, IsAnObject) {
  const std::vector<RunLine> runs = {{R"({"arm":"tuned, or \"so\""})"}, {"{}"}};
  const std::string csv = *ToCsv(ToTable(RunLineSchema(), runs));
  const auto read = ParseRecords(RunLineSchema(), *ParseCsv(csv, "r.csv"));
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), 2);
  EXPECT_EQ(read->at(0).json, runs[0].json);
  for (const char* line : {"{", "[]", "7"}) {
    EXPECT_EQ(
        ParseRecords(RunLineSchema(),
                     *ParseCsv(absl::StrCat("run\n", line, "\n"), "r.csv"))
            .status()
            .message(),
        absl::StrCat("r.csv:2: column 'run' is '", line,
                     "', expected a JSON object"));
  }
}

}  // namespace
}  // namespace local_sgd
