#include "lib/dataset/libsvm_reader.h"

#include <clocale>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dataset/sha256.h"
#include "lib/dataset/sparse_dataset.h"
#include "tests/dataset/archives.h"

namespace local_sgd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

SparseDataset Parse(absl::string_view text) {
  absl::StatusOr<SparseDataset> data = ParseLibsvm(text, "text");
  EXPECT_TRUE(data.ok()) << data.status();
  return data.ok() ? *data : SparseDataset();
}

// The message for a text that must not be read; empty if it was.
std::string Message(absl::string_view text, const LibsvmLimits& limits = {}) {
  const absl::Status status = ParseLibsvm(text, "f.txt", limits).status();
  return std::string(status.message());
}

// The features of all entries, as the file has them, counted from 0.
std::vector<int32_t> FeaturesOf(const SparseDataset& data) {
  std::vector<int32_t> features;
  for (const int32_t column : data.columns) {
    features.push_back(data.feature(column));
  }
  return features;
}

void ExpectSame(const SparseDataset& a, const SparseDataset& b) {
  EXPECT_EQ(a.num_features, b.num_features);
  EXPECT_EQ(a.num_absent_features, b.num_absent_features);
  EXPECT_EQ(a.feature_of_column, b.feature_of_column);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.row_begin, b.row_begin);
  EXPECT_EQ(a.columns, b.columns);
  EXPECT_EQ(a.values, b.values);
}

TEST(LibsvmReaderTest, CompressedSparseRows) {
  const SparseDataset data = Parse("+1 1:0.5 3:-2e1\n-1\n-1 2:1 7:+.25\n");
  EXPECT_EQ(data.num_all_features(), 7);
  EXPECT_THAT(data.labels, ElementsAre(1, -1, -1));
  EXPECT_THAT(data.row_begin, ElementsAre(0, 2, 2, 4));
  EXPECT_THAT(FeaturesOf(data), ElementsAre(0, 2, 1, 6));
  EXPECT_THAT(data.values, ElementsAre(0.5, -20, 1, 0.25));
}

TEST(LibsvmReaderTest, TheLargerLabelIsPositive) {
  EXPECT_THAT(Parse("1 1:1\n0\n").labels, ElementsAre(1, -1));
  EXPECT_THAT(Parse("1 1:1\n2\n1\n").labels, ElementsAre(-1, 1, -1));
  EXPECT_THAT(Parse("-3 1:1\n-2.5\n").labels, ElementsAre(-1, 1));
  EXPECT_THAT(Parse("+1.0 1:1\n1\n1e0\n-0\n0\n").labels,
              ElementsAre(1, 1, 1, -1, -1));
}

TEST(LibsvmReaderTest, BlanksLineEndsAndComments) {
  const SparseDataset expected = Parse("1 1:1 2:2\n-1\n-1 2:3\n");
  for (const char* text : {
           "1 1:1 2:2 \n-1 \n-1 2:3 \n",             // blanks at line ends
           "1 1:1 2:2\r\n-1\r\n-1 2:3\r\n",          // CRLF
           "1 1:1 2:2 \r\n-1 \r\n-1 2:3 \r",         // and no last newline
           "1 1:1 2:2\n-1\n-1 2:3",                  // no last newline
           "\n1 1:1 2:2\n\n  \n-1\n\r\n-1 2:3\n\n",  // blank lines
           "  1\t1:1  \t2:2\n\t-1\n -1\t2:3\n",      // tabs, leading blanks
           "# two\n1 1:1 2:2 # a\n-1 #b\n-1 2:3\t#1:x\n",  // comments
           "#\n1 1:1 2:2 ##\n-1 # b # c\n-1 2:3 #\r\n#",
           "\xef\xbb\xbf"
           "1 1:1 2:2\n-1\n-1 2:3\n",  // a byte order mark
           "\xef\xbb\xbf# two\n1 1:1 2:2\n-1\n-1 2:3\n",
       }) {
    SCOPED_TRACE(text);
    ExpectSame(Parse(text), expected);
  }
}

