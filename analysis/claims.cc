#include "analysis/claims.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/records/dataset_notice.h"
#include "lib/status_macros.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

constexpr unsigned char kClaimsBytes[] = {
#include "analysis/claims_bytes.inc"
};

// One that claims.schema.json accepts; anything else throws or is an error.
absl::Status ReadClaim(const Json& json, Claim& claim) {
  json.at("id").get_to(claim.id);
  json.at("claim").get_to(claim.claim);
  json.at("source").get_to(claim.source);
  json.at("command").get_to(claim.command);
  json.at("computed").get_to(claim.computed);
  json.at("why").get_to(claim.why);
  json.at("minutes").get_to(claim.minutes);
  const Json& low = json.at("expected").at(0);
  const Json& high = json.at("expected").at(1);
  if (!low.is_null()) claim.expected_low = low.get<double>();
  if (!high.is_null()) claim.expected_high = high.get<double>();
  ASSIGN_OR_RETURN(claim.quantity, ParseQuantity(json.at("quantity")));
  return absl::OkStatus();
}

ClaimResult Evaluate(const Claim& claim, const ClaimRecords& records) {
  ClaimResult result;
  result.claim = claim;
  if (IsMeasured(claim.quantity) && records.measured.ok()) {
    result.dataset = records.measured->dataset;
  }
  const absl::StatusOr<Estimate> estimate =
      EvaluateQuantity(claim.quantity, records);
  if (!estimate.ok()) {
    result.reason = std::string(estimate.status().message());
    return result;
  }
  result.value = estimate->value;
  result.seeds = estimate->seeds;
  result.at = estimate->at;
  if (!estimate->dataset.empty()) result.dataset = estimate->dataset;
  if (estimate->seeds == 1) {
    result.reason = "one seed, no interval; run with --seeds=3";
    return result;
  }
  result.low = estimate->low;
  result.high = estimate->high;
  const bool above_low =
      !claim.expected_low || estimate->low >= *claim.expected_low;
  const bool below_high =
      !claim.expected_high || estimate->high <= *claim.expected_high;
  if (above_low && below_high) {
    result.verdict = Verdict::kHolds;
  } else if ((claim.expected_low && estimate->high < *claim.expected_low) ||
             (claim.expected_high && estimate->low > *claim.expected_high)) {
    result.verdict = Verdict::kDoesNotHold;
  } else {
    result.reason = "the interval reaches across an end of the range";
  }
  return result;
}

std::string Rounded(double value) { return CellText(value, Significant(3)); }

std::string NumberText(const ClaimResult& result) {
  if (!result.value) return "no number";
  std::string text = Rounded(*result.value);
  if (result.seeds == 0) {
    absl::StrAppend(&text, " exactly");
  } else if (result.seeds == 1) {
    absl::StrAppend(&text, " (one seed)");
  } else {
    absl::StrAppend(&text, " [", Rounded(*result.low), ", ",
                    Rounded(*result.high), "] (", result.seeds, " seeds)");
  }
  if (!result.at.empty()) absl::StrAppend(&text, " at ", result.at);
  return text;
}

}  // namespace

absl::StatusOr<std::vector<Claim>> ParseClaims(const std::string& text,
                                               const std::string& file_name) {
  std::vector<Claim> claims;
  absl::Status status;
  try {
    for (const Json& json : Json::parse(text)) {
      status = ReadClaim(json, claims.emplace_back());
      if (!status.ok()) break;
    }
  } catch (const Json::exception& error) {
    status = absl::InvalidArgumentError(error.what());
  }
  if (status.ok()) return claims;
  return absl::InvalidArgumentError(
      absl::StrCat(file_name, ": ",
                   claims.empty() ? ""
                                  : absl::StrCat("claim ", claims.size(), ", '",
                                                 claims.back().id, "': "),
                   status.message()));
}

const std::string& ClaimsFile() {
  static const auto& text =
      *new std::string(std::begin(kClaimsBytes), std::end(kClaimsBytes));
  return text;
}

