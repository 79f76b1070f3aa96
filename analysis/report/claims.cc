#include "analysis/claims.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis/report/html.h"
#include "analysis/report/sections.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

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

Json TextCell(const char* heading, const std::string& text) {
  return {{"heading", heading}, {"number", false}, {"shown", text}};
}

Json NumberCell(const char* heading, const std::optional<double>& value,
                bool is_shown) {
  return {{"heading", heading},
          {"number", true},
          {"value", value ? ShortestText(*value) : ""},
          {"shown", value && is_shown ? CellText(*value, Significant(3)) : ""}};
}

Json ClaimValues(const ClaimResult& result) {
  const Claim& claim = result.claim;
  const bool is_open = result.verdict == Verdict::kNotDecided;
  const bool holds = result.verdict == Verdict::kHolds;
  const char* verdict = is_open ? "not decided" : holds ? "agrees" : "differs";
  Json cells = Json::array();
  cells.push_back(TextCell("expected", ExpectedText(claim)));
  // An exact number is its own interval.
  cells.push_back(NumberCell("ours", result.value, true));
  cells.push_back(NumberCell("from", result.low, result.seeds > 0));
  cells.push_back(NumberCell("to", result.high, result.seeds > 0));
  cells.push_back(TextCell("seeds", !result.value ? ""
                                    : result.seeds == 0
                                        ? "exact"
                                        : absl::StrCat(result.seeds)));
  cells.push_back(TextCell("outside by", Distance(result)));
  return {
      {"id", claim.id},
      {"claim", claim.claim},
      {"source", claim.source},
      {"computed", absl::StrCat(claim.computed,
                                result.at.empty() ? "" : ", at ", result.at)},
      {"why", claim.why},
      {"command", claim.command},
      {"verdict", verdict},
      {"class", is_open ? "open" : verdict},
      {"mark", is_open ? "?"
               : holds ? "✓"
                       : "✗"},
      {"reason", result.reason},
      {"cells", std::move(cells)}};
}

}  // namespace

ClaimCounts Count(const std::vector<ClaimResult>& claims) {
  ClaimCounts counts;
  for (const ClaimResult& claim : claims) {
    ++(claim.verdict == Verdict::kHolds         ? counts.agree
       : claim.verdict == Verdict::kDoesNotHold ? counts.differ
                                                : counts.open);
  }
  return counts;
}

std::string ClaimsHtml(const PageContents& page) {
  const ClaimCounts counts = Count(page.claims);
  Json claims = Json::array();
  for (const ClaimResult& claim : page.claims) {
    claims.push_back(ClaimValues(claim));
  }
  return Render("claims.mustache", {{"agree", counts.agree},
                                    {"differ", counts.differ},
                                    {"open", counts.open},
                                    {"claims", std::move(claims)}});
}

}  // namespace local_sgd