TEST(LibsvmReaderTest, ExplicitZerosCountForDOnly) {
  const SparseDataset data = Parse("1 1:1 5:0\n-1 2:0.0 3:-0 4:1e-999\n");
  EXPECT_EQ(data.num_all_features(), 5);
  EXPECT_THAT(data.columns, ElementsAre(0));
  EXPECT_THAT(data.values, ElementsAre(1));
  EXPECT_THAT(data.row_begin, ElementsAre(0, 1, 1));
  // They are part of the order of indices.
  EXPECT_THAT(Message("1 2:0 1:1\n"), HasSubstr("index 1 after index 2"));
  EXPECT_THAT(Message("1 2:0 2:1\n"), HasSubstr("index 2 repeated"));
}

// Columns are the features that occur, in their order.
TEST(LibsvmReaderTest, AbsentFeaturesHaveNoColumn) {
  const SparseDataset data =
      Parse("1 64:1 65:2 16777216:3\n-1 3:4 64:0 90:5\n-1 65:6 70:0\n");
  EXPECT_EQ(data.num_all_features(), 16777216);
  EXPECT_EQ(data.num_features, 5);
  EXPECT_EQ(data.num_absent_features, 16777211);
  EXPECT_THAT(data.columns, ElementsAre(1, 2, 4, 0, 3, 2));
  EXPECT_THAT(data.feature_of_column, ElementsAre(2, 63, 64, 89, 16777215));
  EXPECT_THAT(FeaturesOf(data), ElementsAre(63, 64, 16777215, 2, 89, 64));
  // Where only the last are absent, columns are features.
  const SparseDataset head = Parse("1 2:1\n-1 1:1 9:0\n");
  EXPECT_EQ(head.num_features, 2);
  EXPECT_EQ(head.num_absent_features, 7);
  EXPECT_THAT(head.feature_of_column, IsEmpty());
}

TEST(LibsvmReaderTest, NumbersAreReadToTheLastBit) {
  const SparseDataset data = Parse(
      "1 1:0.1 2:1.7976931348623157e308 3:5e-324 4:2.2250738585072014e-308"
      " 5:0.30000000000000004 6:9007199254740993\n-1\n");
  EXPECT_THAT(
      data.values,
      ElementsAre(0.1, 1.7976931348623157e308, 5e-324, 2.2250738585072014e-308,
                  0.30000000000000004, 9007199254740992.0));
}

TEST(LibsvmReaderTest, TheLocaleChangesNothing) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* name : {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8"}) {
    if (std::setlocale(LC_ALL, name) != nullptr) break;
  }
  EXPECT_THAT(Parse("1 1:0.5\n-1\n").values, ElementsAre(0.5));
  EXPECT_THAT(Message("1 1:0,5\n-1\n"), HasSubstr("\"0,5\""));
  std::setlocale(LC_ALL, before.c_str());
}

