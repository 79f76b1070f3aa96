#include "analysis/compare.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "lib/files/output_file.h"
#include "lib/files/path_error.h"
#include "lib/program/derived_files.h"
#include "lib/records/csv_reader.h"
#include "lib/records/json_text.h"
#include "lib/records/outside_text.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;
using Field = std::optional<std::string>;  // nothing: absent or empty

constexpr size_t kShownDifferences = 20;
constexpr size_t kShownBytes = 80;  // of a value

// What no rerun on another machine repeats, wherever it stands in a JSON file.
const std::set<std::string>& IgnoredKeys() {
  static const auto* keys = new std::set<std::string>{
      "compiler",     "cores",        "cpu",     "data_url",
      "files",        "run",          "threads", "gradients_per_second",
      "step_seconds", "wall_seconds", "version"};
  return *keys;
}

std::optional<double> Number(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

std::string Shown(const Field& field) {
  if (!field) return "(nothing)";
  const std::string text = PrintableText(
      absl::StrReplaceAll(*field, {{"\n", "\\n"}, {"\r", "\\r"}}));
  if (text.size() <= kShownBytes) return text;
  // Once more, should the cut be in the middle of a letter.
  return PrintableText(text.substr(0, kShownBytes)) + "...";
}

// "old -> new", or nothing if they agree.
std::optional<std::string> FieldDifference(const Field& old_field,
                                           const Field& new_field,
                                           double tolerance) {
  std::optional<double> old_number, new_number;
  if (old_field) old_number = Number(*old_field);
  if (new_field) new_number = Number(*new_field);
  const bool is_nan = (old_number && std::isnan(*old_number)) ||
                      (new_number && std::isnan(*new_number));
  if (old_field == new_field && !is_nan) return std::nullopt;
  const std::string change =
      absl::StrCat(Shown(old_field), " -> ", Shown(new_field));
  if (!old_number || !new_number || !std::isfinite(*old_number) ||
      !std::isfinite(*new_number)) {
    return change;
  }
  const double scale = std::max(std::abs(*old_number), std::abs(*new_number));
  const double relative =
      scale == 0 ? 0 : std::abs(*old_number - *new_number) / scale;
  if (tolerance > 0 && relative <= tolerance) return std::nullopt;
  return absl::StrCat(change, " (relative difference ",
                      CellText(relative, Significant(3)), ")");
}

// Collects the differences of one file.
class FileDifferences {
 public:
  FileDifferences(std::string file, std::vector<Difference>& differences)
      : file_(std::move(file)), differences_(differences) {}

  void Add(int64_t line, std::string what) {
    differences_.push_back({file_, line, std::move(what)});
  }

 private:
  const std::string file_;
  std::vector<Difference>& differences_;
};

absl::Status CompareCsv(const std::string& old_path,
                        const std::string& new_path, double tolerance,
                        FileDifferences& differences) {
  ASSIGN_OR_RETURN(const CsvFile old_file, ReadCsv(old_path));
  ASSIGN_OR_RETURN(const CsvFile new_file, ReadCsv(new_path));

  // Indices in the old file and in the new one.
  std::vector<std::pair<size_t, size_t>> shared;
  const auto find = [](const CsvFile& file, const std::string& column) {
    return static_cast<size_t>(
        std::find(file.columns.begin(), file.columns.end(), column) -
        file.columns.begin());
  };
  for (size_t i = 0; i < old_file.columns.size(); ++i) {
    const size_t j = find(new_file, old_file.columns[i]);
    if (j < new_file.columns.size()) {
      shared.emplace_back(i, j);
    } else {
      differences.Add(1, absl::StrCat("column ", Shown(old_file.columns[i]),
                                      " is only in the old file"));
    }
  }
  for (const std::string& column : new_file.columns) {
    if (find(old_file, column) == old_file.columns.size()) {
      differences.Add(1, absl::StrCat("column ", Shown(column),
                                      " is only in the new file"));
    }
  }
  const bool same_order = std::is_sorted(
      shared.begin(), shared.end(),
      [](const auto& a, const auto& b) { return a.second < b.second; });
  if (!same_order) differences.Add(1, "the columns are in another order");

  const size_t old_size = old_file.records.size();
  const size_t new_size = new_file.records.size();
  for (size_t row = 0; row < std::min(old_size, new_size); ++row) {
    const CsvRecord& old_record = old_file.records[row];
    const CsvRecord& new_record = new_file.records[row];
    for (const auto& [i, j] : shared) {
      const auto difference = FieldDifference(old_record.fields[i],
                                              new_record.fields[j], tolerance);
      if (!difference) continue;
      differences.Add(old_record.line, absl::StrCat(Shown(old_file.columns[i]),
                                                    ": ", *difference));
    }
  }
  for (size_t row = new_size; row < old_size; ++row) {
    differences.Add(old_file.records[row].line,
                    "the record is only in the old file");
  }
  for (size_t row = old_size; row < new_size; ++row) {
    differences.Add(new_file.records[row].line,
                    "the record is only in the new file");
  }
  return absl::OkStatus();
}

absl::StatusOr<Json> ReadJson(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  absl::StatusOr<Json> json = ParseJson(text);
  if (!json.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", json.status().message()));
  }
  return json;
}

// The values that are no object or array (or an empty one) by their place,
// "flags.seed" or "seeds[0]", without those of ignored keys.
void AddLeaves(const std::string& place, const Json& json,
               std::map<std::string, std::string>& leaves) {
  if (json.is_object() && !json.empty()) {
    for (const auto& [key, value] : json.items()) {
      if (IgnoredKeys().count(key) > 0) continue;
      AddLeaves(place.empty() ? key : absl::StrCat(place, ".", key), value,
                leaves);
    }
  } else if (json.is_array() && !json.empty()) {
    for (size_t i = 0; i < json.size(); ++i) {
      AddLeaves(absl::StrCat(place, "[", i, "]"), json[i], leaves);
    }
  } else {
    leaves[place] = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

absl::Status CompareJson(const std::string& old_path,
                         const std::string& new_path, double tolerance,
                         FileDifferences& differences) {
  // Place to the old value and the new one.
  std::map<std::string, std::pair<Field, Field>> values;
  for (const bool is_old : {true, false}) {
    ASSIGN_OR_RETURN(const Json json, ReadJson(is_old ? old_path : new_path));
    std::map<std::string, std::string> leaves;
    AddLeaves("", json, leaves);
    for (const auto& [place, value] : leaves) {
      auto& [old_value, new_value] = values[place];
      (is_old ? old_value : new_value) = value;
    }
  }
  for (const auto& [place, pair] : values) {
    const auto difference = FieldDifference(pair.first, pair.second, tolerance);
    if (difference) {
      differences.Add(0, absl::StrCat(Shown(place), ": ", *difference));
    }
  }
  return absl::OkStatus();
}

// At most one difference, the first line that differs.
absl::Status CompareBytes(const std::string& old_path,
                          const std::string& new_path,
                          FileDifferences& differences) {
  ASSIGN_OR_RETURN(const std::string old_text, ReadFile(old_path));
  ASSIGN_OR_RETURN(const std::string new_text, ReadFile(new_path));
  if (old_text == new_text) return absl::OkStatus();
  const auto mismatch = std::mismatch(old_text.begin(), old_text.end(),
                                      new_text.begin(), new_text.end());
  const auto same = mismatch.first - old_text.begin();
  const int64_t line = 1 + std::count(old_text.begin(), mismatch.first, '\n');
  const size_t start = same == 0 ? 0 : old_text.rfind('\n', same - 1) + 1;
  const auto line_of = [start](const std::string& text) {
    Field field;
    if (start < text.size()) {
      const size_t end = std::min(text.find('\n', start), text.size() - 1);
      field = text.substr(start, end + 1 - start);
    }
    return Shown(field);
  };
  differences.Add(
      line, absl::StrCat("first of the lines that differ: ", line_of(old_text),
                         " -> ", line_of(new_text)));
  return absl::OkStatus();
}

// Adds the files in the folder, by their path inside it.
absl::Status AddFiles(const std::string& folder, std::set<std::string>& files) {
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(folder, error), end;
  while (!error && entry != end) {
    if (entry->is_regular_file(error)) {
      files.insert(entry->path().lexically_relative(folder).generic_string());
    }
    if (!error) entry.increment(error);
  }
  if (!error) return absl::OkStatus();
  return absl::Status(absl::ErrnoToStatusCode(error.value()),
                      absl::StrCat("cannot read folder ", folder, ": ",
                                   PathErrorText(folder, error.value())));
}

}  // namespace

absl::StatusOr<FolderComparison> CompareFolders(const std::string& old_folder,
                                                const std::string& new_folder,
                                                double tolerance) {
  std::set<std::string> in_old, in_new;
  absl::Status status = AddFiles(old_folder, in_old);
  if (status.ok()) status = AddFiles(new_folder, in_new);
  if (!status.ok()) return status;
  std::set<std::string> all = in_old;
  all.insert(in_new.begin(), in_new.end());

  FolderComparison comparison;
  for (const std::string& file : all) {
    const std::string kind = std::filesystem::path(file).extension().string();
    const bool is_text = kind == ".md" || kind == ".tex" || kind == ".txt";
    // What describes the files of a folder has their checksums and version.
    const bool is_about = absl::EndsWith(file, ".origin.json") ||
                          absl::EndsWith(file, kDerivedFilesName);
    if (is_about ||
        (kind != ".csv" && kind != ".json" && !(is_text && tolerance == 0))) {
      ++comparison.left_out_files;
      comparison.left_out_kinds.insert(
          is_about ? "origins" : PrintableText(kind.empty() ? file : kind));
      continue;
    }
    const size_t before = comparison.differences.size();
    FileDifferences differences(file, comparison.differences);
    const std::string old_path = absl::StrCat(old_folder, "/", file);
    const std::string new_path = absl::StrCat(new_folder, "/", file);
    if (in_new.count(file) == 0) {
      differences.Add(0, absl::StrCat("only in ", old_folder));
    } else if (in_old.count(file) == 0) {
      differences.Add(0, absl::StrCat("only in ", new_folder));
    } else if (kind == ".csv") {
      status = CompareCsv(old_path, new_path, tolerance, differences);
    } else if (kind == ".json") {
      status = CompareJson(old_path, new_path, tolerance, differences);
    } else {
      status = CompareBytes(old_path, new_path, differences);
    }
    if (!status.ok()) return status;
    const size_t after = comparison.differences.size();
    comparison.files.push_back({file, static_cast<int64_t>(after - before)});
  }
  if (comparison.files.empty()) {
    return absl::NotFoundError(absl::StrCat("nothing to compare in ",
                                            old_folder, " and ", new_folder,
                                            ", expected CSV or JSON files"));
  }
  return comparison;
}

std::string ComparisonText(const FolderComparison& comparison,
                           double tolerance) {
  const std::vector<Difference>& differences = comparison.differences;
  const auto count_text = [](int64_t count, const std::string& noun) {
    return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
  };
  std::string text;
  for (size_t i = 0; i < std::min(differences.size(), kShownDifferences); ++i) {
    absl::StrAppend(&text, PrintableText(differences[i].file), ":");
    if (differences[i].line > 0)
      absl::StrAppend(&text, differences[i].line, ":");
    absl::StrAppend(&text, " ", differences[i].what, "\n");
  }
  if (differences.size() > kShownDifferences) {
    absl::StrAppend(&text, "and ", differences.size() - kShownDifferences,
                    " more\n");
  }
  if (comparison.left_out_files > 0) {
    absl::StrAppend(
        &text, "left out: ", count_text(comparison.left_out_files, "file"),
        " (", absl::StrJoin(comparison.left_out_kinds, ", "), ")\n");
  }
  absl::StrAppend(&text, "left out of JSON files: ",
                  absl::StrJoin(IgnoredKeys(), ", "), "\n");
  int64_t files_that_differ = 0;
  for (const ComparedFile& file : comparison.files) {
    if (file.differences > 0) ++files_that_differ;
    absl::StrAppend(&text, PrintableText(file.file), ": ",
                    count_text(file.differences, "difference"), "\n");
  }
  const std::string all =
      count_text(static_cast<int64_t>(comparison.files.size()), "file");
  if (files_that_differ == 0) {
    absl::StrAppend(&text, "the folders agree");
  } else {
    absl::StrAppend(&text, "the folders differ in ", files_that_differ);
  }
  absl::StrAppend(&text, files_that_differ == 0 ? ": " : " of ", all,
                  tolerance > 0 ? " within " : ", exactly",
                  tolerance > 0 ? ShortestText(tolerance) : "", "\n");
  return text;
}

}  // namespace local_sgd
