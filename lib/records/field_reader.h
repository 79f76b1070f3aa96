// Reads the fields of one CSV record one after another, and keeps the first
// error: what every kind of record is parsed with.

#ifndef LIB_RECORDS_FIELD_READER_H_
#define LIB_RECORDS_FIELD_READER_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/records/csv_reader.h"

namespace local_sgd {

// What a field may hold: numbers from or above one, or one of these words.
struct Accepted {
  std::optional<int64_t> at_least = {};
  std::optional<int64_t> above = {};
  std::vector<std::string> one_of = {};  // empty: any
};
inline Accepted AtLeast(int64_t number) { return {.at_least = number}; }
inline Accepted Above(int64_t number) { return {.above = number}; }
inline Accepted OneOf(std::vector<std::string> words) {
  return {.one_of = std::move(words)};
}
inline Accepted AnIterate() {
  return OneOf({"last", "uniform", "linear", "quadratic"});
}
inline Accepted AFamily() { return OneOf({"constant", "decaying"}); }

// After an error the values mean nothing; status() names file, line, column,
// the value and what was expected. `file` and `record` outlive the reader.
class FieldReader {
 public:
  FieldReader(const CsvFile& file, const CsvRecord& record)
      : file_(file), record_(record) {}

  // T is std::string, int64_t, double, uint64_t (a seed, below 2^63), bool (yes
  // or no), or an optional one of these: nothing for an empty field.
  template <class T>
  void Read(const std::string& column, const Accepted& accepted, T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
      value = Take(TextField(file_, record_, column));
      const std::vector<std::string>& words = accepted.one_of;
      Expect(words.empty() ||
                 std::find(words.begin(), words.end(), value) != words.end(),
             column, value, absl::StrJoin(words, ", "));
    } else if constexpr (std::is_same_v<T, bool>) {
      std::string word;
      Read(column, OneOf({"yes", "no"}), word);
      value = word == "yes";
    } else if constexpr (std::is_same_v<T, double>) {
      value = Take(NumberField(file_, record_, column));
      ExpectInRange(accepted, column, value);
    } else if constexpr (std::is_integral_v<T>) {
      const int64_t integer = Take(IntegerField(file_, record_, column));
      ExpectInRange(std::is_unsigned_v<T> ? AtLeast(0) : accepted, column,
                    integer);
      value = static_cast<T>(integer);
    } else {
      value.reset();
      if (IsThere(column)) Read(column, accepted, value.emplace());
    }
  }

  // An error unless `right`.
  template <class T>
  void Expect(bool right, const std::string& column, const T& value,
              const std::string& expected) {
    if (right || !status_.ok()) return;
    status_ = absl::InvalidArgumentError(
        absl::StrCat(file_.path, ":", record_.line, ": column '", column,
                     "' is '", value, "', expected ", expected));
  }

  // An error unless the gradients T K b are fewer than 2^63, as what reads the
  // records computes them; the three are at least 1.
  void ExpectCountable(int64_t iterations, int64_t workers, int64_t batch) {
    if (!status_.ok()) return;
    constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
    Expect(iterations <= kMost / workers / batch, "iterations", iterations,
           "fewer than 2^63 gradients T K b");
  }

  // An error unless the field is there exactly if `wanted`; `expected` says
  // what decides that.
  void ExpectPresence(bool wanted, const std::string& column,
                      const std::string& expected) {
    const std::string text =
        Take(OptionalTextField(file_, record_, column)).value_or("");
    Expect(IsThere(column) == wanted, column, text,
           absl::StrCat(wanted ? "a value " : "nothing ", expected));
  }

  // An error of the record as a whole.
  void Refuse(const std::string& what) {
    if (!status_.ok()) return;
    status_ = absl::InvalidArgumentError(
        absl::StrCat(file_.path, ":", record_.line, ": ", what));
  }

  const absl::Status& status() const { return status_; }

 private:
  bool IsThere(const std::string& column) {
    return Take(OptionalTextField(file_, record_, column)).has_value();
  }

  template <class T>
  void ExpectInRange(const Accepted& accepted, const std::string& column,
                     T value) {
    if (accepted.at_least) {
      Expect(value >= static_cast<T>(*accepted.at_least), column, value,
             absl::StrCat("at least ", *accepted.at_least));
    }
    if (accepted.above) {
      Expect(value > static_cast<T>(*accepted.above), column, value,
             absl::StrCat("above ", *accepted.above));
    }
  }

  template <class T>
  T Take(absl::StatusOr<T> value) {
    if (value.ok()) return *std::move(value);
    if (status_.ok()) status_ = value.status();
    return T();
  }

  const CsvFile& file_;
  const CsvRecord& record_;
  absl::Status status_;
};

}  // namespace local_sgd

#endif  // LIB_RECORDS_FIELD_READER_H_