TEST(LibsvmReaderTest, ErrorsSayWhereWhatAndWhatInstead) {
  struct Case {
    std::string text;
    std::string message;
  };
  const std::string index_range =
      ", expected a whole number from 1 to 16777216";
  const std::string number = ", expected a finite number";
  const std::string ascii = ", expected ASCII or UTF-8; iconv -f ";
  const std::string ascending = ", expected ascending indices in a line";
  const std::vector<Case> cases = {
      // Tokens.
      {"1 1:1\nabc 1:1\n", "f.txt:2: found label \"abc\"" + number},
      {"1 1:1\n2:1\n", "f.txt:2: found label \"2:1\"" + number},
      {"1 1:1\n\n# c\n-1 abc\n",
       "f.txt:4: found \"abc\", expected index:value"},
      {"1 1\n", "f.txt:1: found \"1\", expected index:value"},
      {"1 1:1 : 2:1\n", "f.txt:1: found index \"\" in \":\"" + index_range},
      {"1 :1\n", "f.txt:1: found index \"\" in \":1\"" + index_range},
      {"1 1:\n", "f.txt:1: found value \"\" for index 1" + number},
      {"1 1: 5\n", "f.txt:1: found value \"\" for index 1" + number},
      {"1 1:2:3\n", "f.txt:1: found value \"2:3\" for index 1" + number},
      {"1 1:1x\n", "f.txt:1: found value \"1x\" for index 1" + number},
      {"1 1:+-1\n", "f.txt:1: found value \"+-1\" for index 1" + number},
      {"1 1:++1\n", "f.txt:1: found value \"++1\" for index 1" + number},
      {"1 1:1e\n", "f.txt:1: found value \"1e\" for index 1" + number},
      {"1 1:0x10\n", "f.txt:1: found value \"0x10\" for index 1" + number},
      {"1 1:-0X1p3\n", "f.txt:1: found value \"-0X1p3\" for index 1" + number},
      {"0x1 1:1\n", "f.txt:1: found label \"0x1\"" + number},
      {"1 1:1,2:1\n", "f.txt:1: found value \"1,2:1\" for index 1" + number},
      {"1 1:1\v2:1\n",
       "f.txt:1: found value \"1\\0132:1\" for index 1" + number},
      {"1 1:1\r1 1:1\n", "f.txt:1: found value \"1\\r1\" for index 1" + number},
      {"1 qid:3 1:1\n",
       "f.txt:1: found \"qid:3\", a ranking query, expected index:value, data "
       "of two classes"},
      // Indices.
      {"1 0:1\n", "f.txt:1: found index \"0\" in \"0:1\"" + index_range +
                      "; --index_base=0 reads indices that count from 0"},
      {"1 1:1\n-1 00:1\n",
       "f.txt:2: found index \"00\" in \"00:1\"" + index_range +
           "; --index_base=0 reads indices that count from 0"},
      {"1 -3:1\n", "f.txt:1: found index \"-3\" in \"-3:1\"" + index_range},
      {"1 +3:1\n", "f.txt:1: found index \"+3\" in \"+3:1\"" + index_range},
      {"1 1.5:1\n", "f.txt:1: found index \"1.5\" in \"1.5:1\"" + index_range},
      {"1 x:1\n", "f.txt:1: found index \"x\" in \"x:1\"" + index_range},
      {"1 16777217:1\n",
       "f.txt:1: found index \"16777217\" in \"16777217:1\"" + index_range},
      {"1 18446744073709551617:1\n",
       "f.txt:1: found index \"18446744073709551617\" in "
       "\"18446744073709551617:1\"" +
           index_range},
      {"1 1:1\n-1 5:1 5:2\n", "f.txt:2: found index 5 repeated" + ascending},
      {"1 1:1\n-1 5:1 3:2\n",
       "f.txt:2: found index 3 after index 5" + ascending},
      // Values and labels that are not finite.
      {"1 1:nan\n", "f.txt:1: found value \"nan\" for index 1" + number},
      {"1 1:-NaN\n", "f.txt:1: found value \"-NaN\" for index 1" + number},
      {"1 1:nan(1)\n", "f.txt:1: found value \"nan(1)\" for index 1" + number},
      {"1 1:inf\n", "f.txt:1: found value \"inf\" for index 1" + number},
      {"1 1:-Infinity\n",
       "f.txt:1: found value \"-Infinity\" for index 1" + number},
      {"1 1:1e999\n", "f.txt:1: found value \"1e999\" for index 1" + number},
      {"1 1:-1e999\n", "f.txt:1: found value \"-1e999\" for index 1" + number},
      {"nan 1:1\n", "f.txt:1: found label \"nan\"" + number},
      {"inf 1:1\n", "f.txt:1: found label \"inf\"" + number},
      {"1e999 1:1\n", "f.txt:1: found label \"1e999\"" + number},
      // Classes.
      {"1 1:1\n1 2:1\n",
       "f.txt: found one class only, label \"1\" on all 2 samples, expected "
       "two classes"},
      {"+1 1:1\n\n-1\n1\n2 1:1\n",
       "f.txt:5: found a third class, label \"2\", expected two: \"+1\" as on "
       "line 1 and \"-1\" as on line 3"},
      // Nothing there.
      {"",
       "f.txt: found no samples in 0 lines, expected lines of the form label "
       "index:value ..."},
      {"\n# nothing\n",
       "f.txt: found no samples in 2 lines, expected lines of the form label "
       "index:value ..."},
      {"1\n-1\n",
       "f.txt: found no value other than 0 in any of 2 samples, expected at "
       "least one: there is nothing to learn from"},
      {"1 1:0 7:-0\n-1 2:1e-999\n",
       "f.txt: found no value other than 0 in any of 2 samples, expected at "
       "least one: there is nothing to learn from"},
      // Not text.
      {std::string("1 1:1\n-1 1:\0\n", 13),
       "f.txt:2: found a NUL byte, expected LIBSVM text, plain or in a gzip, "
       "bzip2, xz or zstd archive"},
      {"1 1:1\n\xef\xbb\xbf-1 1:1\n",
       "f.txt:2: found label \"\\357\\273\\277-1\"" + number},
      // Text of another encoding: "1 1:1".
      {std::string("\xff\xfe"
                   "1\0 \0001\0:\0001\0\n\0",
                   14),
       "f.txt:1: found UTF-16 text" + ascii + "UTF-16 -t UTF-8 converts it"},
      {std::string("\xfe\xff\0001\0 \0001\0:\0001\0\n", 14),
       "f.txt:1: found UTF-16 text" + ascii + "UTF-16 -t UTF-8 converts it"},
      {std::string("\xff\xfe\0\0001\0\0\0\n\0\0\0", 12),
       "f.txt:1: found UTF-32 text" + ascii + "UTF-32 -t UTF-8 converts it"},
      {std::string("1\0 \0001\0:\0001\0\n\0", 12),
       "f.txt:1: found UTF-16LE text" + ascii +
           "UTF-16LE -t UTF-8 converts it"},
      {std::string("\0001\0 \0001\0:\0001\0\n", 12),
       "f.txt:1: found UTF-16BE text" + ascii +
           "UTF-16BE -t UTF-8 converts it"},
      // A comment begins a line or follows a blank.
      {"+1 1:1.#INF 2:5\n-1 1:1 2:-5\n",
       "f.txt:1: found value \"1.#INF\" for index 1" + number},
      {"1 1:1\n-1#b 2:1\n", "f.txt:2: found label \"-1#b\"" + number},
      {"1 1:1 2:#\n", "f.txt:1: found value \"#\" for index 2" + number},
      {"1 1#:1\n", "f.txt:1: found index \"1#\" in \"1#:1\"" + index_range},
      {"1 1:1#2 # 3\n", "f.txt:1: found value \"1#2\" for index 1" + number},
      // Long tokens are cut.
      {"1 " + std::string(100, 'z') + "\n", "f.txt:1: found \"" +
                                                std::string(40, 'z') +
                                                "...\", expected index:value"},
  };
  for (const Case& c : cases) {
    const absl::Status status = ParseLibsvm(c.text, "f.txt").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.text;
    EXPECT_EQ(std::string(status.message()), c.message);
  }
}

