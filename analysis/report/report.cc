#include "analysis/report/report.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "analysis/claims.h"
#include "analysis/experiment_reports.h"
#include "analysis/finding_sentences.h"
#include "analysis/report/html.h"
#include "analysis/report_files.h"
#include "analysis/speedup_groups.h"
#include "analysis/tables.h"
#include "lib/files/output_file.h"
#include "lib/files/path_error.h"
#include "lib/program/derived_files.h"
#include "lib/program/file_checksum.h"
#include "lib/records/csv_reader.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/finding_record.h"
#include "lib/records/json_text.h"
#include "lib/records/outside_text.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"
#include "lib/theory/speedup_model.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

constexpr unsigned char kPage[] = {
#include "analysis/report/report_html.inc"
};
constexpr unsigned char kStyle[] = {
#include "analysis/report/report_css.inc"
};
constexpr unsigned char kModelScript[] = {
#include "analysis/report/speedup_model_js.inc"
};
constexpr unsigned char kTablesScript[] = {
#include "analysis/report/tables_js.inc"
};
constexpr unsigned char kExplorerScript[] = {
#include "analysis/report/explorer_js.inc"
};

template <typename Bytes>
std::string Text(const Bytes& bytes) {
  return std::string(std::begin(bytes), std::end(bytes));
}

// A file of records that the report shows as a table, and the experiment whose
// findings, if any, are in EXPERIMENT_findings.csv. A new one is a line here.
struct KnownFile {
  const char* experiment;
  const char* file;
  const char* title;
  const char* command;
  const char* columns;  // shown, separated by commas; empty: all
};
constexpr KnownFile kKnownFiles[] = {
    {"measured_speedup", "measured_speedup.csv", "Measured speedups, records",
     "bazel run //experiments:measured_speedup",
     "step_size,epsilon,batch,workers,period,seeds,seeds_reached,iterations,"
     "iterations_stderr,iterate,chosen_family,chosen_exponent,speedup_free,"
     "speedup_free_stderr,speedup_star,speedup_ring,rho"},
    {"measured_speedup", "measured_iterations.csv",
     "Iterations T(eps) of every seed, records",
     "bazel run //experiments:measured_speedup", ""},
    {"measured_speedup", "tuning_ledger.csv",
     "Every step size that the tuning tried, records",
     "bazel run //experiments:measured_speedup -- --step_size=tuned",
     "epsilon,batch,workers,period,family,exponent,outcome,iterations,iterate,"
     "gap"},
    {"theoretical_speedup", "theoretical_speedup.csv",
     "Modelled speedups of equation (9), records",
     "bazel run //experiments:theoretical_speedup", ""},
    {"convergence_bound", "convergence_bound.csv",
     "Convergence against the bound of Theorem 2.2, records",
     "bazel run //experiments:convergence_bound", ""},
    {"variance_reduction", "variance_reduction.csv",
     "Bias and variance of the iterates, records",
     "bazel run //experiments:variance_reduction", ""},
    {"variance_reduction", "variance_reduction_gradients.csv",
     "Variance of the averaged gradient, records",
     "bazel run //experiments:variance_reduction", ""},
    {"communication_period", "communication_period.csv",
     "The largest admissible H, records",
     "bazel run //experiments:communication_period", ""},
    {"communication_period", "communication_schedules.csv",
     "Schedules of communication, records",
     "bazel run //experiments:communication_period", ""},
    {"asynchronous", "asynchronous.csv",
     "Asynchronous against synchronous local SGD, records",
     "bazel run //experiments:asynchronous", ""},
    {"cluster_extrapolation", "cluster_extrapolation.csv",
     "A model of clusters of thousands of workers, records",
     "bazel run //experiments:cluster_extrapolation",
     "network,features,noise_seconds,epsilon,exchange,period,workers,"
     "compute_seconds,waiting_seconds,exchange_seconds,iteration_factor,"
     "speedup,limit"},
    {"cluster_speedup", "cluster_speedup.csv",
     "Times of the ranks of an MPI job, records",
     "bazel run //experiments:cluster_speedup", ""},
};

