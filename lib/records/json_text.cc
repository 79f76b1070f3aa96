#include "lib/records/json_text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

// The most brackets that are open at once; those in strings are not brackets.
int64_t Levels(absl::string_view text) {
  int64_t levels = 0;
  int64_t most = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      most = std::max(most, ++levels);
    } else if (c == '}' || c == ']') {
      --levels;
    }
  }
  return most;
}

}  // namespace

absl::StatusOr<nlohmann::ordered_json> ParseJson(absl::string_view text) {
  if (Levels(text) > kMostJsonLevels) {
    return absl::InvalidArgumentError(absl::StrCat(
        "more than ", kMostJsonLevels, " levels of lists and objects"));
  }
  auto json = nlohmann::ordered_json::parse(text.begin(), text.end(), nullptr,
                                            /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    return absl::InvalidArgumentError("not valid JSON");
  }
  return json;
}

}  // namespace local_sgd
