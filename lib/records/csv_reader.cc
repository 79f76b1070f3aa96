#include "lib/records/csv_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "lib/files/output_file.h"
#include "lib/records/outside_text.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

absl::Status ErrorAt(const std::string& path, int64_t line,
                     const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ":", line, ": ", what));
}

absl::Status FieldError(const CsvFile& file, const CsvRecord& record,
                        const std::string& column, const std::string& value,
                        const std::string& expected) {
  return ErrorAt(file.path, record.line,
                 absl::StrCat("column '", column, "' is '", value,
                              "', expected ", expected));
}

// Splits contents into records; says nothing about their lengths.
absl::StatusOr<std::vector<CsvRecord>> Split(const std::string& contents,
                                             const std::string& path) {
  std::vector<CsvRecord> records;
  int64_t line = 1;
  size_t at = 0;
  while (at < contents.size()) {
    CsvRecord record;
    record.line = line;
    for (bool more = true; more;) {
      std::optional<std::string> field;
      if (at < contents.size() && contents[at] == '"') {
        field.emplace();
        ++at;
        for (;; ++at) {
          if (at == contents.size()) {
            return ErrorAt(path, record.line, "a quote that is never closed");
          }
          if (contents[at] == '"') {
            if (at + 1 == contents.size() || contents[at + 1] != '"') break;
            ++at;
          }
          if (contents[at] == '\n') ++line;
          *field += contents[at];
        }
        ++at;
      } else {
        const size_t end =
            std::min(contents.find_first_of(",\n", at), contents.size());
        std::string text = contents.substr(at, end - at);
        at = end;
        // The "\r" of a line end is not part of the field.
        if (!text.empty() && text.back() == '\r' &&
            (at == contents.size() || contents[at] == '\n')) {
          text.pop_back();
        }
        if (text.find('"') != std::string::npos) {
          return ErrorAt(path, line, "a quote inside a field without quotes");
        }
        if (!text.empty()) field = text;
      }
      record.fields.push_back(std::move(field));
      if (at < contents.size() && contents[at] == '\r') ++at;
      if (at == contents.size()) {
        more = false;
      } else if (contents[at] == '\n') {
        more = false;
        ++line;
        ++at;
      } else if (contents[at] == ',') {
        ++at;
      } else {
        return ErrorAt(path, line,
                       "text after a closing quote, expected ',' or the end of "
                       "the line");
      }
    }
    records.push_back(std::move(record));
  }
  return records;
}

// A field may have lines and tabs; the rest of it can be shown.
std::string Printable(absl::string_view field) {
  std::string text;
  while (!field.empty()) {
    const size_t end = std::min(field.find_first_of("\n\r\t"), field.size());
    text += PrintableText(field.substr(0, end));
    if (end < field.size()) text += field[end];
    field.remove_prefix(std::min(end + 1, field.size()));
  }
  return text;
}

}  // namespace

absl::StatusOr<CsvFile> ParseCsv(const std::string& contents,
                                 const std::string& path) {
  ASSIGN_OR_RETURN(std::vector<CsvRecord> records, Split(contents, path));
  if (records.empty()) {
    return ErrorAt(path, 1, "an empty file, expected a line of column names");
  }
  CsvFile file;
  file.path = path;
  std::set<std::string> names;
  for (const std::optional<std::string>& name : records.front().fields) {
    if (!name || name->empty()) return ErrorAt(path, 1, "an empty column name");
    if (!names.insert(*name).second) {
      return ErrorAt(path, 1, absl::StrCat("two columns named '", *name, "'"));
    }
    file.columns.push_back(*name);
  }
  file.records.assign(std::make_move_iterator(records.begin() + 1),
                      std::make_move_iterator(records.end()));
  for (const CsvRecord& record : file.records) {
    if (record.fields.size() != file.columns.size()) {
      return ErrorAt(path, record.line,
                     absl::StrCat(record.fields.size(), " fields, expected ",
                                  file.columns.size()));
    }
  }
  return file;
}

absl::StatusOr<CsvFile> ReadCsv(const std::string& path) {
  ASSIGN_OR_RETURN(std::string contents, ReadFile(path));
  ASSIGN_OR_RETURN(CsvFile file, ParseCsv(contents, path));
  for (std::string& name : file.columns) name = PrintableText(name);
  for (CsvRecord& record : file.records) {
    for (std::optional<std::string>& field : record.fields) {
      if (field) *field = Printable(*field);
    }
  }
  return file;
}

absl::Status ExpectColumns(const CsvFile& file,
                           const std::vector<std::string>& columns) {
  if (file.columns == columns) return absl::OkStatus();
  return ErrorAt(file.path, 1,
                 absl::StrCat("columns ", absl::StrJoin(file.columns, ","),
                              ", expected ", absl::StrJoin(columns, ",")));
}

absl::StatusOr<std::optional<std::string>> OptionalTextField(
    const CsvFile& file, const CsvRecord& record, const std::string& column) {
  const auto found =
      std::find(file.columns.begin(), file.columns.end(), column);
  if (found == file.columns.end()) {
    return absl::NotFoundError(
        absl::StrCat(file.path, ": no column '", column, "'"));
  }
  return record.fields[found - file.columns.begin()];
}

absl::StatusOr<std::string> TextField(const CsvFile& file,
                                      const CsvRecord& record,
                                      const std::string& column) {
  ASSIGN_OR_RETURN(auto field, OptionalTextField(file, record, column));
  if (!field) return FieldError(file, record, column, "", "a value");
  return *field;
}

absl::StatusOr<int64_t> IntegerField(const CsvFile& file,
                                     const CsvRecord& record,
                                     const std::string& column) {
  ASSIGN_OR_RETURN(auto field, TextField(file, record, column));
  int64_t value = 0;
  const char* end = field.data() + field.size();
  const auto result = std::from_chars(field.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end) {
    return FieldError(file, record, column, field, "an integer");
  }
  return value;
}

absl::StatusOr<std::optional<double>> OptionalNumberField(
    const CsvFile& file, const CsvRecord& record, const std::string& column) {
  ASSIGN_OR_RETURN(auto field, OptionalTextField(file, record, column));
  if (!field) return std::optional<double>();
  double value = 0;
  const char* end = field->data() + field->size();
  const auto result = std::from_chars(field->data(), end, value);
  if (result.ec != std::errc() || result.ptr != end || !std::isfinite(value)) {
    return FieldError(file, record, column, *field, "a finite number");
  }
  return std::optional<double>(value);
}

absl::StatusOr<double> NumberField(const CsvFile& file, const CsvRecord& record,
                                   const std::string& column) {
  ASSIGN_OR_RETURN(auto value, OptionalNumberField(file, record, column));
  if (!value) return FieldError(file, record, column, "", "a finite number");
  return *value;
}

}  // namespace local_sgd
