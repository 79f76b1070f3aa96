#include "lib/records/outside_text.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

namespace local_sgd {
namespace {

struct CodePoint {
  uint32_t value = 0;
  size_t size = 0;  // bytes; 0: not valid UTF-8
};

// The first code point, as RFC 3629 has it: no surrogates, none in more bytes
// than it needs.
CodePoint FirstOf(absl::string_view bytes) {
  const auto byte = [&bytes](size_t i) {
    return static_cast<unsigned char>(bytes[i]);
  };
  const uint32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const size_t size = first < 0xc2    ? 0
                      : first < 0xe0  ? 2
                      : first < 0xf0  ? 3
                      : first <= 0xf4 ? 4
                                      : 0;
  if (size == 0 || size > bytes.size()) return {};
  uint32_t value = first & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3fu);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kLeast[size] || value > 0x10ffff || is_surrogate) return {};
  return {value, size};
}

bool IsPrintable(uint32_t c) {
  struct Range {
    uint32_t first;
    uint32_t last;
  };
  constexpr Range kHidden[] = {
      {0x00, 0x1f},        // C0
      {0x7f, 0x9f},        // delete and C1
      {0x61c, 0x61c},      // Arabic letter mark
      {0x200b, 0x200f},    // zero width, left-to-right and right-to-left marks
      {0x2028, 0x202e},    // separators, embeddings and overrides of direction
      {0x2060, 0x206f},    // word joiner, isolates
      {0xfeff, 0xfeff},    // byte order mark
      {0xfff9, 0xfffb},    // interlinear annotation
      {0xfffe, 0xffff},    // not characters: XML has no place for them
      {0xe0000, 0xe007f},  // tags
  };
  for (const Range& range : kHidden) {
    if (c >= range.first && c <= range.last) return false;
  }
  return true;
}

void AppendHex(absl::string_view bytes, std::string& text) {
  for (const char c : bytes) {
    absl::StrAppendFormat(&text, "\\x%02x", static_cast<unsigned char>(c));
  }
}

// Whether it begins like what AppendHex writes.
bool LooksLikeHex(absl::string_view text) {
  return text.size() >= 4 && text[0] == '\\' && text[1] == 'x' &&
         absl::ascii_isxdigit(static_cast<unsigned char>(text[2])) &&
         absl::ascii_isxdigit(static_cast<unsigned char>(text[3]));
}

std::string Printable(absl::string_view bytes, bool is_name) {
  std::string text;
  for (size_t i = 0; i < bytes.size();) {
    const CodePoint point = FirstOf(bytes.substr(i));
    const size_t size = point.size == 0 ? 1 : point.size;
    const bool is_escape =
        is_name && (LooksLikeHex(bytes.substr(i)) ||
                    (i == 0 && absl::StrContains("=+-@", bytes.substr(0, 1))));
    if (point.size == 0 || !IsPrintable(point.value) || is_escape) {
      AppendHex(bytes.substr(i, size), text);
    } else {
      text.append(bytes.data() + i, size);
    }
    i += size;
  }
  return text;
}

}  // namespace

std::string PrintableText(absl::string_view bytes) {
  return Printable(bytes, /*is_name=*/false);
}

std::string PrintableName(absl::string_view bytes) {
  return Printable(bytes, /*is_name=*/true);
}

}  // namespace local_sgd
