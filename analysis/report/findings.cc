#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/report/html.h"
#include "analysis/report/sections.h"
#include "experiments/measured_speedup/records.h"
#include "lib/records/finding_record.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

std::string SeedsText(const Evidence& evidence) {
  const std::vector<SpeedupRecord>& records = evidence.speedups;
  if (records.empty()) return "";
  const bool one_seed = std::all_of(
      records.begin(), records.end(),
      [](const SpeedupRecord& r) { return !r.speedup_free_stderr; });
  return absl::StrCat(
      one_seed ? "One measuring seed: speedups have no error estimate."
               : "± is one standard error over the measuring seeds.",
      evidence.findings.empty() ? "" : " In brackets: intervals of 95 %.");
}

// Of all findings, with the programs that make them.
absl::StatusOr<std::string> FindingsTable(const PageContents& page) {
  const std::vector<FindingRecord>& findings = page.evidence.findings;
  if (findings.empty()) return std::string();
  Table table = ToTable(FindingSchema(), findings);
  table.title = "Findings of the experiments, with 95 % intervals";
  for (Column& column : table.columns) column.precision = Significant(4);
  std::set<std::string> commands;
  for (const FindingRecord& finding : findings) {
    for (const AnyStudy& study : page.studies) {
      if (study.name != finding.experiment) continue;
      for (const RecordsTable& file : study.tables) {
        commands.insert(CommandOf(study, file));
      }
    }
  }
  const bool open = findings.size() <= 30;
  return ToHtml(table, {"findings", absl::StrJoin(commands, "; "), open,
                        /*records=*/!open, /*most_bytes=*/400'000});
}

}  // namespace

absl::StatusOr<std::string> FindingsHtml(const PageContents& page) {
  constexpr size_t kFirst = 3;  // that a reader must know
  Sentences first = SentencesOf(page.studies, page.evidence);
  Sentences more;
  if (first.size() > kFirst) {
    more.assign(first.begin() + kFirst, first.end());
    first.resize(kFirst);
  }
  const ClaimCounts counts = Count(page.claims);
  if (counts.agree + counts.differ > 0) {
    more.push_back(absl::StrCat("Of ", page.claims.size(),
                                " statements of the paper that are checked, ",
                                counts.agree, " agree with our numbers, ",
                                counts.differ, " differ, and ", counts.open,
                                " are not decided."));
  }
  Json lists = Json::array();
  for (const auto& [name, sentences] :
       {std::pair("findings", first), std::pair("more-findings", more)}) {
    if (sentences.empty()) continue;
    lists.push_back({{"name", name}, {"sentences", sentences}});
  }
  ASSIGN_OR_RETURN(const auto table, FindingsTable(page));
  return Render("findings.mustache", {{"lists", std::move(lists)},
                                      {"seeds", SeedsText(page.evidence)},
                                      {"table", table}});
}

}  // namespace local_sgd
