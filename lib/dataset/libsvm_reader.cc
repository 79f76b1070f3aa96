#include "lib/dataset/libsvm_reader.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/charconv.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "lib/dataset/decompress.h"
#include "lib/dataset/occurring_features.h"
#include "lib/dataset/sparse_dataset.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// A piece of the file for a message: printable, short, one line.
std::string Quoted(absl::string_view text) {
  constexpr size_t kLongest = 40;
  return absl::StrCat("\"", absl::CEscape(text.substr(0, kLongest)),
                      text.size() > kLongest ? "...\"" : "\"");
}

// Takes the next run of non-blanks off the front of `line`; empty at its end.
absl::string_view NextToken(absl::string_view& line) {
  const char* const begin =
      std::find_if_not(line.data(), line.data() + line.size(), IsBlank);
  const char* const end =
      std::find_if(begin, line.data() + line.size(), IsBlank);
  line.remove_prefix(end - line.data());
  return absl::string_view(begin, end - begin);
}

// `line` up to a `#` that begins it or follows a blank. Any other is part of a
// token: "1.#INF", as some programs write infinity, is no value 1.
absl::string_view WithoutComment(absl::string_view line) {
  for (size_t at = line.find('#'); at != absl::string_view::npos;
       at = line.find('#', at + 1)) {
    if (at == 0 || IsBlank(line[at - 1])) return line.substr(0, at);
  }
  return line;
}

constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";  // in UTF-8

// The encoding of a file by its first line, as iconv calls it, if it is one of
// 16 or 32 bits; a file without a byte order mark begins with an ASCII
// character.
std::string OtherEncoding(absl::string_view line) {
  using namespace std::string_literals;
  if (absl::StartsWith(line, "\xff\xfe\0\0"s) ||
      absl::StartsWith(line, "\0\0\xfe\xff"s)) {
    return "UTF-32";
  }
  if (absl::StartsWith(line, "\xff\xfe") ||
      absl::StartsWith(line, "\xfe\xff")) {
    return "UTF-16";
  }
  if (line.size() < 4) return "";
  const bool is_zero[] = {line[0] == 0, line[1] == 0, line[2] == 0,
                          line[3] == 0};
  if (!is_zero[0] && is_zero[1] && !is_zero[2] && is_zero[3]) return "UTF-16LE";
  if (is_zero[0] && !is_zero[1] && is_zero[2] && !is_zero[3]) return "UTF-16BE";
  return "";
}

// A finite decimal number, the whole of `token`; an optional sign first. A
// number too small for a double is the nearest one, zero or subnormal.
bool ParseNumber(absl::string_view token, double& number) {
  if (absl::StartsWith(token, "+")) {
    token.remove_prefix(1);
    if (absl::StartsWith(token, "-")) return false;
  }
  // from_chars would also take hexadecimal digits behind 0x.
  for (const char c : token) {
    if (c == 'x' || c == 'X') return false;
  }
  const char* const end = token.data() + token.size();
  const absl::from_chars_result result =
      absl::from_chars(token.data(), end, number);
  if (result.ptr != end || !std::isfinite(number)) return false;
  if (result.ec == std::errc()) return true;
  return result.ec == std::errc::result_out_of_range && std::abs(number) < 1;
}

// A whole number of digits only; `cap` + 1 stands for everything above `cap`.
bool ParseIndex(absl::string_view digits, int64_t cap, int64_t& index) {
  if (digits.empty()) return false;
  index = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return false;
    index = std::min(10 * index + (c - '0'), cap + 1);
  }
  return true;
}

class Parser {
 public:
  Parser(absl::string_view name, const LibsvmLimits& limits, Shard shard = {})
      : name_(name), limits_(limits), shard_(shard) {
    limits_.max_features = std::min<int64_t>(
        limits_.max_features, std::numeric_limits<int32_t>::max());
  }

