#include "experiments/asynchronous/findings.h"

#include <string>
#include <vector>

#include "experiments/asynchronous/records.h"
#include "gtest/gtest.h"
#include "lib/records/csv_reader.h"
#include "lib/records/finding_record.h"
#include "lib/records/schema.h"
#include "lib/records/table.h"
#include "tests/experiments/asynchronous/made_record.h"
#include "tests/experiments/find_finding.h"

namespace local_sgd {
namespace {

TEST(AsynchronousFindings, FromRecordsByHand) {
  std::vector<AsynchronousRecord> records;
  for (const uint64_t seed : {1, 2, 3}) {
    const double noise = 0.01 * static_cast<double>(seed);
    for (const double slowdown : {1.0, 2.0, 4.0}) {
      records.push_back(
          Made("synchronous", seed, slowdown, 100, 100 * slowdown + noise));
      records.push_back(Made("asynchronous", seed, slowdown, 150, 150 + noise));
    }
  }
  auto findings = AsynchronousFindings(records).value();
  EXPECT_NEAR(Find(findings, "time_ratio", "K=4, H=1, s=2, eps=0.01").value,
              200.02 / 150.02, 1e-12);
  EXPECT_NEAR(
      Find(findings, "iterations_ratio", "K=4, H=1, s=2, eps=0.01").value, 1.5,
      1e-12);
  EXPECT_EQ(Find(findings, "foreign_steps", "K=4, H=1, s=2, eps=0.01").value,
            2.0);
  EXPECT_EQ(Find(findings, "pays_from", "K=4, H=1, eps=0.01").value, 2.0);
  EXPECT_EQ(Find(findings, "pays_from", "K=4, H=1, eps=0.01").seeds, 3);
  // One seed that did not reach epsilon: nothing is said about that setting.
  records[3].iterations.reset();
  records[3].seconds.reset();
  findings = AsynchronousFindings(records).value();
  for (const FindingRecord& r : findings) {
    EXPECT_NE(r.setting, "K=4, H=1, s=2, eps=0.01");
  }
  EXPECT_EQ(Find(findings, "pays_from", "K=4, H=1, eps=0.01").value, 4.0);
}

TEST(AsynchronousFindings, OfABoundOfNothingAreLeftOut) {
  std::vector<AsynchronousRecord> records;
  for (const uint64_t seed : {1, 2}) {
    for (const double later : {0.0, 8.0, 16.0, 32.0}) {
      AsynchronousRecord r = Made("asynchronous", seed, 1.0, 100, 100);
      r.arm = "delay";
      r.compute = r.message = "constant";
      r.head_start = later;
      r.epsilon.reset();
      r.gap = 0.0;
      r.bound = r.bias_term = r.drift_term = 0.0;
      records.push_back(r);
    }
  }
  const auto read = ParseRecords(
      AsynchronousSchema(),
      *ParseCsv(*ToCsv(ToTable(AsynchronousSchema(), records)), "a.csv"));
  ASSERT_TRUE(read.ok()) << read.status();
  const auto findings = AsynchronousFindings(*read);
  ASSERT_TRUE(findings.ok()) << findings.status();
  for (const FindingRecord& finding : *findings) {
    EXPECT_TRUE(IsDefined(finding)) << finding.name;
    EXPECT_NE(finding.name, "error_over_bias");
    EXPECT_NE(finding.name, "loss_over_drift");
  }
}

}  // namespace
}  // namespace local_sgd