constexpr char kFiguresCommand[] = "bazel run //analysis:figures";
constexpr char kTablesCommand[] = "bazel run //analysis:tables";

// Kinds of figures, by the beginning of their files' names, in the order in
// which they stand on the page.
constexpr std::pair<const char*, const char*> kFigureTitles[] = {
    {"figure2", "Figure 2: modelled speedup"},
    {"figure3_tuned", "Figure 3: measured speedup, tuned step sizes"},
    {"figure3_theory", "Figure 3: measured speedup, step sizes of Theorem 2.2"},
    {"figure3", "Figure 3: measured speedup, other step sizes"},
    {"tuning", "The tuning behind Figure 3"},
    {"convergence_bound", "Convergence against the bound of Theorem 2.2"},
    {"variance_reduction", "Bias and variance"},
    {"communication_period", "The largest admissible H"},
    {"communication_schedules", "Schedules of communication"},
    {"asynchronous", "Asynchronous against synchronous"},
    {"cluster_extrapolation", "A model of clusters of thousands of workers"},
    {"cluster_speedup", "Measured and predicted speedup of a cluster"},
};

constexpr char kOtherTitle[] = "Other figures";

// Which kind has files of that name; the number of kinds for none of them.
size_t KindOf(const std::string& name) {
  const auto kind =
      std::find_if(std::begin(kFigureTitles), std::end(kFigureTitles),
                   [&name](const auto& known) {
                     return absl::StartsWith(name, known.first);
                   });
  return kind - std::begin(kFigureTitles);
}

