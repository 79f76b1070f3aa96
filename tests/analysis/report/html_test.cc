#include "analysis/report/html.h"

#include <cmath>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

Table Small() {
  Table table;
  table.title = "Speed & <accuracy>";
  table.notes_above = {"above \"it\""};
  table.notes_below = {"below"};
  table.columns = {{"workers", "K"}, {"x", "", Decimals(2)}, {"<i>", "words"}};
  table.rows = {{int64_t{1}, 0.123456, std::string("<script>")},
                {int64_t{2}, Cell(), std::string("a'b")}};
  return table;
}

TEST(HtmlTest, EscapesWhatHtmlReads) {
  EXPECT_EQ(EscapeHtml("a<b>&\"c'\x01\n\u00b1"),
            "a&lt;b&gt;&amp;&quot;c&#39;\uFFFD\n\u00b1");
}

TEST(HtmlTest, TableHasEveryBitAndCaptionAndHeadings) {
  const auto html = ToHtml(Small(), {"my-label", "bazel run //a:b", true});
  ASSERT_TRUE(html.ok()) << html.status();
  EXPECT_THAT(*html, HasSubstr("<caption>Speed &amp; &lt;accuracy&gt;<"));
  EXPECT_THAT(*html, HasSubstr("<details class=\"table\" id=\"table-my-label\" "
                               "open>"));
  EXPECT_THAT(*html, HasSubstr("<th scope=\"col\" class=\"number\" "
                               "data-name=\"workers\">K</th>"));
  EXPECT_THAT(*html, HasSubstr("<th scope=\"col\" data-name=\"&lt;i&gt;\">"));
  EXPECT_THAT(*html, HasSubstr("<td class=\"number\" data-value=\"0.123456\">"
                               "0.12</td>"));
  EXPECT_THAT(*html, HasSubstr("<td class=\"number\" data-value=\"\">-</td>"));
  EXPECT_THAT(*html, HasSubstr("<td>&lt;script&gt;</td>"));
  EXPECT_THAT(*html, HasSubstr("note above\">above &quot;it&quot;</p>"));
  EXPECT_THAT(*html, HasSubstr("<code>bazel run //a:b</code>"));
  EXPECT_THAT(*html, Not(HasSubstr("<script>")));
}

TEST(HtmlTest, ValuesAreNoTemplatesAndWhatIsLeftOutLeavesNoLine) {
  Table table = Small();
  table.title = "{{label}} {{{command}}} {{#open}}";
  table.notes_above = {};
  const auto html = ToHtml(table, {"my-label", "", true});
  ASSERT_TRUE(html.ok()) << html.status();
  EXPECT_THAT(*html, HasSubstr("<summary>{{label}} {{{command}}} {{#open}}"
                               "</summary>\n<div class=\"scroll\""));
  EXPECT_THAT(*html, HasSubstr("below</p>\n</details>"));
  EXPECT_THAT(*html, EndsWith("</details>"));
}

TEST(HtmlTest, SaysWhereATableIsCut) {
  Table table;
  table.title = "Long";
  table.columns = {{"i", ""}};
  for (int64_t i = 0; i < 1000; ++i) table.rows.push_back({i});
  HtmlTableOptions options;
  options.label = "long";
  options.most_bytes = 1000;
  const auto html = ToHtml(table, options);
  ASSERT_TRUE(html.ok());
  EXPECT_LT(html->size(), 2000);
  EXPECT_THAT(*html, HasSubstr("of 1000 rows"));
  options.most_bytes = 1'000'000;
  EXPECT_THAT(*ToHtml(table, options), Not(HasSubstr("of 1000 rows")));
}

TEST(HtmlTest, RefusesATableThatIsNone) {
  Table table = Small();
  table.rows[0][1] = std::nan("");
  EXPECT_TRUE(absl::IsInvalidArgument(ToHtml(table, {"x", ""}).status()));
}

}  // namespace
}  // namespace local_sgd
