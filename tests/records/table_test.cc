#include "lib/records/table.h"

#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Table Example() {
  Table table;
  table.title = "Speedup_1 & co";
  table.notes_above = {"Above 100 %"};
  table.notes_below = {"Below"};
  table.columns = {{"name", ""},
                   {"workers", "K"},
                   {"speedup", "S(K)", Decimals(2)},
                   {"gap", "", Significant(3)},
                   {"exact", ""}};
  table.rows = {
      {std::string("a"), int64_t{1}, 1.0, 1.23456e-9, 0.1},
      {std::string("long, \"quoted\""), int64_t{1024}, 12.345678, {}, 1.0 / 3},
  };
  return table;
}

TEST(EscapeLatex, WritesOutLettersThatTheFontHasNot) {
  EXPECT_EQ(EscapeLatex("caf\u00e9 \u00b1 1"), "caf\u00e9 \u00b1 1");
  EXPECT_EQ(EscapeLatex("\u4e2d\u00d0\U0001f600\u20ac"),
            "{[}U+4E2D]{[}U+00D0]{[}U+1F600]{[}U+20AC]");
  EXPECT_EQ(EscapeLatex("a\xff"), "a\\textbackslash{}xff");
  EXPECT_EQ(EscapeLatex("\xe4\xb8"),
            "\\textbackslash{}xe4\\textbackslash{}xb8");
  // More of them than any letter has, and none before them.
  EXPECT_EQ(EscapeLatex(std::string(40, '\xa7')).size(), 40 * 19u);
}

TEST(TableTest, TextAlignsColumnsAndShowsNothingAsADash) {
  EXPECT_EQ(*ToText(Example()),
            "Speedup_1 & co\n"
            "Above 100 %\n"
            "\n"
            "name               K   S(K)       gap               exact\n"
            "--------------  ----  -----  --------  ------------------\n"
            "a                  1   1.00  1.23e-09                 0.1\n"
            "long, \"quoted\"  1024  12.35         -  0.3333333333333333\n"
            "\n"
            "Below\n");
}

TEST(TableTest, TextBreaksLongNotesBetweenWords) {
  Table table;
  table.columns = {{"a", ""}};
  table.notes_below = {std::string(70, 'x') + " 12345678 9 " +
                       std::string(100, 'y') + " z"};
  EXPECT_EQ(*ToText(table), "a\n-\n\n" + std::string(70, 'x') +
                                " 12345678\n9\n" + std::string(100, 'y') +
                                "\nz\n");
}

TEST(TableTest, TextListHasOneLineForEachColumn) {
  Table table = Example();
  table.rows.resize(1);
  EXPECT_EQ(*ToTextList(table),
            "Speedup_1 & co\n"
            "Above 100 %\n"
            "\n"
            "name   a\n"
            "K      1\n"
            "S(K)   1.00\n"
            "gap    1.23e-09\n"
            "exact  0.1\n"
            "\n"
            "Below\n");
}

TEST(TableTest, CsvQuotesAndKeepsEveryBit) {
  EXPECT_EQ(*ToCsv(Example()),
            "name,workers,speedup,gap,exact\n"
            "a,1,1,1.23456e-09,0.1\n"
            "\"long, \"\"quoted\"\"\",1024,12.345678,,0.3333333333333333\n");
}

TEST(TableTest, JsonKeepsColumnOrderAndNull) {
  EXPECT_EQ(ToJsonValue(Example())->dump(),
            "[{\"name\":\"a\",\"workers\":1,\"speedup\":1.0,"
            "\"gap\":1.23456e-09,\"exact\":0.1},"
            "{\"name\":\"long, \\\"quoted\\\"\",\"workers\":1024,"
            "\"speedup\":12.345678,\"gap\":null,"
            "\"exact\":0.3333333333333333}]");
}

TEST(TableTest, JsonSurvivesTextThatIsNotUtf8) {
  Table table;
  table.columns = {{"path", ""}};
  table.rows = {{std::string("caf\xE9")}};
  EXPECT_THAT(*ToJson(table), HasSubstr("caf\xEF\xBF\xBD"));
}

TEST(TableTest, MarkdownEscapes) {
  EXPECT_EQ(*ToMarkdown(Example()),
            "**Speedup\\_1 & co**\n"
            "\n"
            "Above 100 %\n"
            "\n"
            "| name | K | S(K) | gap | exact |\n"
            "| :-- | --: | --: | --: | --: |\n"
            "| a | 1 | 1.00 | 1.23e-09 | 0.1 |\n"
            "| long, \"quoted\" | 1024 | 12.35 | - | 0.3333333333333333 |\n"
            "\n"
            "Below\n");
}

TEST(TableTest, LatexEscapesAndUsesBooktabs) {
  EXPECT_EQ(*ToLatex(Example(), "speedup"),
            "\\begin{table}\n"
            "  \\centering\n"
            "  \\caption{Speedup\\_1 \\& co}\n"
            "  \\label{tab:speedup}\n"
            "  {\\raggedright\\small Above 100 \\%\\par}\n"
            "  \\begin{tabular}{lrrrr}\n"
            "    \\toprule\n"
            "    name & K & S(K) & gap & exact \\\\\n"
            "    \\midrule\n"
            "    a & 1 & 1.00 & 1.23e-09 & 0.1 \\\\\n"
            "    long, ''quoted'' & 1024 & 12.35 & - & 0.3333333333333333 "
            "\\\\\n"
            "    \\bottomrule\n"
            "  \\end{tabular}\n"
            "  {\\raggedright\\small Below\\par}\n"
            "\\end{table}\n");
  EXPECT_EQ(EscapeLatex("\\~^<>|#${}[*"),
            "\\textbackslash{}\\textasciitilde{}\\textasciicircum{}"
            "\\textless{}\\textgreater{}\\textbar{}\\#\\$\\{\\}{[}{*}");
}