  // The next piece of the text, cut anywhere.
  absl::Status Feed(absl::string_view text) {
    while (!text.empty()) {
      const size_t line_end = text.find('\n');
      const absl::string_view piece = text.substr(0, line_end);
      if (static_cast<int64_t>(begun_line_.size() + piece.size()) >
          limits_.max_line_bytes) {
        ++line_number_;
        return Limit(absl::StrCat("a line longer than ", limits_.max_line_bytes,
                                  " bytes"));
      }
      if (line_end == absl::string_view::npos) {
        absl::StrAppend(&begun_line_, piece);
        return absl::OkStatus();
      }
      absl::Status status;
      if (begun_line_.empty()) {
        status = ParseLine(piece);
      } else {
        absl::StrAppend(&begun_line_, piece);
        status = ParseLine(begun_line_);
        begun_line_.clear();
      }
      if (!status.ok()) return status;
      text.remove_prefix(line_end + 1);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<SparseDataset> Finish() {
    if (!begun_line_.empty()) {
      RETURN_IF_ERROR(ParseLine(begun_line_));
    }
    if (num_samples_ == 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          name_, ": found no samples in ", line_number_,
          " lines, expected lines of the form label index:value ..."));
    }
    if (classes_.size() == 1) {
      return absl::InvalidArgumentError(absl::StrCat(
          name_, ": found one class only, label ", classes_[0].text, " on all ",
          num_samples_, " samples, expected two classes"));
    }
    if (!has_nonzero_) {
      return absl::InvalidArgumentError(absl::StrCat(
          name_, ": found no value other than 0 in any of ", num_samples_,
          " samples, expected at least one: there is nothing to learn from"));
    }
    features_.NumberColumns(num_features_, data_);
    const double larger = std::max(classes_[0].label, classes_[1].label);
    for (double& label : data_.labels) label = label == larger ? 1 : -1;
    return std::move(data_);
  }

  int64_t num_samples() const { return num_samples_; }  // kept or not

 private:
  struct Class {
    double label;
    std::string text;    // as its first sample spells it
    int64_t first_line;  // where that is
  };

  std::string Here() const { return absl::StrCat(name_, ":", line_number_); }

  absl::Status Error(absl::string_view found,
                     absl::string_view expected) const {
    return absl::InvalidArgumentError(
        absl::StrCat(Here(), ": found ", found, ", expected ", expected));
  }

  absl::Status Limit(absl::string_view found) const {
    return absl::ResourceExhaustedError(absl::StrCat(
        Here(), ": found ", found, ", expected at most that many"));
  }

  absl::Status ParseLine(absl::string_view line) {
    ++line_number_;
    if (line_number_ == 1) {
      absl::ConsumePrefix(&line, kByteOrderMark);
      if (const std::string other = OtherEncoding(line); !other.empty()) {
        return Error(absl::StrCat(other, " text"),
                     absl::StrCat("ASCII or UTF-8; iconv -f ", other,
                                  " -t UTF-8 converts it"));
      }
    }
    if (absl::StrContains(line, '\0')) {
      return Error(
          "a NUL byte",
          "LIBSVM text, plain or in a gzip, bzip2, xz or zstd archive");
    }
    line = WithoutComment(line);
    if (absl::EndsWith(line, "\r")) line.remove_suffix(1);
    const absl::string_view label = NextToken(line);
    if (label.empty()) return absl::OkStatus();
    RETURN_IF_ERROR(AddLabel(label));
    int64_t previous = limits_.first_index - 1;
    while (true) {
      const absl::string_view token = NextToken(line);
      if (token.empty()) break;
      RETURN_IF_ERROR(AddFeature(token, previous));
    }
    num_features_ = std::max(num_features_, previous - limits_.first_index + 1);
    if (shard_.Keeps(num_samples_)) {
      data_.row_begin.push_back(data_.num_nonzeros());
    } else {
      data_.columns.resize(data_.row_begin.back());
      data_.values.resize(data_.row_begin.back());
      data_.labels.pop_back();
    }
    ++num_samples_;
    return absl::OkStatus();
  }

