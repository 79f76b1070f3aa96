#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "analysis/report/html.h"
#include "analysis/report/sections.h"
#include "analysis/report_files.h"
#include "lib/records/csv_reader.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kCommand[] = "bazel run //analysis:tables";

// A record file as a table. A column is numbers where every field is one.
Table CsvTable(const CsvFile& file, const RecordsTable& known) {
  std::vector<std::string> shown = file.columns;
  if (!known.columns.empty()) {
    shown.clear();
    for (absl::string_view name : absl::StrSplit(known.columns, ',')) {
      const auto here =
          std::find(file.columns.begin(), file.columns.end(), name);
      if (here != file.columns.end()) shown.emplace_back(*here);
    }
  }
  Table table;
  table.title = known.title;
  table.rows.resize(file.records.size());
  for (const std::string& name : shown) {
    const size_t column =
        std::find(file.columns.begin(), file.columns.end(), name) -
        file.columns.begin();
    std::vector<Cell> numbers;
    bool all_numbers = true;
    for (const CsvRecord& record : file.records) {
      const std::optional<std::string>& field = record.fields[column];
      int64_t count = 0;
      double measure = 0;
      if (!field) {
        numbers.emplace_back();
      } else if (absl::SimpleAtoi(*field, &count)) {
        numbers.emplace_back(count);
      } else if (absl::SimpleAtod(*field, &measure) && std::isfinite(measure)) {
        numbers.emplace_back(measure);
      } else {
        all_numbers = false;
        break;
      }
    }
    table.columns.push_back({name, "", Significant(6)});
    for (size_t i = 0; i < file.records.size(); ++i) {
      table.rows[i].push_back(
          all_numbers ? numbers[i] : ToCell(file.records[i].fields[column]));
    }
  }
  return table;
}

// Tables under a title, with a word where there are none.
Json Group(const std::string& title, Json tables,
           absl::string_view missing = "") {
  return {{"title", title},
          {"tables", std::move(tables)},
          {"missing", std::string(missing)}};
}

absl::StatusOr<Json> PricedTables(const PageContents& page) {
  const std::string command =
      page.rho ? absl::StrCat(kCommand, " -- --rho=", ShortestText(*page.rho))
               : kCommand;
  Json tables = Json::array();
  for (const AnyStudy& study : page.studies) {
    if (study.priced_tables == nullptr) continue;
    for (const LabelledTable& labelled : study.priced_tables(page.evidence)) {
      const bool open = absl::StartsWith(labelled.label, "largest-speedups");
      ASSIGN_OR_RETURN(const auto table,
                       ToHtml(labelled.table, {labelled.label, command, open}));
      tables.push_back(table);
    }
  }
  return tables;
}

// Those that no price changes, under the titles of their figures.
absl::Status AddReports(const PageContents& page, size_t most_bytes,
                        Json& groups) {
  const auto reports = ReadReports(page.studies, page.folder);
  if (absl::IsNotFound(reports.status())) {  // of one, beside its records
    groups.push_back(Group("", Json::array(), reports.status().message()));
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(reports.status());
  const std::vector<FigureKind> kinds = FigureKinds(page.studies);
  for (const ExperimentReport& report : *reports) {
    Json tables = Json::array();
    for (const LabelledTable& labelled : report.tables) {
      ASSIGN_OR_RETURN(
          const auto table,
          ToHtml(labelled.table, {labelled.label, kCommand, /*open=*/false,
                                  /*records=*/false, most_bytes}));
      tables.push_back(table);
    }
    const size_t kind = KindOf(kinds, report.name);
    groups.push_back(
        Group(kind < kinds.size() ? kinds[kind].title : report.name,
              std::move(tables)));
  }
  return absl::OkStatus();
}

absl::StatusOr<Json> RecordTables(const PageContents& page, size_t most_bytes) {
  Json tables = Json::array();
  for (const AnyStudy& study : page.studies) {
    for (const RecordsTable& known : study.tables) {
      if (page.files.count(known.file) == 0) continue;
      ASSIGN_OR_RETURN(const auto file,
                       ReadCsv(absl::StrCat(page.folder, "/", known.file)));
      Table table = CsvTable(file, known);
      table.notes_below.push_back(absl::StrCat("File ", known.file, "."));
      const std::string label =
          absl::StrReplaceAll(known.file, {{".csv", ""}, {"_", "-"}});
      ASSIGN_OR_RETURN(
          const auto html,
          ToHtml(table, {label, CommandOf(study, known),
                         /*open=*/false, /*records=*/true, most_bytes}));
      tables.push_back(html);
    }
  }
  return tables;
}

}  // namespace

absl::StatusOr<std::string> TablesHtml(const PageContents& page,
                                       size_t most_bytes) {
  Json groups = Json::array();
  ASSIGN_OR_RETURN(Json priced, PricedTables(page));
  groups.push_back(Group("", std::move(priced)));
  if (!page.rho) RETURN_IF_ERROR(AddReports(page, most_bytes, groups));
  ASSIGN_OR_RETURN(Json records, RecordTables(page, most_bytes));
  groups.push_back(Group("Records", std::move(records)));
  return Render("tables.mustache", {{"groups", std::move(groups)}});
}

}  // namespace local_sgd
