#include "analysis/report/page.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analysis/claims.h"
#include "analysis/report/html.h"
#include "analysis/report/sections.h"
#include "experiments/measured_speedup/groups.h"
#include "experiments/measured_speedup/records.h"
#include "lib/files/output_file.h"
#include "lib/files/path_error.h"
#include "lib/program/derived_files.h"
#include "lib/records/csv_reader.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/finding_record.h"
#include "lib/records/json_text.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

absl::StatusOr<std::set<std::string>> FilesIn(const std::string& folder) {
  std::set<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error), end;
  const bool is_there = !error;
  for (; !error && entry != end; entry.increment(error)) {
    names.insert(entry->path().filename().string());
  }
  if (!error) return names;
  return absl::Status(
      is_there ? absl::StatusCode::kUnavailable : absl::StatusCode::kNotFound,
      absl::StrCat("cannot list ", folder, ": ",
                   PathErrorText(folder, error.value())));
}

// An object from a JSON file; an empty one if there is no such file.
absl::StatusOr<Json> ReadJsonObject(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (absl::IsNotFound(text.status())) return Json::object();
  if (!text.ok()) return text.status();
  absl::StatusOr<Json> json = ParseJson(*text);
  if (!json.ok() || !json->is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": expected a JSON object",
        json.ok() ? "" : absl::StrCat(", found ", json.status().message())));
  }
  return json;
}

// What the explorer starts with: the recorded price, d and the measured points.
std::string ExplorerData(const std::vector<SpeedupRecord>& records,
                         const Json& constants, std::optional<double> rho) {
  Json data;
  data["rho"] = rho ? *rho : records.empty() ? 25.0 : records.front().rho;
  // A message holds the features that occur; older records know d alone.
  auto d = constants.find("occurring_features");
  if (d == constants.end()) d = constants.find("features");
  data["d"] = d != constants.end() && d->is_number_integer() ? *d : Json(300);
  Json& groups = data["groups"] = Json::array();
  for (const SpeedupGroup& group : GroupSpeedups(records)) {
    Json points = Json::array();
    for (const SpeedupRecord& record : group.records) {
      if (!record.speedup_free) continue;
      Json point;
      point["workers"] = record.workers;
      point["period"] = record.period;
      point["speedup_free"] = *record.speedup_free;
      point["stderr"] = nullptr;
      if (record.speedup_free_stderr) {
        point["stderr"] = *record.speedup_free_stderr;
      }
      points.push_back(std::move(point));
    }
    if (points.empty()) continue;
    Json json;
    json["dataset"] = group.dataset;
    json["step_size"] = group.step_size;
    json["epsilon"] = group.epsilon;
    json["batch"] = group.batch;
    json["points"] = std::move(points);
    groups.push_back(std::move(json));
  }
  // "<" would end the script element or open a comment.
  return absl::StrReplaceAll(
      data.dump(-1, ' ', true, Json::error_handler_t::replace),
      {{"<", "\\u003c"}});
}

// The notices of all data that something on the page is of.
Json NoticesOf(const PageContents& page) {
  std::set<std::string> datasets = {JsonFieldText(page.manifest, "dataset"),
                                    JsonFieldText(page.constants, "dataset")};
  for (const SpeedupRecord& record : page.evidence.speedups) {
    datasets.insert(record.dataset);
  }
  for (const FindingRecord& finding : page.evidence.findings) {
    datasets.insert(finding.dataset);
  }
  Json notices = Json::array();
  for (const std::string& dataset : datasets) {
    for (const std::string& notice : DatasetNotice(dataset)) {
      notices.push_back(notice);
    }
  }
  return notices;
}

absl::StatusOr<std::vector<FindingRecord>> ReadFindings(
    const PageContents& page) {
  std::vector<FindingRecord> findings;
  for (const std::string& file : page.files) {
    if (!absl::EndsWith(file, "_findings.csv")) continue;
    ASSIGN_OR_RETURN(const auto csv,
                     ReadCsv(absl::StrCat(page.folder, "/", file)));
    ASSIGN_OR_RETURN(const auto more, ParseRecords(FindingSchema(), csv));
    findings.insert(findings.end(), more.begin(), more.end());
  }
  return findings;
}

