#include "lib/records/json_text.h"

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

std::string Nested(int64_t levels, const std::string& innermost) {
  const auto count = static_cast<size_t>(levels);
  return std::string(count, '[') + innermost + std::string(count, ']');
}

TEST(JsonTextTest, ReadsAValue) {
  EXPECT_EQ(ParseJson(R"({"a": [1, "x"]})")->dump(), R"({"a":[1,"x"]})");
  EXPECT_EQ(*ParseJson("1.5"), 1.5);
}

TEST(JsonTextTest, SaysWhatIsWrong) {
  for (const char* text : {"", "{", "[1", "{} {}", "\"\xff\"", "nan"}) {
    const absl::Status status = ParseJson(text).status();
    EXPECT_EQ(status, absl::InvalidArgumentError("not valid JSON")) << text;
  }
}

TEST(JsonTextTest, LevelsAreLimited) {
  EXPECT_TRUE(ParseJson(Nested(64, "")).ok());
  // A million brackets in a string, behind a quote that does not end it.
  const std::string brackets = "\"\\\"" + std::string(1'000'000, '[') + "\"";
  EXPECT_TRUE(ParseJson(Nested(64, brackets)).ok());
  for (const int64_t levels : {65, 1'000'000}) {
    EXPECT_EQ(
        ParseJson(Nested(levels, "")).status(),
        absl::InvalidArgumentError("more than 64 levels of lists and objects"));
  }
}

}  // namespace
}  // namespace local_sgd