// A table whose columns are so many letters wide.
Table Wide(const std::vector<size_t>& widths) {
  Table table;
  table.rows.emplace_back();
  for (const size_t width : widths) {
    table.columns.push_back({std::string(width, 'a'), ""});
    table.columns.back().name += std::to_string(table.columns.size());
    table.columns.back().heading = "h";
    table.rows[0].emplace_back(std::string(width, '1'));
  }
  return table;
}

TEST(TableTest, LatexSetsWideTablesSmallerAndSplitsWiderOnes) {
  const auto latex = [](const std::vector<size_t>& widths) {
    return *ToLatex(Wide(widths), "x");
  };
  const std::string scriptsize =
      "  \\scriptsize\\setlength{\\tabcolsep}{3pt}\n";
  // 5 points a letter and 12 a column, and there are 345.
  EXPECT_THAT(latex({30, 34}), Not(HasSubstr("\\small\n")));
  EXPECT_THAT(latex({30, 35}), HasSubstr("  \\small\n  \\begin{tabular}{ll}"));
  EXPECT_THAT(latex({12, 12, 12, 12, 12, 12}),
              HasSubstr("  \\footnotesize\\setlength{\\tabcolsep}{3pt}\n"));
  // Once more: as small as it gets and in two parts with the first column.
  const std::string split = latex({20, 20, 20, 20, 20});
  EXPECT_THAT(split, HasSubstr(scriptsize + "  \\begin{tabular}{llll}\n"));
  EXPECT_THAT(split, HasSubstr("  \\end{tabular}\n  \\par\\medskip\n"
                               "  \\begin{tabular}{ll}\n    \\toprule\n"
                               "    h & h \\\\\n    \\midrule\n    "
                               "11111111111111111111 & 11111111111111111111 "));
  // A column that is too wide by itself has a part of its own.
  EXPECT_THAT(latex({5, 200, 5}),
              HasSubstr(scriptsize + "  \\begin{tabular}{ll}\n"));
  EXPECT_THAT(latex({200}), HasSubstr("  \\begin{tabular}{l}\n"));
}

TEST(TableTest, AValueThatIsNotFiniteIsAnErrorInEveryWriter) {
  for (double bad : {std::numeric_limits<double>::quiet_NaN(),
                     std::numeric_limits<double>::infinity(),
                     -std::numeric_limits<double>::infinity()}) {
    Table table = Example();
    table.rows[1][2] = bad;
    const absl::Status status = Validate(table);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("'Speedup_1 & co': row 2, column 'speedup'"));
    EXPECT_EQ(ToText(table).status(), status);
    EXPECT_EQ(ToTextList(table).status(), status);
    EXPECT_EQ(ToCsv(table).status(), status);
    EXPECT_EQ(ToJson(table).status(), status);
    EXPECT_EQ(ToMarkdown(table).status(), status);
    EXPECT_EQ(ToLatex(table, "x").status(), status);
  }
}

TEST(TableTest, ShapeAndNamesAreChecked) {
  Table table = Example();
  table.rows[0].pop_back();
  EXPECT_THAT(std::string(Validate(table).message()),
              HasSubstr("row 1 has 4 cells, expected 5"));
  table = Example();
  table.columns[1].name = "name";
  EXPECT_THAT(std::string(Validate(table).message()),
              HasSubstr("two columns named 'name'"));
  table.columns[1].name = "";
  EXPECT_THAT(std::string(Validate(table).message()),
              HasSubstr("a column without a name"));
}

TEST(TableTest, ExtremeDoublesFitEveryPrecision) {
  for (double value : {std::numeric_limits<double>::max(),
                       std::numeric_limits<double>::denorm_min(), -0.0}) {
    EXPECT_FALSE(CellText(value, Decimals(100)).empty());
    EXPECT_FALSE(CellText(value, Significant(100)).empty());
    EXPECT_EQ(strtod(ShortestText(value).c_str(), nullptr), value);
  }
}

TEST(TableTest, ShortestTextIsPlainForOrdinaryNumbers) {
  EXPECT_EQ(ShortestText(0.0001), "0.0001");
  EXPECT_EQ(ShortestText(0.00001), "0.00001");
  EXPECT_EQ(ShortestText(100000), "100000");
  EXPECT_EQ(ShortestText(4.2e6), "4200000");
  EXPECT_EQ(ShortestText(-2.5), "-2.5");
  EXPECT_EQ(ShortestText(0), "0");
  EXPECT_EQ(ShortestText(9.99e-6), "9.99e-06");
  EXPECT_EQ(ShortestText(1e15), "1e+15");
  EXPECT_EQ(ShortestText(0.126180686510523), "0.126180686510523");
}

}  // namespace
}  // namespace local_sgd