bool HasNothing(const PageContents& page) {
  std::set<std::string> known;
  for (const AnyStudy& study : page.studies) {
    for (const RecordsTable& table : study.tables) known.insert(table.file);
  }
  return std::none_of(
      page.files.begin(), page.files.end(), [&known](const std::string& file) {
        return known.count(file) > 0 || absl::EndsWith(file, ".svg") ||
               absl::EndsWith(file, "_findings.csv");
      });
}

absl::StatusOr<PageContents> ReadContents(const std::vector<AnyStudy>& studies,
                                          const std::string& input_dir,
                                          const std::string& figures_dir,
                                          std::optional<double> rho) {
  PageContents page;
  page.studies = studies;
  page.folder = input_dir;
  page.figures_folder = figures_dir;
  page.rho = rho;
  ASSIGN_OR_RETURN(page.files, FilesIn(input_dir));
  ASSIGN_OR_RETURN(page.evidence.findings, ReadFindings(page));
  if (HasNothing(page)) {
    return absl::NotFoundError(
        absl::StrCat(input_dir, " has no records and no figures"));
  }
  if (page.files.count("measured_speedup.csv") > 0) {
    ASSIGN_OR_RETURN(page.evidence.speedups, ReadSpeedups(input_dir, rho));
  }
  ASSIGN_OR_RETURN(page.manifest, ReadJsonObject(input_dir + "/manifest.json"));
  ASSIGN_OR_RETURN(page.constants,
                   ReadJsonObject(input_dir + "/problem_constants.json"));
  ASSIGN_OR_RETURN(const auto claims,
                   ParseClaims(ClaimsFile(), kClaimsFileName));
  ASSIGN_OR_RETURN(page.claims, EvaluateClaims(claims, input_dir));
  // With another price there may be no figures yet.
  auto figures = FilesIn(figures_dir);
  if (figures.ok()) {
    page.figure_files = *std::move(figures);
  } else if (!absl::IsNotFound(figures.status())) {
    return figures.status();
  }
  return page;
}

}  // namespace

absl::StatusOr<std::string> ReportHtml(const std::vector<AnyStudy>& studies,
                                       const std::string& input_dir,
                                       const std::string& figures_dir,
                                       std::optional<double> rho) {
  ASSIGN_OR_RETURN(const PageContents page,
                   ReadContents(studies, input_dir, figures_dir, rho));
  const Json notices = NoticesOf(page);
  Json values = {
      {"css", Part("report.css")},
      {"is_noticed", !notices.empty()},
      {"notices", notices},
      {"claims", ClaimsHtml(page)},
      {"data", ExplorerData(page.evidence.speedups, page.constants, rho)},
      {"model_js", Part("speedup_model.js")},
      {"tables_js", Part("tables.js")},
      {"explorer_js", Part("explorer.js")}};
  ASSIGN_OR_RETURN(values["findings"], FindingsHtml(page));
  ASSIGN_OR_RETURN(values["figures"], FiguresHtml(page));
  ASSIGN_OR_RETURN(values["run"], RunHtml(page));
  // Tables of records and of experiments, which files have anyway, give way.
  std::string html;
  for (size_t most_bytes : {200'000, 100'000, 40'000}) {
    ASSIGN_OR_RETURN(values["tables"], TablesHtml(page, most_bytes));
    html = Render("page.mustache", values) + "\n";
    if (html.size() < kMostBytes) break;
  }
  return html;
}

absl::StatusOr<std::vector<std::string>> WriteReport(
    const std::vector<AnyStudy>& studies, const std::string& input_dir,
    const std::string& output_dir, std::optional<double> rho) {
  ASSIGN_OR_RETURN(
      const auto html,
      ReportHtml(studies, input_dir, rho ? output_dir : input_dir, rho));
  RETURN_IF_ERROR(EnsureFolder(output_dir));
  const std::string path = absl::StrCat(output_dir, "/", kReportName);
  RETURN_IF_ERROR(WriteFileAtomically(path, html));
  RETURN_IF_ERROR(
      NoteDerivedFiles({path}, input_dir, ShownRecords(studies), output_dir));
  return std::vector<std::string>{path};
}

}  // namespace local_sgd