absl::StatusOr<std::set<std::string>> FilesIn(const std::string& folder) {
  std::set<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  if (error) {
    return absl::NotFoundError(absl::StrCat(
        "cannot list ", folder, ": ", PathErrorText(folder, error.value())));
  }
  for (; entries != std::filesystem::directory_iterator();
       entries.increment(error)) {
    names.insert(entries->path().filename().string());
    if (error) break;
  }
  if (error) {
    return absl::UnavailableError(absl::StrCat(
        "cannot list ", folder, ": ", PathErrorText(folder, error.value())));
  }
  return names;
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

// The text of a value; a string without its quotes.
std::string JsonValueText(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A field as text, empty where there is none.
std::string FieldText(const Json& object, const char* name) {
  const auto field = object.find(name);
  return field == object.end() ? "" : JsonValueText(*field);
}

// One argument of a shell's command.
std::string ShellQuoted(const std::string& text) {
  const auto is_plain = [](char c) {
    return absl::StrContains(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./"
        ":=,+",
        absl::string_view(&c, 1));
  };
  if (std::all_of(text.begin(), text.end(), is_plain)) return text;
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

// A record file as a table. A column is numbers where every field is one.
absl::StatusOr<Table> CsvTable(const CsvFile& file, const KnownFile& known) {
  std::vector<std::string> shown = file.columns;
  if (*known.columns != '\0') {
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

// --- sections ---

std::string NoticeHtml(const std::set<std::string>& datasets) {
  std::string html;
  for (const std::string& dataset : datasets) {
    for (const std::string& notice : DatasetNotice(dataset)) {
      absl::StrAppend(&html, "<p>", EscapeHtml(notice), "</p>\n");
    }
  }
  if (html.empty()) return html;
  return absl::StrCat("<aside class=\"notice\" aria-label=\"Notice\">\n", html,
                      "</aside>\n");
}

struct ClaimCounts {
  int64_t agree = 0;
  int64_t differ = 0;
  int64_t open = 0;
};

ClaimCounts Count(const std::vector<ClaimResult>& claims) {
  ClaimCounts counts;
  for (const ClaimResult& claim : claims) {
    ++(claim.verdict == Verdict::kHolds         ? counts.agree
       : claim.verdict == Verdict::kDoesNotHold ? counts.differ
                                                : counts.open);
  }
  return counts;
}

absl::StatusOr<std::string> FindingsHtml(
    const std::vector<SpeedupRecord>& records,
    const std::vector<ClaimResult>& claims,
    const std::vector<FindingRecord>& findings) {
  const FindingSentences told = SentencesOf(records, findings);
  std::vector<std::string> more = told.more;
  const ClaimCounts counts = Count(claims);
  if (counts.agree + counts.differ > 0) {
    more.push_back(absl::StrCat(
        "Of ", claims.size(), " statements of the paper that are checked, ",
        counts.agree, " agree with our numbers, ", counts.differ,
        " differ, and ", counts.open, " are not decided."));
  }
  std::string html;
  if (told.first.empty() && more.empty()) {
    html = "<p>This folder has no measured speedups to tell of.</p>\n";
  }
  for (const auto& [name, sentences] :
       {std::pair("findings", told.first), std::pair("more-findings", more)}) {
    if (sentences.empty()) continue;
    absl::StrAppend(&html, "<ul class=\"", name, "\">\n");
    for (const std::string& sentence : sentences) {
      absl::StrAppend(&html, "<li>", EscapeHtml(sentence), "</li>\n");
    }
    html += "</ul>\n";
  }
  if (!records.empty()) {
    const bool one_seed = std::all_of(
        records.begin(), records.end(),
        [](const SpeedupRecord& r) { return !r.speedup_free_stderr; });
    absl::StrAppend(
        &html, "<p class=\"seeds\">",
        one_seed ? "One measuring seed: speedups have no error estimate."
                 : "± is one standard error over the measuring seeds.",
        findings.empty() ? "" : " In brackets: intervals of 95 %.", "</p>\n");
  }
  if (findings.empty()) return html;
  Table table = ToTable(FindingSchema(), findings);
  table.title = "Findings of the experiments, with 95 % intervals";
  for (Column& column : table.columns) column.precision = Significant(4);
  std::set<std::string> commands;
  for (const FindingRecord& finding : findings) {
    for (const KnownFile& known : kKnownFiles) {
      if (known.experiment == finding.experiment) {
        commands.insert(known.command);
      }
    }
  }
  HtmlTableOptions options;
  options.label = "findings";
  options.command = absl::StrJoin(commands, "; ");
  options.open = findings.size() <= 30;
  options.records = !options.open;
  options.most_bytes = 400'000;
  ASSIGN_OR_RETURN(const auto findings_html, ToHtml(table, options));
  return html + findings_html;
}

// How far the interval is outside of what was expected.
std::string Distance(const ClaimResult& result) {
  if (result.verdict != Verdict::kDoesNotHold || !result.value) return "";
  const Claim& claim = result.claim;
  if (claim.expected_low && *result.value < *claim.expected_low) {
    return absl::StrCat(
        CellText(*claim.expected_low - *result.value, Significant(3)),
        " below");
  }
  return absl::StrCat(
      CellText(*result.value - *claim.expected_high, Significant(3)), " above");
}

std::string ClaimsHtml(const std::vector<ClaimResult>& claims) {
  const ClaimCounts counts = Count(claims);
  std::string html = absl::StrCat(
      "<p>A claim agrees if the whole 95 % interval of our number lies in the "
      "range that the paper's sentence asks for, and differs if it lies wholly "
      "outside: a finding, not a failure. Numbers of the model are exact; a "
      "measured one from a single seed decides nothing.</p>\n"
      "<ul class=\"counts\"><li><strong class=\"verdict agrees\">",
      counts.agree, "</strong>agree</li><li><strong class=\"verdict differs\">",
      counts.differ, "</strong>differ</li><li><strong class=\"verdict open\">",
      counts.open, "</strong>not decided</li></ul>\n");
  absl::StrAppend(
      &html,
      "<div class=\"table claims\">\n<div class=\"scroll\" tabindex=\"0\" "
      "role=\"region\" aria-label=\"Claims\">\n<table data-label=\"claims\">"
      "<caption>The paper&#39;s claims next to our numbers</caption>\n<thead>"
      "<tr>");
  const std::pair<const char*, const char*> columns[] = {
      {"claim", "The paper says"},
      {"verdict", "Our numbers"},
      {"expected", "expected"},
      {"value", "ours"},
      {"low", "from"},
      {"high", "to"},
      {"seeds", "seeds"},
      {"difference", "outside by"}};
  for (const auto& [name, heading] : columns) {
    absl::StrAppend(&html, "<th scope=\"col\" data-name=\"", name, "\">",
                    heading, "</th>");
  }
  html += "</tr></thead>\n<tbody>\n";
  const auto add = [&html](const char* heading, const std::string& text) {
    absl::StrAppend(&html, "<td data-heading=\"", heading, "\">",
                    EscapeHtml(text), "</td>");
  };
  const auto add_number = [&html](const char* heading,
                                  const std::optional<double>& value,
                                  bool is_shown) {
    absl::StrAppend(&html, "<td data-heading=\"", heading, "\" data-value=\"",
                    value ? ShortestText(*value) : "", "\">",
                    value && is_shown ? CellText(*value, Significant(3)) : "",
                    "</td>");
  };
  for (const ClaimResult& result : claims) {
    const Claim& claim = result.claim;
    const bool decided = result.verdict != Verdict::kNotDecided;
    const bool holds = result.verdict == Verdict::kHolds;
    std::string computed = claim.computed;
    if (!result.at.empty()) absl::StrAppend(&computed, ", at ", result.at);
    absl::StrAppend(
        &html, "<tr id=\"claim-", EscapeHtml(claim.id),
        "\"><th scope=\"row\" data-value=\"", EscapeHtml(claim.claim),
        "\" data-text=\"", EscapeHtml(claim.claim), "\">",
        EscapeHtml(claim.claim),
        "<details><summary>How ours is computed</summary><p class=\"hint\">",
        EscapeHtml(claim.source), ". Ours: ", EscapeHtml(computed),
        ". Range: ", EscapeHtml(claim.why), ".</p><p class=\"hint\"><code>",
        EscapeHtml(claim.command), "</code></p></details></th>");
    const char* verdict = !decided ? "not decided"
                          : holds  ? "agrees"
                                   : "differs";
    absl::StrAppend(&html, "<td data-value=\"", verdict, "\" data-text=\"",
                    verdict, "\"><span class=\"verdict ",
                    !decided ? "open" : verdict, "\">",
                    !decided ? "? "
                    : holds  ? "✓ "
                             : "✗ ",
                    verdict, "</span>");
    if (!result.reason.empty()) {
      absl::StrAppend(&html, "<p class=\"hint\">", EscapeHtml(result.reason),
                      "</p>");
    }
    html += "</td>";
    add("expected", ExpectedText(claim));
    // An exact number is its own interval.
    add_number("ours", result.value, true);
    add_number("from", result.low, result.seeds > 0);
    add_number("to", result.high, result.seeds > 0);
    add("seeds", !result.value       ? ""
                 : result.seeds == 0 ? "exact"
                                     : absl::StrCat(result.seeds));
    add("outside by", Distance(result));
    html += "</tr>\n";
  }
  html += "</tbody></table>\n</div>\n";
  return html + CommandHtml("bazel run //:verify") + "</div>\n";
}

// The value of width="..." or height="..." of an SVG; 0 if there is none.
int64_t SvgSize(const std::string& svg, const std::string& name) {
  const size_t at = svg.find(absl::StrCat(name, "=\""));
  int64_t size = 0;
  if (at == std::string::npos) return 0;
  const size_t from = at + name.size() + 2;
  (void)absl::SimpleAtoi(svg.substr(from, svg.find('"', from) - from), &size);
  return size;
}

// One figure with its caption and the command that draws it again; nothing in
// place of the picture where its image would make `bytes` too many.
absl::StatusOr<std::string> FigureHtml(const std::string& folder,
                                       const std::set<std::string>& files,
                                       const std::string& name,
                                       const std::string& command,
                                       bool is_stale, size_t& bytes) {
  const std::string shown = EscapeHtml(PrintableText(name));
  std::string html =
      absl::StrCat("<figure aria-labelledby=\"figure-", shown,
                   "\">\n<h4 id=\"figure-", shown, "\">", shown, "</h4>\n");
  if (is_stale) {
    return absl::StrCat(
        html, "<p class=\"note\">", shown,
        ".svg is left out: it was drawn from other records than those of this "
        "folder.</p>\n<figcaption>\n",
        CommandHtml(command), "</figcaption>\n</figure>\n");
  }
  ASSIGN_OR_RETURN(const auto svg,
                   ReadFile(absl::StrCat(folder, "/", name, ".svg")));
  const std::string image = absl::Base64Escape(svg);
  if (bytes + image.size() > kMostFigureBytes) {
    absl::StrAppend(&html, "<p class=\"note\">", shown,
                    ".svg is left out: the page would be too large.</p>\n");
  } else {
    bytes += image.size();
    absl::StrAppend(&html,
                    "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                    "aria-label=\"",
                    shown, "\"><img alt=\"", shown,
                    "; described by the caption\"");
    const int64_t width = SvgSize(svg, "width");
    const int64_t height = SvgSize(svg, "height");
    if (width > 0 && height > 0) {
      absl::StrAppend(&html, " width=\"", width, "\" height=\"", height,
                      "\" style=\"--width:", width, "px\"");
    }
    absl::StrAppend(&html, " src=\"data:image/svg+xml;base64,", image,
                    "\"></div>\n");
  }
  html += "<figcaption>\n";
  const std::string caption_file = name + "_caption.txt";
  if (files.count(caption_file) > 0) {
    ASSIGN_OR_RETURN(const auto caption,
                     ReadFile(absl::StrCat(folder, "/", caption_file)));
    for (absl::string_view paragraph :
         absl::StrSplit(caption, "\n\n", absl::SkipWhitespace())) {
      absl::StrAppend(&html, "<p>", EscapeHtml(std::string(paragraph)),
                      "</p>\n");
    }
  }
  absl::StrAppend(&html, CommandHtml(command), "</figcaption>\n</figure>\n");
  return html;
}

// Whether the manifest lists the file as it is now, and one of its records as
// it no longer is.
bool IsStaleByManifest(const std::string& folder, const std::string& file,
                       const Json& manifest) {
  const auto listed = manifest.find("files");
  if (listed == manifest.end() || !listed->is_object()) return false;
  const auto then = [&listed](const std::string& name) {
    const auto sha256 = listed->find(name);
    return sha256 == listed->end() || !sha256->is_string()
               ? std::string()
               : sha256->get<std::string>();
  };
  const auto now = [&folder](const std::string& name) {
    return FileChecksum(absl::StrCat(folder, "/", name)).value_or("");
  };
  if (then(file).empty() || now(file) != then(file)) return false;
  for (const std::string& record : RecordsBehind(file)) {
    if (!then(record).empty() && now(record) != then(record)) return true;
  }
  return false;
}

// The figures that show other records than those of the input folder, as far as
// derived.json or, from earlier versions, the manifest tells.
std::set<std::string> StaleFigures(const std::string& input_dir,
                                   const std::string& figures_dir,
                                   const std::set<std::string>& files,
                                   const Json& manifest) {
  const auto derived = ReadDerivedFiles(figures_dir);
  std::set<std::string> stale;
  for (const std::string& file : files) {
    if (!absl::EndsWith(file, ".svg")) continue;
    const auto note = derived.find(file);
    const bool is_noted =
        note != derived.end() &&
        FileChecksum(absl::StrCat(figures_dir, "/", file)).value_or("") ==
            note->second.sha256;
    if (is_noted ? IsStale(note->second, input_dir)
                 : figures_dir == input_dir &&
                       IsStaleByManifest(input_dir, file, manifest)) {
      stale.insert(file);
    }
  }
  return stale;
}

// All of them under the titles of their kinds, in the order of kFigureTitles.
absl::StatusOr<std::string> FiguresHtml(const std::string& folder,
                                        const std::set<std::string>& files,
                                        std::optional<double> rho,
                                        const std::set<std::string>& stale) {
  std::vector<std::pair<std::string, std::vector<std::string>>> kinds;
  for (const auto& [prefix, title] : kFigureTitles)
    kinds.push_back({title, {}});
  kinds.push_back({kOtherTitle, {}});
  size_t figures = 0;
  for (const std::string& file : files) {
    if (!absl::EndsWith(file, ".svg")) continue;
    const std::string name(absl::StripSuffix(file, ".svg"));
    kinds[KindOf(name)].second.push_back(name);
    ++figures;
  }
  if (figures == 0) {
    return absl::StrCat("<p>This folder has no figures.</p>\n",
                        CommandHtml(kFiguresCommand));
  }
  std::string html;
  size_t bytes = 0;
  for (const auto& [title, names] : kinds) {
    if (names.empty()) continue;
    absl::StrAppend(&html, "<h3>", EscapeHtml(title), "</h3>\n");
    for (const std::string& name : names) {
      ASSIGN_OR_RETURN(
          const auto figure,
          FigureHtml(
              folder, files, name,
              absl::StrCat(
                  kFiguresCommand, " -- ",
                  ShellQuoted(absl::StrCat("--only=", name)),
                  rho ? absl::StrCat(" --rho=", ShortestText(*rho)) : ""),
              stale.count(name + ".svg") > 0, bytes));
      html += figure;
    }
  }
  return html;
}

// Those of the experiments beside the paper's own, under the titles of their
// figures.
absl::StatusOr<std::string> ExperimentTablesHtml(const std::string& folder,
                                                 size_t most_bytes) {
  const auto reports = ReadExperimentReports(folder);
  if (absl::IsNotFound(reports.status())) {  // of one, beside its records
    return absl::StrCat("<p class=\"note\">No tables of experiments: ",
                        EscapeHtml(std::string(reports.status().message())),
                        "</p>\n");
  }
  if (!reports.ok()) return reports.status();
  std::string html;
  for (const ExperimentReport& report : *reports) {
    const size_t kind = KindOf(report.name);
    absl::StrAppend(
        &html, "<h3>",
        EscapeHtml(kind < std::size(kFigureTitles) ? kFigureTitles[kind].second
                                                   : report.name),
        "</h3>\n");
    for (const LabelledTable& labelled : report.tables) {
      ASSIGN_OR_RETURN(const auto table,
                       ToHtml(labelled.table,
                              {labelled.label, kTablesCommand, /*open=*/false,
                               /*records=*/false, most_bytes}));
      html += table;
    }
  }
  return html;
}

absl::StatusOr<std::string> TablesHtml(
    const std::string& folder, const std::set<std::string>& files,
    const std::vector<SpeedupRecord>& records, std::optional<double> rho,
    size_t most_bytes) {
  std::string html;
  const std::string command =
      rho ? absl::StrCat(kTablesCommand, " -- --rho=", ShortestText(*rho))
          : kTablesCommand;
  for (const LabelledTable& labelled : SpeedupTables(records)) {
    const bool open = absl::StartsWith(labelled.label, "largest-speedups");
    ASSIGN_OR_RETURN(const auto table,
                     ToHtml(labelled.table, {labelled.label, command, open}));
    html += table;
  }
  if (!rho) {  // The price concerns the tables above only.
    ASSIGN_OR_RETURN(const auto experiments,
                     ExperimentTablesHtml(folder, most_bytes));
    html += experiments;
  }
  html += "<h3>Records</h3>\n";
  for (const KnownFile& known : kKnownFiles) {
    if (files.count(known.file) == 0) continue;
    ASSIGN_OR_RETURN(const auto file,
                     ReadCsv(absl::StrCat(folder, "/", known.file)));
    ASSIGN_OR_RETURN(Table table, CsvTable(file, known));
    table.notes_below.push_back(absl::StrCat("File ", known.file, "."));
    ASSIGN_OR_RETURN(
        const auto text,
        ToHtml(table,
               {absl::StrReplaceAll(std::string(known.file),
                                    {{".csv", ""}, {"_", "-"}}),
                known.command, /*open=*/false, /*records=*/true, most_bytes}));
    html += text;
  }
  return html;
}

absl::StatusOr<std::string> RunHtml(const std::string& folder,
                                    const Json& manifest, const Json& constants,
                                    const std::set<std::string>& files) {
  std::string html;
  const auto add = [&html](const char* name, const std::string& value) {
    if (value.empty()) return;
    absl::StrAppend(&html, "<dt>", name, "</dt><dd>", EscapeHtml(value),
                    "</dd>\n");
  };
  if (manifest.empty()) {
    html =
        "<p>This folder has no manifest.json, so what made its files is not "
        "recorded in one place.</p>\n";
  } else {
    html = "<dl>\n";
    add("data", FieldText(manifest, "dataset"));
    add("sha256 of the data", FieldText(manifest, "dataset_sha256"));
    std::string command = "bazel run //:reproduce --";
    if (const auto flags = manifest.find("flags");
        flags != manifest.end() && flags->is_object()) {
      for (const auto& [name, value] : flags->items()) {
        const std::string text = JsonValueText(value);
        if (text.empty()) continue;
        absl::StrAppend(&command, " ",
                        ShellQuoted(absl::StrCat("--", name, "=", text)));
      }
    }
    absl::StrAppend(&html, "<dt>command</dt><dd><code>", EscapeHtml(command),
                    "</code></dd>\n");
    if (const auto seeds = manifest.find("seeds");
        seeds != manifest.end() && seeds->is_array()) {
      std::vector<std::string> texts;
      for (const Json& seed : *seeds) texts.push_back(JsonValueText(seed));
      add("measuring seeds", absl::StrJoin(texts, ", "));
    }
    add("version", FieldText(manifest, "version"));
    add("compiler", FieldText(manifest, "compiler"));
    add("processor", FieldText(manifest, "cpu"));
    add("cores", FieldText(manifest, "cores"));
    if (const auto run = manifest.find("run");
        run != manifest.end() && run->is_object()) {
      add("started", FieldText(*run, "started_at"));
      const auto seconds = run->find("elapsed_seconds");
      if (seconds != run->end() && seconds->is_number()) {
        add("took",
            absl::StrCat(CellText(seconds->get<double>(), Decimals(0)), " s"));
      }
    }
    html += "</dl>\n";
  }
  if (!constants.empty()) {
    Table table;
    table.title = "The problem and its constants";
    table.columns = {{"name", "quantity"}, {"value", "value"}};
    for (const auto& [name, value] : constants.items()) {
      table.rows.push_back({name, JsonValueText(value)});
    }
    ASSIGN_OR_RETURN(const auto text,
                     ToHtml(table, {"problem-constants",
                                    "bazel run //experiments:problem_constants",
                                    /*open=*/true}));
    html += text;
  }
  if (const auto listed = manifest.find("files");
      listed != manifest.end() && listed->is_object()) {
    Table table;
    table.title = "Files of this folder and their checksums";
    table.columns = {{"file", ""}, {"sha256", ""}};
    std::vector<std::string> changed;
    for (const auto& [name, sha256] : listed->items()) {
      table.rows.push_back({name, JsonValueText(sha256)});
      // A name that leads out of the folder may lead anywhere.
      if (absl::StrContains(name, '/')) continue;
      const auto now = FileChecksum(absl::StrCat(folder, "/", name));
      if (!now.ok() || *now != JsonValueText(sha256)) changed.push_back(name);
    }
    if (!changed.empty()) {
      table.notes_above.push_back(absl::StrCat(
          "manifest.json and the command above are older than these files, "
          "which have changed since or are gone: ",
          absl::StrJoin(changed, ", "), "."));
    }
    ASSIGN_OR_RETURN(const auto text,
                     ToHtml(table, {"files", "bazel run //:reproduce"}));
    html += text;
  }
  std::string missing;
  const auto miss = [&](const char* file, const char* command) {
    if (files.count(file) > 0) return;
    absl::StrAppend(&missing, "<li>", file, ": <code>", EscapeHtml(command),
                    "</code></li>\n");
  };
  for (const KnownFile& known : kKnownFiles) miss(known.file, known.command);
  miss("manifest.json", "bazel run //:reproduce");
  miss("problem_constants.json", "bazel run //:reproduce");
  if (!missing.empty()) {
    absl::StrAppend(&html,
                    "<h3>Not in this folder</h3>\n<ul class=\"missing\">\n",
                    missing, "</ul>\n");
  }
  return html;
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
      data.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n",
      {{"<", "\\u003c"}});
}

}  // namespace

absl::StatusOr<std::string> ReportHtml(const std::string& input_dir,
                                       const std::string& figures_dir,
                                       std::optional<double> rho) {
  ASSIGN_OR_RETURN(const auto files, FilesIn(input_dir));
  std::vector<FindingRecord> findings;
  bool is_empty =
      std::none_of(std::begin(kKnownFiles), std::end(kKnownFiles),
                   [&](const KnownFile& k) { return files.count(k.file); });
  for (const std::string& file : files) {
    is_empty = is_empty && !absl::EndsWith(file, ".svg");
    if (!absl::EndsWith(file, "_findings.csv")) continue;
    is_empty = false;
    ASSIGN_OR_RETURN(const auto csv,
                     ReadCsv(absl::StrCat(input_dir, "/", file)));
    ASSIGN_OR_RETURN(const auto more, ParseRecords(FindingSchema(), csv));
    findings.insert(findings.end(), more.begin(), more.end());
  }
  if (is_empty) {
    return absl::NotFoundError(
        absl::StrCat(input_dir, " has no records and no figures"));
  }
  std::vector<SpeedupRecord> records;
  if (files.count("measured_speedup.csv") > 0) {
    ASSIGN_OR_RETURN(records, ReadSpeedups(input_dir, rho));
  }
  ASSIGN_OR_RETURN(const auto manifest,
                   ReadJsonObject(input_dir + "/manifest.json"));
  ASSIGN_OR_RETURN(const auto constants,
                   ReadJsonObject(input_dir + "/problem_constants.json"));
  ASSIGN_OR_RETURN(const auto claims,
                   ParseClaims(ClaimsFile(), kClaimsFileName));
  ASSIGN_OR_RETURN(const auto results, EvaluateClaims(claims, input_dir));
  std::set<std::string> datasets = {FieldText(manifest, "dataset"),
                                    FieldText(constants, "dataset")};
  for (const SpeedupRecord& record : records) datasets.insert(record.dataset);
  for (const FindingRecord& finding : findings) {
    datasets.insert(finding.dataset);
  }
  // With another price there may be no figures yet.
  std::set<std::string> figure_files;
  if (const auto listed = FilesIn(figures_dir); listed.ok()) {
    figure_files = *listed;
  } else if (!absl::IsNotFound(listed.status())) {
    return listed.status();
  }

  ASSIGN_OR_RETURN(const auto findings_html,
                   FindingsHtml(records, results, findings));
  ASSIGN_OR_RETURN(const auto figures,
                   FiguresHtml(figures_dir, figure_files, rho,
                               StaleFigures(input_dir, figures_dir,
                                            figure_files, manifest)));
  ASSIGN_OR_RETURN(const auto run,
                   RunHtml(input_dir, manifest, constants, files));
  // Tables of records and of experiments, which files have anyway, give way.
  std::string html;
  for (size_t most_bytes : {200'000, 100'000, 40'000}) {
    ASSIGN_OR_RETURN(const auto tables,
                     TablesHtml(input_dir, files, records, rho, most_bytes));
    html = absl::StrReplaceAll(
        Text(kPage), {{"@CSS@", Text(kStyle)},
                      {"@NOTICE@", NoticeHtml(datasets)},
                      {"@FINDINGS@", findings_html},
                      {"@CLAIMS@", ClaimsHtml(results)},
                      {"@FIGURES@", figures},
                      {"@TABLES@", tables},
                      {"@RUN@", run},
                      {"@DATA@", ExplorerData(records, constants, rho)},
                      {"@MODEL_JS@", Text(kModelScript)},
                      {"@TABLES_JS@", Text(kTablesScript)},
                      {"@EXPLORER_JS@", Text(kExplorerScript)}});
    if (html.size() < kMostBytes) break;
  }
  return html;
}

absl::StatusOr<std::vector<std::string>> WriteReport(
    const std::string& input_dir, const std::string& output_dir,
    std::optional<double> rho) {
  ASSIGN_OR_RETURN(const auto html,
                   ReportHtml(input_dir, rho ? output_dir : input_dir, rho));
  RETURN_IF_ERROR(EnsureFolder(output_dir));
  const std::string path = absl::StrCat(output_dir, "/", kReportName);
  RETURN_IF_ERROR(WriteFileAtomically(path, html));
  return NoteMadeFrom({path}, input_dir, output_dir);
}

}  // namespace local_sgd
