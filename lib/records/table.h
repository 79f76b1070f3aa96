// A table as a value: columns, rows of cells, the words around it. Everything
// that the suite publishes is first a Table, then text.

#ifndef LIB_RECORDS_TABLE_H_
#define LIB_RECORDS_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nlohmann/json_fwd.hpp"

namespace local_sgd {

// Nothing (a target that was not reached, say), a count, a measure, or words.
using Cell = std::variant<std::monostate, int64_t, double, std::string>;

template <typename T>
Cell ToCell(const std::optional<T>& value) {
  Cell cell;
  if (value) cell = *value;
  return cell;
}

// How a column's doubles look to a human reader (text, Markdown, LaTeX). CSV
// and JSON ignore it: they keep every bit.
struct Precision {
  enum class Kind { kShortest, kDecimals, kSignificant };
  Kind kind = Kind::kShortest;
  int digits = 0;
};
constexpr Precision Shortest() { return {}; }  // fewest that round trip
constexpr Precision Decimals(int digits) {     // 2: 3.14
  return {Precision::Kind::kDecimals, digits};
}
constexpr Precision Significant(int digits) {  // 3: 3.14, 0.000314, 3.14e-09
  return {Precision::Kind::kSignificant, digits};
}

struct Column {
  std::string name;     // in CSV and JSON
  std::string heading;  // for a human reader; empty: the name
  Precision precision = {};
};

struct Table {
  std::string title;  // LaTeX: the caption
  std::vector<std::string> notes_above;
  std::vector<std::string> notes_below;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  // each as long as columns
};

// InvalidArgument, naming title, row and column, unless column names are
// distinct and not empty, rows as long as columns, and doubles finite. All
// writers below return this error.
absl::Status Validate(const Table& table);

// Aligned columns between title and notes, for a terminal. "-" is nothing.
absl::StatusOr<std::string> ToText(const Table& table);

// "name  value" lines, one block a row: for tables of one or few rows.
absl::StatusOr<std::string> ToTextList(const Table& table);

// Header and rows, quoted as in RFC 4180, lines ended by "\n". Doubles in the
// shortest form that round trips, nothing as an empty field, an empty string
// as "".
absl::StatusOr<std::string> ToCsv(const Table& table);

// An array with one object a row, keys in the order of the columns. Doubles
// round trip; nothing is null.
absl::StatusOr<nlohmann::ordered_json> ToJsonValue(const Table& table);
absl::StatusOr<std::string> ToJson(const Table& table);

// Two spaces a level and a final newline. Bytes that are not UTF-8 become
// U+FFFD.
std::string JsonText(const nlohmann::ordered_json& value);

absl::StatusOr<std::string> ToMarkdown(const Table& table);

// A booktabs table with the title as caption; `label` without "tab:".
absl::StatusOr<std::string> ToLatex(const Table& table,
                                    const std::string& label);

// The text of one cell as readers see it, "" for nothing.
std::string CellText(const Cell& cell, Precision precision);

// The fewest digits that read back as the same double; with an exponent only
// below 1e-5 and from 1e15 on.
std::string ShortestText(double value);

std::string EscapeLatex(const std::string& text);
std::string EscapeMarkdown(const std::string& text);

}  // namespace local_sgd

#endif  // LIB_RECORDS_TABLE_H_
