// Reads the fields of one CSV record one after another, and keeps the first
// error: what every kind of record is parsed with.

#ifndef LIB_RESULTS_FIELD_READER_H_
#define LIB_RESULTS_FIELD_READER_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/results/csv_reader.h"
#include "lib/results/diverged_column.h"

namespace local_sgd {

// What FieldReader::OneOf accepts in more than one kind of record.
inline const std::vector<std::string>& IterateChoices() {
  static const auto& choices =
      *new std::vector<std::string>{"last", "uniform", "linear", "quadratic"};
  return choices;
}
inline const std::vector<std::string>& FamilyChoices() {
  static const auto& choices =
      *new std::vector<std::string>{"constant", "decaying"};
  return choices;
}

// After an error the values mean nothing; status() names file, line, column,
// the value and what was expected. The Optional forms accept an empty field.
// `file` and `record` outlive the reader.
class FieldReader {
 public:
  FieldReader(const CsvFile& file, const CsvRecord& record)
      : file_(file), record_(record) {}

  std::string Text(const char* column) {
    return Take(TextField(file_, record_, column));
  }
  std::optional<std::string> OptionalText(const char* column) {
    return Take(OptionalTextField(file_, record_, column));
  }
  std::string OneOf(const char* column,
                    const std::vector<std::string>& choices) {
    std::string value = Text(column);
    ExpectChoice(column, value, choices);
    return value;
  }
  std::optional<std::string> OptionalOneOf(
      const char* column, const std::vector<std::string>& choices) {
    std::optional<std::string> value = OptionalText(column);
    if (value) ExpectChoice(column, *value, choices);
    return value;
  }

  int64_t Integer(const char* column) {
    return Take(IntegerField(file_, record_, column));
  }
  std::optional<int64_t> OptionalInteger(const char* column) {
    if (!OptionalText(column)) return std::nullopt;
    return Integer(column);
  }
  int64_t IntegerFrom(int64_t minimum, const char* column) {
    const int64_t value = Integer(column);
    Expect(value >= minimum, column, value, absl::StrCat("at least ", minimum));
    return value;
  }
  int64_t Count(const char* column) { return IntegerFrom(1, column); }
  std::optional<int64_t> OptionalCount(const char* column) {
    if (!OptionalText(column)) return std::nullopt;
    return Count(column);
  }

  double Number(const char* column) {
    return Take(NumberField(file_, record_, column));
  }
  double NumberFromZero(const char* column) {
    const double value = Number(column);
    Expect(value >= 0, column, value, "at least 0");
    return value;
  }
  double NumberAboveZero(const char* column) {
    const double value = Number(column);
    Expect(value > 0, column, value, "above 0");
    return value;
  }
  std::optional<double> OptionalNumber(const char* column) {
    return Take(OptionalNumberField(file_, record_, column));
  }
  std::optional<double> OptionalNumberFromZero(const char* column) {
    if (!OptionalText(column)) return std::nullopt;
    return NumberFromZero(column);
  }
  std::optional<double> OptionalNumberAboveZero(const char* column) {
    if (!OptionalText(column)) return std::nullopt;
    return NumberAboveZero(column);
  }

  // An error unless `right`.
  template <typename T>
  void Expect(bool right, const char* column, const T& value,
              const std::string& expected) {
    if (right || !status_.ok()) return;
    status_ = absl::InvalidArgumentError(
        absl::StrCat(file_.path, ":", record_.line, ": column '", column,
                     "' is '", value, "', expected ", expected));
  }

  // See diverged_column.h.
  bool Diverged() {
    const std::string yes = DivergedCell(true);
    return OneOf(kDivergedColumn, {yes, DivergedCell(false)}) == yes;
  }

  // An error unless the gradients T K b are fewer than 2^63, as what reads the
  // records computes them; the three come from Count.
  void ExpectCountable(int64_t iterations, int64_t workers, int64_t batch) {
    if (!status_.ok()) return;
    constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
    Expect(iterations <= kMost / workers / batch, "iterations", iterations,
           "fewer than 2^63 gradients T K b");
  }

  // An error unless the field is there exactly if `wanted`; `expected` says
  // what decides that.
  void ExpectPresence(bool wanted, const char* column,
                      const std::string& expected) {
    const std::optional<std::string> text = OptionalText(column);
    Expect(text.has_value() == wanted, column, text.value_or(""),
           absl::StrCat(wanted ? "a value " : "nothing ", expected));
  }

  const absl::Status& status() const { return status_; }

 private:
  template <typename T>
  T Take(absl::StatusOr<T> value) {
    if (value.ok()) return *std::move(value);
    if (status_.ok()) status_ = value.status();
    return T();
  }

  void ExpectChoice(const char* column, const std::string& value,
                    const std::vector<std::string>& choices) {
    Expect(std::find(choices.begin(), choices.end(), value) != choices.end(),
           column, value, absl::StrJoin(choices, ", "));
  }

  const CsvFile& file_;
  const CsvRecord& record_;
  absl::Status status_;
};

}  // namespace local_sgd

#endif  // LIB_RESULTS_FIELD_READER_H_
