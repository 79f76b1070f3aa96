// JSON of files that anyone may have written. nlohmann's library, and whoever
// walks a value, calls itself for each level of lists and objects, so text of
// many levels would take the stack.

#ifndef LIB_RECORDS_JSON_TEXT_H_
#define LIB_RECORDS_JSON_TEXT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json_fwd.hpp"

namespace local_sgd {

inline constexpr int64_t kMostJsonLevels = 64;

// The value of the text. InvalidArgument, without a file's name, where it is
// not JSON or has more than kMostJsonLevels levels of lists and objects.
absl::StatusOr<nlohmann::ordered_json> ParseJson(absl::string_view text);

}  // namespace local_sgd

#endif  // LIB_RECORDS_JSON_TEXT_H_
