#include "analysis/compare.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"

namespace local_sgd {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class CompareTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string folder = std::string(getenv("TEST_TMPDIR")) + "/compare";
    std::filesystem::remove_all(folder);
    old_ = folder + "/old";
    new_ = folder + "/new";
    ASSERT_TRUE(EnsureFolder(old_ + "/rho_100").ok());
    ASSERT_TRUE(EnsureFolder(new_ + "/rho_100").ok());
  }

  void Write(const std::string& path, const std::string& contents) {
    ASSERT_TRUE(WriteFileAtomically(path, contents).ok());
  }
  void Write(const std::string& file, const std::string& old_contents,
             const std::string& new_contents) {
    Write(old_ + "/" + file, old_contents);
    Write(new_ + "/" + file, new_contents);
  }

  // "file:line: what" of each difference, or the error.
  std::vector<std::string> Differences(double tolerance = 0) {
    const auto comparison = CompareFolders(old_, new_, tolerance);
    if (!comparison.ok()) return {comparison.status().ToString()};
    std::vector<std::string> lines;
    for (const Difference& difference : comparison->differences) {
      lines.push_back(absl::StrCat(difference.file, ":", difference.line, ": ",
                                   difference.what));
    }
    return lines;
  }

  std::string old_;
  std::string new_;
};

constexpr char kCsv[] = "name,x,y\na,1,0.5\nb,2,\n\"c,\n\",3,1e-7\nd,4,nan4\n";

TEST_F(CompareTest, EqualFoldersAgree) {
  Write("t.csv", kCsv, kCsv);
  Write("rho_100/t.csv", kCsv, kCsv);
  Write("a.txt", "text", "text");
  EXPECT_THAT(Differences(), IsEmpty());
  EXPECT_THAT(Differences(0.1), IsEmpty());
  const auto comparison = CompareFolders(old_ + "/", new_, 0);
  ASSERT_TRUE(comparison.ok());
  ASSERT_EQ(comparison->files.size(), 3);
  EXPECT_EQ(comparison->files[1].file, "rho_100/t.csv");
}

TEST_F(CompareTest, OneDigit) {
  Write("t.csv", kCsv, "name,x,y\na,1,0.5\nb,2,\n\"c,\n\",3,2e-7\nd,5,nan4\n");
  EXPECT_THAT(Differences(),
              ElementsAre("t.csv:4: y: 1e-7 -> 2e-7 (relative difference 0.5)",
                          "t.csv:6: x: 4 -> 5 (relative difference 0.2)"));
  EXPECT_THAT(
      Differences(0.3),
      ElementsAre("t.csv:4: y: 1e-7 -> 2e-7 (relative difference 0.5)"));
  EXPECT_THAT(Differences(0.5), IsEmpty());
}

TEST_F(CompareTest, TheToleranceIsExact) {
  Write("t.csv", "x\n100\n-100\n0\n", "x\n99\n-99\n0.0\n");
  EXPECT_THAT(Differences(0.01), IsEmpty());
  EXPECT_EQ(Differences(std::nextafter(0.01, 0)).size(), 2);
  EXPECT_EQ(Differences(0).size(), 3) << "exactly is the same text";
  Write("t.csv", "x\n1\n0\n", "x\n-1\n1e-300\n");
  EXPECT_EQ(Differences(0.999).size(), 2);
}

TEST_F(CompareTest, ANanAgreesWithNothingAndOtherTextOnlyWithItself) {
  Write("t.csv", "x\nnan\nnan\ninf\ninf\ninf\na\n\n\"\"\n1\n",
        "x\nnan\n1\ninf\n-inf\n1\nb\n0\n\n1x\n");
  EXPECT_THAT(Differences(1),
              ElementsAre("t.csv:2: x: nan -> nan", "t.csv:3: x: nan -> 1",
                          "t.csv:5: x: inf -> -inf", "t.csv:6: x: inf -> 1",
                          "t.csv:7: x: a -> b", "t.csv:8: x: (nothing) -> 0",
                          "t.csv:9: x:  -> (nothing)", "t.csv:10: x: 1 -> 1x"));
}

TEST_F(CompareTest, AMissingFile) {
  Write("t.csv", kCsv, kCsv);
  Write(old_ + "/rho_100/u.csv", kCsv);
  Write(new_ + "/v.json", "{}");
  EXPECT_THAT(Differences(), ElementsAre("rho_100/u.csv:0: only in " + old_,
                                         "v.json:0: only in " + new_));
}

TEST_F(CompareTest, AMissingColumn) {
  Write("t.csv", "a,b,c\n1,2,3\n", "c,d,a\n3,2,7\n");
  EXPECT_THAT(Differences(),
              ElementsAre("t.csv:1: column b is only in the old file",
                          "t.csv:1: column d is only in the new file",
                          "t.csv:1: the columns are in another order",
                          "t.csv:2: a: 1 -> 7 (relative difference 0.857)"));
}

TEST_F(CompareTest, AnExtraRecord) {
  Write("t.csv", "a\n1\n", "a\n1\n2\n3\n");
  EXPECT_THAT(Differences(),
              ElementsAre("t.csv:3: the record is only in the new file",
                          "t.csv:4: the record is only in the new file"));
  Write("t.csv", "a\n1\n2\n", "a\n1\n");
  EXPECT_THAT(Differences(),
              ElementsAre("t.csv:3: the record is only in the old file"));
}

