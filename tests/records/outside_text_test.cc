#include "lib/records/outside_text.h"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

TEST(PrintableText, KeepsWhatCanBeShown) {
  for (const char* text :
       {"", "w8a", "caf\xc3\xa9.svm", "a b\\c", "\xe2\x82\xac \xf0\x9f\x98\x80",
        "$x_1^2 {} % & <b> \"'", "\xf4\x8f\xbf\xbd", "\\xe9"}) {
    EXPECT_EQ(PrintableText(text), text);
  }
}

TEST(PrintableText, WritesOutWhatCannot) {
  EXPECT_EQ(PrintableText("caf\xe9.svm"), "caf\\xe9.svm");
  EXPECT_EQ(PrintableText("a\nb\tc\x1b[31m\x7f"),
            "a\\x0ab\\x09c\\x1b[31m\\x7f");
  EXPECT_EQ(PrintableText(std::string("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(PrintableText("\xc2\x9b"), "\\xc2\\x9b");           // C1
  EXPECT_EQ(PrintableText("\xe2\x80\xae"), "\\xe2\\x80\\xae");  // override
  EXPECT_EQ(PrintableText("\xef\xbb\xbf"), "\\xef\\xbb\\xbf");  // BOM
}

TEST(PrintableText, KnowsWhatIsNotUtf8) {
  // Cut short, too long a form, a surrogate, beyond U+10FFFF, a lone tail.
  for (const char* text :
       {"\xc3", "\xe2\x82", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
        "\xf4\x90\x80\x80", "\x80", "\xff"}) {
    const std::string bytes = text;
    EXPECT_EQ(PrintableText(bytes).size(), 4 * bytes.size()) << text;
  }
}

// Every byte and every pair of bytes: valid for a strict writer of JSON, on one
// line, and the same when it is done again.
TEST(PrintableText, IsValidForEveryPairOfBytes) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      std::string bytes = {static_cast<char>(first), static_cast<char>(second)};
      const std::string text = PrintableText(bytes);
      EXPECT_NO_THROW((void)nlohmann::json(text).dump());
      for (const char c : text) {
        EXPECT_GE(static_cast<unsigned char>(c), 0x20);
      }
      EXPECT_EQ(PrintableText(text), text);
    }
  }
}

TEST(PrintableName, TellsNamesApart) {
  const std::vector<std::string> names = {
      "caf\xe9",     "caf\\xe9",      "caf\\x5cxe9", "caf\\\xe9", "caf\\",
      "caf\\\\",     "caf\\x5c\\x5c", "a\nb",        "a\\x0ab",   "a\\x0Ab",
      "=1+1",        "\\x3d1+1",      "-f",          "@f",        "+f",
      "caf\xc3\xa9", "caf\\xc3\\xa9", "a=b"};
  std::set<std::string> shown;
  for (const std::string& name : names) shown.insert(PrintableName(name));
  EXPECT_EQ(shown.size(), names.size());
  EXPECT_EQ(PrintableName("a\\b.svm"), "a\\b.svm");
  EXPECT_EQ(PrintableName("caf\\xe9"), "caf\\x5cxe9");
  EXPECT_EQ(PrintableName("=1+1"), "\\x3d1+1");
  EXPECT_EQ(PrintableName("a=b-c@d+e"), "a=b-c@d+e");
}

}  // namespace
}  // namespace local_sgd
