#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "analysis/report/html.h"
#include "analysis/report/sections.h"
#include "lib/files/output_file.h"
#include "lib/program/derived_files.h"
#include "lib/program/file_checksum.h"
#include "lib/records/outside_text.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

// The value of width="..." or height="..." of an SVG; 0 if there is none.
int64_t SvgSize(const std::string& svg, const std::string& name) {
  const size_t at = svg.find(absl::StrCat(name, "=\""));
  int64_t size = 0;
  if (at == std::string::npos) return 0;
  const size_t from = at + name.size() + 2;
  (void)absl::SimpleAtoi(svg.substr(from, svg.find('"', from) - from), &size);
  return size;
}

// The records that a figure of that name is drawn from, as far as the name
// tells; all for one that is of no kind.
std::vector<std::string> RecordsBehind(const std::vector<AnyStudy>& studies,
                                       const std::string& figure) {
  const std::vector<FigureKind> kinds = FigureKinds(studies);
  const size_t kind = KindOf(kinds, figure);
  return kind < kinds.size() ? kinds[kind].records : ShownRecords(studies);
}

// Whether the manifest lists the file as it is now, and one of its records as
// it no longer is.
bool IsStaleByManifest(const std::vector<AnyStudy>& studies,
                       const std::string& folder, const std::string& file,
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
  for (const std::string& record : RecordsBehind(studies, file)) {
    if (!then(record).empty() && now(record) != then(record)) return true;
  }
  return false;
}

// Whether the figure shows other records than those of the folder, as far as
// derived.json or, from earlier versions, the manifest tells.
bool ShowsOthers(const PageContents& page,
                 const std::map<std::string, DerivedFile>& derived,
                 const std::string& file) {
  const auto note = derived.find(file);
  const bool is_noted =
      note != derived.end() &&
      FileChecksum(absl::StrCat(page.figures_folder, "/", file)).value_or("") ==
          note->second.sha256;
  if (is_noted) return IsStale(note->second, page.folder);
  return page.figures_folder == page.folder &&
         IsStaleByManifest(page.studies, page.folder, file, page.manifest);
}

// The paragraphs below the figure; none where they are not there.
absl::StatusOr<Json> CaptionOf(const PageContents& page,
                               const std::string& name) {
  Json paragraphs = Json::array();
  const std::string file = name + "_caption.txt";
  if (page.figure_files.count(file) == 0) return paragraphs;
  ASSIGN_OR_RETURN(const auto caption,
                   ReadFile(absl::StrCat(page.figures_folder, "/", file)));
  for (absl::string_view paragraph :
       absl::StrSplit(caption, "\n\n", absl::SkipWhitespace())) {
    paragraphs.push_back(std::string(paragraph));
  }
  return paragraphs;
}

// One figure with its caption and the command that draws it again; words in
// place of the picture where it is stale or would make `bytes` too many.
absl::StatusOr<Json> FigureValues(const PageContents& page,
                                  const std::string& name, bool is_stale,
                                  size_t& bytes) {
  Json figure = {
      {"name", PrintableText(name)},
      {"caption", Json::array()},
      {"left_out", ""},
      {"command",
       absl::StrCat(
           "bazel run //analysis:figures -- ",
           ShellQuoted(absl::StrCat("--only=", name)),
           page.rho ? absl::StrCat(" --rho=", ShortestText(*page.rho)) : "")}};
  if (is_stale) {
    figure["left_out"] =
        "it was drawn from other records than those of this folder";
    return figure;
  }
  ASSIGN_OR_RETURN(const auto svg, ReadFile(absl::StrCat(page.figures_folder,
                                                         "/", name, ".svg")));
  ASSIGN_OR_RETURN(figure["caption"], CaptionOf(page, name));
  const std::string image = absl::Base64Escape(svg);
  if (bytes + image.size() > kMostFigureBytes) {
    figure["left_out"] = "the page would be too large";
    return figure;
  }
  bytes += image.size();
  const int64_t width = SvgSize(svg, "width");
  const int64_t height = SvgSize(svg, "height");
  figure["sized"] = width > 0 && height > 0;
  figure["width"] = width;
  figure["height"] = height;
  figure["image"] = image;
  return figure;
}

}  // namespace

std::vector<FigureKind> FigureKinds(const std::vector<AnyStudy>& studies) {
  std::vector<FigureKind> kinds;
  for (const AnyStudy& study : studies) {
    for (FigureKind kind : study.figures) {
      if (kind.records.empty()) kind.records = study.records;
      kinds.push_back(std::move(kind));
    }
  }
  std::stable_sort(kinds.begin(), kinds.end(),
                   [](const FigureKind& a, const FigureKind& b) {
                     return a.number_in_paper < b.number_in_paper;
                   });
  return kinds;
}

size_t KindOf(const std::vector<FigureKind>& kinds, const std::string& name) {
  const auto kind = std::find_if(
      kinds.begin(), kinds.end(), [&name](const FigureKind& known) {
        return absl::StartsWith(name, known.beginning);
      });
  return kind - kinds.begin();
}

// All of them under the titles of their kinds.
absl::StatusOr<std::string> FiguresHtml(const PageContents& page) {
  const std::vector<FigureKind> known = FigureKinds(page.studies);
  std::vector<std::vector<std::string>> names(known.size() + 1);
  for (const std::string& file : page.figure_files) {
    if (!absl::EndsWith(file, ".svg")) continue;
    const std::string name(absl::StripSuffix(file, ".svg"));
    names[KindOf(known, name)].push_back(name);
  }
  const auto derived = ReadDerivedFiles(page.figures_folder);
  Json kinds = Json::array();
  size_t bytes = 0;
  for (size_t kind = 0; kind < names.size(); ++kind) {
    Json figures = Json::array();
    for (const std::string& name : names[kind]) {
      ASSIGN_OR_RETURN(
          Json figure,
          FigureValues(page, name, ShowsOthers(page, derived, name + ".svg"),
                       bytes));
      figures.push_back(std::move(figure));
    }
    if (figures.empty()) continue;
    kinds.push_back(
        {{"title", kind < known.size() ? known[kind].title : "Other figures"},
         {"figures", std::move(figures)}});
  }
  return Render("figures.mustache", {{"kinds", std::move(kinds)}});
}

}  // namespace local_sgd