TEST_F(CompareTest, JsonWithoutWhatNoRerunRepeats) {
  Write("manifest.json",
        R"({"dataset_sha256": "6a", "flags": {"seed": "1", "threads": "2"},
            "seeds": [1, 2], "cpu": "A", "files": {"a": "b"},
            "run": {"elapsed_seconds": 2}})",
        R"({"dataset_sha256": "6b", "flags": {"seed": "2", "threads": "8"},
            "seeds": [1], "cpu": "B", "files": {"a": "c"},
            "run": {"elapsed_seconds": 3}})");
  EXPECT_THAT(Differences(0.5),
              ElementsAre("manifest.json:0: dataset_sha256: \"6a\" -> \"6b\"",
                          "manifest.json:0: flags.seed: \"1\" -> \"2\"",
                          "manifest.json:0: seeds[1]: 2 -> (nothing)"));
  Write("manifest.json", R"({"a": 1.5, "b": {}})", R"({"b": {}, "a": 1.6})");
  EXPECT_EQ(Differences(0).size(), 1);
  EXPECT_THAT(Differences(0.1), IsEmpty());
  Write("manifest.json", "{}", "[]");
  EXPECT_EQ(Differences(0).size(), 1);
}

TEST_F(CompareTest, JsonOfManyLevelsIsAnError) {
  const std::string deep =
      std::string(1'000'000, '[') + std::string(1'000'000, ']');
  Write("manifest.json", deep, deep);
  const absl::Status status = CompareFolders(old_, new_, 0).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("manifest.json: more than 64 levels"));
}

TEST_F(CompareTest, TextIsComparedByBytesUnlessNumbersMayDiffer) {
  Write("t.csv", kCsv, kCsv);
  Write("a.md", "1\n2\n3\n", "1\n2x\n4\n");
  Write("b.tex", "1\n", "1");
  Write("c.txt", "", "1\n");
  EXPECT_THAT(
      Differences(),
      ElementsAre("a.md:2: first of the lines that differ: 2\\n -> 2x\\n",
                  "b.tex:1: first of the lines that differ: 1\\n -> 1",
                  "c.txt:1: first of the lines that differ: (nothing) -> "
                  "1\\n"));
  EXPECT_THAT(Differences(1e-9), IsEmpty());
}

TEST_F(CompareTest, OtherFilesAreLeftOut) {
  Write("t.csv", kCsv, kCsv);
  Write("a.svg", "1", "2");
  Write(old_ + "/b.pdf", "1");
  Write(new_ + "/c.jsonl", "1");
  const auto comparison = CompareFolders(old_, new_, 0);
  ASSERT_TRUE(comparison.ok());
  EXPECT_THAT(comparison->differences, IsEmpty());
  EXPECT_THAT(ComparisonText(*comparison, 0),
              HasSubstr("left out: 3 files (.jsonl, .pdf, .svg)\n"));
}

TEST_F(CompareTest, TheTextShowsTwentyDifferencesCountsAndTheVerdict) {
  std::string before = "x\n", after = "x\n";
  for (int i = 1; i <= 25; ++i) {
    absl::StrAppend(&before, i, "\n");
    absl::StrAppend(&after, -i, "\n");
  }
  Write("t.csv", before, after);
  Write("u.csv", kCsv, kCsv);
  const std::string text = ComparisonText(*CompareFolders(old_, new_, 0), 0);
  EXPECT_THAT(text,
              StartsWith("t.csv:2: x: 1 -> -1 (relative difference 2)\n"));
  EXPECT_THAT(text, HasSubstr("t.csv:21: x: 20 -> -20 (relative difference "
                              "2)\nand 5 more\n"));
  EXPECT_THAT(text, Not(HasSubstr("left out:")));
  EXPECT_THAT(text, EndsWith("t.csv: 25 differences\nu.csv: 0 differences\n"
                             "the folders differ in 1 of 2 files, exactly\n"));
  EXPECT_THAT(ComparisonText(*CompareFolders(old_, new_, 2), 2),
              EndsWith("the folders agree: 2 files within 2\n"));
}

TEST_F(CompareTest, ErrorsNameThePath) {
  const auto error = [&] { return Differences().at(0); };
  EXPECT_THAT(error(), HasSubstr("nothing to compare in " + old_));
  Write("t.csv", "a\n1\n", "a\n1,2\n");
  EXPECT_THAT(error(), HasSubstr(new_ + "/t.csv:2: 2 fields, expected 1"));
  Write("t.csv", "", "a\n");
  EXPECT_THAT(error(), HasSubstr(old_ + "/t.csv:1: an empty file"));
  std::filesystem::remove(old_ + "/t.csv");
  Write("a.json", "{", "{}");
  EXPECT_THAT(error(), HasSubstr(old_ + "/a.json: not valid JSON"));
  std::filesystem::remove_all(new_);
  EXPECT_THAT(error(), HasSubstr("cannot read folder " + new_ +
                                 ": No such file or directory"));
  Write(new_, "a file");
  EXPECT_THAT(error(),
              HasSubstr("cannot read folder " + new_ + ": Not a directory"));
}

}  // namespace
}  // namespace local_sgd