const char* Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHolds:
      return "HOLDS";
    case Verdict::kDoesNotHold:
      return "DOES NOT HOLD";
    case Verdict::kNotDecided:
      break;
  }
  return "NOT DECIDED";
}

std::string ExpectedText(const Claim& claim) {
  if (!claim.expected_low) {
    return absl::StrCat("at most ", ShortestText(*claim.expected_high));
  }
  if (!claim.expected_high) {
    return absl::StrCat("at least ", ShortestText(*claim.expected_low));
  }
  return absl::StrCat("from ", ShortestText(*claim.expected_low), " to ",
                      ShortestText(*claim.expected_high));
}

absl::StatusOr<std::vector<ClaimResult>> EvaluateClaims(
    const std::vector<Claim>& claims, const std::string& results_folder) {
  ASSIGN_OR_RETURN(const ClaimRecords records,
                   ReadClaimRecords(results_folder));
  std::vector<ClaimResult> results;
  for (const Claim& claim : claims) {
    results.push_back(Evaluate(claim, records));
  }
  return results;
}

std::string ClaimsText(const std::vector<ClaimResult>& results) {
  std::string text;
  std::set<std::string> datasets;
  for (const ClaimResult& result : results) {
    if (!datasets.insert(result.dataset).second) continue;
    for (const std::string& notice : DatasetNotice(result.dataset)) {
      absl::StrAppend(&text, notice, "\n\n");
    }
  }
  for (const ClaimResult& result : results) {
    const Claim& claim = result.claim;
    absl::StrAppend(&text, Name(result.verdict), "  ", claim.id,
                    "\n  claim:    ", claim.claim,
                    "\n  computed: ", claim.computed,
                    "\n  number:   ", NumberText(result),
                    "\n  expected: ", ExpectedText(claim), "\n");
    if (!result.reason.empty()) {
      absl::StrAppend(&text, "  because:  ", result.reason, "\n");
    }
    absl::StrAppend(&text, "  source:   ", claim.source, "\n\n");
  }
  const auto count = [&results](Verdict verdict) {
    return std::count_if(
        results.begin(), results.end(),
        [verdict](const auto& result) { return result.verdict == verdict; });
  };
  absl::StrAppend(&text, results.size(), " claims: ", count(Verdict::kHolds),
                  " HOLDS, ", count(Verdict::kDoesNotHold), " DOES NOT HOLD, ",
                  count(Verdict::kNotDecided), " NOT DECIDED\n");
  return text;
}

Table ClaimsTable(const std::vector<ClaimResult>& results) {
  Table table;
  table.title = "Claims of the paper";
  table.columns = {{"id", ""},
                   {"verdict", ""},
                   {"value", "", Significant(3)},
                   {"low", "", Significant(3)},
                   {"high", "", Significant(3)},
                   {"seeds", ""},
                   {"at", ""},
                   {"expected_low", ""},
                   {"expected_high", ""},
                   {"reason", ""},
                   {"claim", ""},
                   {"source", ""},
                   {"computed", ""},
                   {"why", ""},
                   {"command", ""},
                   {"minutes", ""},
                   {"dataset", ""}};
  std::set<std::string> datasets;
  for (const ClaimResult& r : results) {
    if (datasets.insert(r.dataset).second) {
      for (std::string& notice : DatasetNotice(r.dataset)) {
        table.notes_above.push_back(std::move(notice));
      }
    }
    table.rows.push_back(
        {r.claim.id, std::string(Name(r.verdict)), ToCell(r.value),
         ToCell(r.low), ToCell(r.high), r.seeds, r.at,
         ToCell(r.claim.expected_low), ToCell(r.claim.expected_high), r.reason,
         r.claim.claim, r.claim.source, r.claim.computed, r.claim.why,
         r.claim.command, r.claim.minutes, r.dataset});
  }
  return table;
}

absl::StatusOr<std::string> ClaimsInFormat(
    const std::vector<ClaimResult>& results, Format format) {
  if (format == Format::kTable) return ClaimsText(results);
  return ToFormat(ClaimsTable(results), format);
}

}  // namespace local_sgd