TEST(LibsvmReaderTest, IndicesMayCountFromZero) {
  LibsvmLimits limits;
  limits.first_index = 0;
  const SparseDataset data =
      ParseLibsvm("1 0:1 2:2\n-1 9:3\n-1\n-1 0:4\n", "text", limits).value();
  EXPECT_EQ(data.num_all_features(), 10);
  EXPECT_THAT(FeaturesOf(data), ElementsAre(0, 2, 9, 0));
  EXPECT_THAT(data.row_begin, ElementsAre(0, 2, 3, 3, 4));
  // The same file, counted from 1, has one index more before its first.
  ExpectSame(ParseLibsvm("1 1:1 3:2\n-1 10:3\n-1\n-1 1:4\n", "text").value(),
             data);
  EXPECT_EQ(Message("1 0:1 0:2\n", limits),
            "f.txt:1: found index 0 repeated, expected ascending indices in a "
            "line");
  EXPECT_EQ(Message("1 16777216:1\n", limits),
            "f.txt:1: found index \"16777216\" in \"16777216:1\", expected a "
            "whole number from 0 to 16777215");
  EXPECT_EQ(ParseLibsvm("1 16777215:1\n0 0:1\n", "text", limits)
                .value()
                .num_all_features(),
            16777216);
}

TEST(LibsvmReaderTest, LimitsAreInclusive) {
  const std::string text = "1 1:1 2:1\n-1 3:1\n";
  LibsvmLimits exact;
  exact.max_bytes = static_cast<int64_t>(text.size());
  exact.max_samples = 2;
  exact.max_features = 3;
  exact.max_nonzeros = 3;
  exact.max_line_bytes = 9;
  EXPECT_TRUE(ParseLibsvm(text, "f.txt", exact).ok());
  LibsvmLimits tight = exact;
  tight.max_bytes -= 1;
  EXPECT_EQ(Message(text, tight),
            "f.txt: found 17 bytes of text, expected at most 16");
  tight = exact;
  tight.max_samples -= 1;
  EXPECT_EQ(Message(text, tight),
            "f.txt:2: found more than 1 samples, expected at most that many");
  tight = exact;
  tight.max_features -= 1;
  EXPECT_EQ(Message(text, tight),
            "f.txt:2: found index \"3\" in \"3:1\", expected a whole number "
            "from 1 to 2");
  tight = exact;
  tight.max_nonzeros -= 1;
  EXPECT_EQ(Message(text, tight),
            "f.txt:2: found more than 2 nonzeros, expected at most that many");
  tight = exact;
  tight.max_line_bytes -= 1;
  EXPECT_EQ(Message(text, tight),
            "f.txt:1: found a line longer than 8 bytes, expected at most that "
            "many");
}

