#include "lib/records/csv_reader.h"

#include <cmath>
#include <cstdlib>
#include <limits>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

// Anyone may have written the file.
TEST(ReadCsv, GivesOnlyWhatCanBeShown) {
  const std::string path = testing::TempDir() + "/outside.csv";
  ASSERT_EQ(WriteFileAtomically(path, "a,b\ncaf\xe9,\"x\ny\x1b[m\"\n"),
            absl::OkStatus());
  const auto file = ReadCsv(path);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->records[0].fields[0], "caf\\xe9");
  EXPECT_EQ(file->records[0].fields[1], "x\ny\\x1b[m");
}

TEST(CsvReaderTest, ReadsBackWhatToCsvWroteBitForBit) {
  Table table;
  table.columns = {{"na,me", ""}, {"count", ""}, {"value", ""}, {"text", ""}};
  for (double value : {1.0 / 3, 1e300 / 7, 5e-324, -0.0, 100000.0, 2.5,
                       std::numeric_limits<double>::max()}) {
    table.rows.push_back({std::string("x \"y\",\nz\r\n"),
                          std::numeric_limits<int64_t>::min(), value,
                          std::string()});
    table.rows.push_back({{}, int64_t{0}, {}, std::string("plain")});
  }
  const std::string path = std::string(getenv("TEST_TMPDIR")) + "/t.csv";
  ASSERT_TRUE(WriteFileAtomically(path, *ToCsv(table)).ok());
  const auto file = ReadCsv(path);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->columns,
            (std::vector<std::string>{"na,me", "count", "value", "text"}));
  ASSERT_EQ(file->records.size(), table.rows.size());
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const CsvRecord& record = file->records[i];
    const auto name = OptionalTextField(*file, record, "na,me");
    const auto value = OptionalNumberField(*file, record, "value");
    const auto text = OptionalTextField(*file, record, "text");
    ASSERT_TRUE(name.ok() && value.ok() && text.ok());
    EXPECT_EQ(*IntegerField(*file, record, "count"),
              std::get<int64_t>(table.rows[i][1]));
    if (i % 2 == 0) {
      EXPECT_EQ(**name, std::get<std::string>(table.rows[i][0]));
      EXPECT_EQ(**value, std::get<double>(table.rows[i][2]));
      EXPECT_EQ(std::signbit(**value),
                std::signbit(std::get<double>(table.rows[i][2])));
      EXPECT_EQ(**text, "");
    } else {
      EXPECT_FALSE(name->has_value());
      EXPECT_FALSE(value->has_value());
    }
  }
}

TEST(CsvReaderTest, AcceptsBothLineEndsAndAMissingLastOne) {
  const auto file = ParseCsv("a,b\r\n1,\r\n\"2\",3", "t.csv");
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->records.size(), 2);
  EXPECT_EQ(file->records[0].fields[0], "1");
  EXPECT_EQ(file->records[0].fields[1], std::nullopt);
  EXPECT_EQ(file->records[1].line, 3);
  EXPECT_EQ(file->records[1].fields[0], "2");
  EXPECT_EQ(file->records[1].fields[1], "3");
}

TEST(CsvReaderTest, ErrorsNameFileAndLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "t.csv:1: an empty file"},
      {"a,\n", "t.csv:1: an empty column name"},
      {"a,a\n", "t.csv:1: two columns named 'a'"},
      {"a,b\n1,2\n1\n", "t.csv:3: 1 fields, expected 2"},
      {"a,b\n1,2,3\n", "t.csv:2: 3 fields, expected 2"},
      {"a,b\n1,2\n1,\"2\n\n", "t.csv:3: a quote that is never closed"},
      {"a,b\n1,2\"\n", "t.csv:2: a quote inside"},
      {"a,b\n\"1\"x,2\n", "t.csv:2: text after a closing quote"},
  };
  for (const auto& [contents, message] : cases) {
    const absl::Status status = ParseCsv(contents, "t.csv").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << contents;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  }
}

TEST(CsvReaderTest, FieldErrorsNameColumnValueAndExpectation) {
  const auto file = ParseCsv("n,x\n1.5,nan\n,1e999\n2x,\n", "t.csv");
  ASSERT_TRUE(file.ok());
  const auto message = [&](size_t row, const char* kind,
                           const char* column) -> std::string {
    const CsvRecord& record = file->records[row];
    if (kind == std::string("integer")) {
      return std::string(
          IntegerField(*file, record, column).status().message());
    }
    return std::string(NumberField(*file, record, column).status().message());
  };
  EXPECT_EQ(message(0, "integer", "n"),
            "t.csv:2: column 'n' is '1.5', expected an integer");
  EXPECT_EQ(message(0, "number", "x"),
            "t.csv:2: column 'x' is 'nan', expected a finite number");
  EXPECT_EQ(message(1, "integer", "n"),
            "t.csv:3: column 'n' is '', expected a value");
  EXPECT_EQ(message(1, "number", "x"),
            "t.csv:3: column 'x' is '1e999', expected a finite number");
  EXPECT_EQ(message(2, "number", "n"),
            "t.csv:4: column 'n' is '2x', expected a finite number");
  EXPECT_EQ(message(2, "number", "x"),
            "t.csv:4: column 'x' is '', expected a finite number");
  EXPECT_EQ(message(2, "number", "y"), "t.csv: no column 'y'");
}

TEST(CsvReaderTest, ColumnsMustBeTheExpectedOnes) {
  const auto file = ParseCsv("a,b\n", "t.csv");
  EXPECT_TRUE(ExpectColumns(*file, {"a", "b"}).ok());
  EXPECT_EQ(std::string(ExpectColumns(*file, {"b", "a"}).message()),
            "t.csv:1: columns a,b, expected b,a");
}

TEST(CsvReaderTest, AMissingFileIsNamed) {
  const absl::Status status = ReadCsv("/nowhere/t.csv").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(std::string(status.message()),
            "cannot read /nowhere/t.csv: No such file or directory");
}

}  // namespace
}  // namespace local_sgd