  absl::Status AddLabel(absl::string_view token) {
    if (data_.num_samples() >= limits_.max_samples) {
      return Limit(absl::StrCat("more than ", limits_.max_samples, " samples"));
    }
    double label = 0;
    if (!ParseNumber(token, label)) {
      return Error(absl::StrCat("label ", Quoted(token)), "a finite number");
    }
    const bool known =
        std::any_of(classes_.begin(), classes_.end(),
                    [label](const Class& c) { return c.label == label; });
    if (!known) {
      if (classes_.size() == 2) {
        return Error(
            absl::StrCat("a third class, label ", Quoted(token)),
            absl::StrCat("two: ", classes_[0].text, " as on line ",
                         classes_[0].first_line, " and ", classes_[1].text,
                         " as on line ", classes_[1].first_line));
      }
      classes_.push_back({label, Quoted(token), line_number_});
    }
    data_.labels.push_back(label);
    return absl::OkStatus();
  }

  // `previous` is the index before this one in its line, the one below the
  // first feature's at the start.
  absl::Status AddFeature(absl::string_view token, int64_t& previous) {
    const size_t colon = token.find(':');
    const absl::string_view name = token.substr(0, colon);
    if (name == "qid") {
      return Error(absl::StrCat(Quoted(token), ", a ranking query"),
                   "index:value, data of two classes");
    }
    if (colon == absl::string_view::npos) {
      return Error(Quoted(token), "index:value");
    }
    const int64_t first = limits_.first_index;
    const int64_t last = first + limits_.max_features - 1;
    int64_t index = 0;
    const bool is_number = ParseIndex(name, last, index);
    if (!is_number || index < first || index > last) {
      return Error(
          absl::StrCat("index ", Quoted(name), " in ", Quoted(token)),
          absl::StrCat("a whole number from ", first, " to ", last,
                       is_number && index < first
                           ? "; --index_base=0 reads indices that count from 0"
                           : ""));
    }
    if (index == previous) {
      return Error(absl::StrCat("index ", index, " repeated"),
                   "ascending indices in a line");
    }
    if (index < previous) {
      return Error(absl::StrCat("index ", index, " after index ", previous),
                   "ascending indices in a line");
    }
    const absl::string_view value_text = token.substr(colon + 1);
    double value = 0;
    if (!ParseNumber(value_text, value)) {
      return Error(
          absl::StrCat("value ", Quoted(value_text), " for index ", index),
          "a finite number");
    }
    previous = index;
    if (value == 0) return absl::OkStatus();
    if (data_.num_nonzeros() >= limits_.max_nonzeros) {
      return Limit(
          absl::StrCat("more than ", limits_.max_nonzeros, " nonzeros"));
    }
    const auto feature = static_cast<int32_t>(index - first);
    features_.Add(feature);
    has_nonzero_ = true;
    data_.columns.push_back(feature);
    data_.values.push_back(value);
    return absl::OkStatus();
  }

  std::string name_;
  LibsvmLimits limits_;
  Shard shard_;
  int64_t num_samples_ = 0;
  int64_t num_features_ = 0;    // d: the largest index so far
  OccurringFeatures features_;  // of all samples, kept or not
  bool has_nonzero_ = false;
  SparseDataset data_;  // labels and features as in the file until Finish
  std::vector<Class> classes_;
  std::string begun_line_;  // the part so far of a line cut between pieces
  int64_t line_number_ = 0;
};

}  // namespace

absl::StatusOr<SparseDataset> ParseLibsvm(absl::string_view text,
                                          absl::string_view name,
                                          const LibsvmLimits& limits) {
  if (static_cast<int64_t>(text.size()) > limits.max_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat(name, ": found ", text.size(),
                     " bytes of text, expected at most ", limits.max_bytes));
  }
  Parser parser(name, limits);
  RETURN_IF_ERROR(parser.Feed(text));
  return parser.Finish();
}

absl::StatusOr<LibsvmFile> ReadLibsvm(const std::string& path,
                                      const LibsvmLimits& limits, Shard shard) {
  Parser parser(path, limits, shard);
  ASSIGN_OR_RETURN(std::string sha256,
                   ReadDecompressed(path, limits.max_bytes,
                                    [&parser](absl::string_view text) {
                                      return parser.Feed(text);
                                    }));
  ASSIGN_OR_RETURN(SparseDataset data, parser.Finish());
  return LibsvmFile{std::move(data), parser.num_samples(), std::move(sha256)};
}

}  // namespace local_sgd