// Files arrive in chunks of 256 KiB; a line may be cut at any place.
TEST(LibsvmReaderTest, FilesReadLikeTheirText) {
  std::string text;
  for (int i = 0; i < 30000; ++i) {
    absl::StrAppend(&text, i % 3 == 0 ? "2" : "1", " ", 1 + i % 50, ":", i,
                    ".5 100:0.125\r\n");
  }
  text += "2 1:3";
  const SparseDataset expected = Parse(text);
  for (const std::string& stored :
       {text, Gzip(text), Bzip2(text), Xz(text), Zstd(text),
        Gzip(text.substr(0, 1000)) + Gzip(text.substr(1000))}) {
    absl::StatusOr<LibsvmFile> file = ReadLibsvm(WriteTestFile("data", stored));
    ASSERT_TRUE(file.ok()) << file.status();
    ExpectSame(file->data, expected);
    EXPECT_EQ(file->sha256, Sha256Hex(stored));
  }
}

TEST(LibsvmReaderTest, FileErrorsNamePathAndLine) {
  std::string text;
  for (int i = 0; i < 50000; ++i) text += i % 2 == 0 ? "1 1:1\n" : "-1 2:1\n";
  text += "1 0:1\n";
  for (const std::string& stored :
       {text, Gzip(text), Bzip2(text), Xz(text), Zstd(text)}) {
    const std::string path = WriteTestFile("bad", stored);
    const absl::Status status = ReadLibsvm(path).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr(path + ":50001: found index \"0\""));
  }
  EXPECT_EQ(ReadLibsvm(testing::TempDir() + "/missing").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadLibsvm(testing::TempDir()).status().code(),
            absl::StatusCode::kInvalidArgument);
  const std::string cut = Gzip("1 1:1\n-1\n");
  EXPECT_EQ(ReadLibsvm(WriteTestFile("cut", cut.substr(0, cut.size() - 1)))
                .status()
                .code(),
            absl::StatusCode::kDataLoss);
}

TEST(LibsvmReaderTest, BombsEndAtALimit) {
  LibsvmLimits limits;
  limits.max_bytes = 1 << 22;
  limits.max_line_bytes = 1 << 20;
  // One line without end, and lines without content.
  const std::string one_line =
      WriteTestFile("spaces", Gzip(std::string(1 << 24, ' ')));
  EXPECT_THAT(std::string(ReadLibsvm(one_line, limits).status().message()),
              HasSubstr(one_line + ":1: found a line longer than 1048576"));
  const std::string blank_lines =
      WriteTestFile("lines", Bzip2(std::string(1 << 24, '\n')));
  EXPECT_THAT(std::string(ReadLibsvm(blank_lines, limits).status().message()),
              HasSubstr(blank_lines + ": found an archive whose first"));
  limits.max_bytes = 1 << 19;
  EXPECT_THAT(std::string(ReadLibsvm(blank_lines, limits).status().message()),
              HasSubstr("found more than 524288 bytes of content (after "
                        "decompression)"));
  const std::string zeros =
      WriteTestFile("zeros", Gzip(std::string(1 << 24, '\0') + "\n"));
  EXPECT_FALSE(ReadLibsvm(zeros, limits).ok());
}

}  // namespace
}  // namespace local_sgd
