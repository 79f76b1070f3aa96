#include "lib/records/format.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

TEST(FormatTest, ParsesTheThreeNames) {
  EXPECT_EQ(*ParseFormat("table"), Format::kTable);
  EXPECT_EQ(*ParseFormat("json"), Format::kJson);
  EXPECT_EQ(*ParseFormat("csv"), Format::kCsv);
}

TEST(FormatTest, AnotherValueIsAnErrorNamingFlagAndValue) {
  for (const char* text : {"", "JSON", "xml", "csv "}) {
    const absl::Status status = ParseFormat(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(
        std::string(status.message()),
        std::string("--format=") + text + ": expected table, json or csv");
  }
}

TEST(FormatTest, ARecordIsOneObject) {
  Table table;
  table.columns = {{"samples", ""}, {"reached", ""}};
  table.rows = {{int64_t{3}, {}}};
  EXPECT_EQ(*RecordToFormat(table, Format::kJson),
            "{\n  \"samples\": 3,\n  \"reached\": null\n}\n");
  EXPECT_EQ(*RecordToFormat(table, Format::kTable), "samples  3\nreached  -\n");
  EXPECT_EQ(*RecordToFormat(table, Format::kCsv), "samples,reached\n3,\n");
  EXPECT_EQ(*ToFormat(table, Format::kCsv), "samples,reached\n3,\n");
  table.rows.push_back(table.rows[0]);
  EXPECT_THAT(
      std::string(RecordToFormat(table, Format::kJson).status().message()),
      HasSubstr("2 rows"));
}

}  // namespace
}  // namespace local_sgd
