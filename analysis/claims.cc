#include "analysis/claims.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/results/dataset_notice.h"
#include "lib/status_macros.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

constexpr unsigned char kClaimsBytes[] = {
#include "analysis/claims_bytes.inc"
};

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::Status FieldError(const char* field, const std::string& value,
                        const std::string& expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("field '", field, "' is ", value, ", expected ", expected));
}

// JSON of which no object has a key twice: the parser would drop one silently.
absl::StatusOr<Json> ParseJson(const std::string& text) {
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  std::string repeated;
  const auto look = [&](int, Json::parse_event_t event, Json& json) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key) {
      const auto key = json.get<std::string>();
      if (!keys.back().insert(key).second) repeated = key;
    }
    return true;
  };
  Json json = Json::parse(text, look, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    return absl::InvalidArgumentError("not valid JSON");
  }
  if (!repeated.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("field '", repeated, "' stands twice in one object"));
  }
  return json;
}

bool IsId(const std::string& text) {
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
         std::string::npos;
}

// null is open.
absl::Status ReadExpected(const Json& json, Claim& claim) {
  const auto error = [&json] {
    return FieldError("expected", Dump(json),
                      "[low, high] with low <= high, one of them may be null");
  };
  if (!json.is_array() || json.size() != 2) return error();
  for (const bool is_low : {true, false}) {
    const Json& end = json[is_low ? 0 : 1];
    if (end.is_null()) continue;
    if (!end.is_number() || !std::isfinite(end.get<double>())) return error();
    (is_low ? claim.expected_low : claim.expected_high) = end.get<double>();
  }
  if (!claim.expected_low && !claim.expected_high) return error();
  if (claim.expected_low && claim.expected_high &&
      *claim.expected_low > *claim.expected_high) {
    return error();
  }
  return absl::OkStatus();
}

absl::StatusOr<Claim> ParseClaim(const Json& json) {
  Claim claim;
  const std::pair<const char*, std::string*> texts[] = {
      {"id", &claim.id},
      {"claim", &claim.claim},
      {"source", &claim.source},
      {"command", &claim.command},
      {"computed", &claim.computed},
      {"why", &claim.why}};
  std::set<std::string> fields = {"quantity", "expected", "minutes"};
  for (const auto& [field, text] : texts) fields.insert(field);
  for (const auto& [field, value] : json.items()) {
    if (fields.count(field) == 0) {
      return FieldError(field.c_str(), Dump(value), "no field of this name");
    }
  }
  for (const std::string& field : fields) {
    if (json.find(field) == json.end()) {
      return FieldError(field.c_str(), "missing", "a value");
    }
  }
  for (const auto& [field, text] : texts) {
    const Json& value = json[field];
    if (value.is_string()) *text = value.get<std::string>();
    if (text->empty()) return FieldError(field, Dump(value), "words");
  }
  if (!IsId(claim.id)) {
    return FieldError("id", Dump(json["id"]), "lower case letters, digits, _");
  }
  ASSIGN_OR_RETURN(claim.quantity, ParseQuantity(json["quantity"]));
  RETURN_IF_ERROR(ReadExpected(json["expected"], claim));
  const Json& minutes = json["minutes"];
  if (minutes.is_number()) claim.minutes = minutes.get<double>();
  if (!minutes.is_number() || !std::isfinite(claim.minutes) ||
      claim.minutes < 0) {
    return FieldError("minutes", Dump(minutes), "a number of at least 0");
  }
  return claim;
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
  const auto error = [&file_name](absl::string_view where,
                                  absl::string_view what) {
    return absl::InvalidArgumentError(
        absl::StrCat(file_name, ": ", where, what));
  };
  const absl::StatusOr<Json> json = ParseJson(text);
  if (!json.ok()) return error("", json.status().message());
  if (!json->is_array()) return error("", "expected an array of claims");
  std::vector<Claim> claims;
  std::set<std::string> ids;
  for (size_t i = 0; i < json->size(); ++i) {
    const Json& entry = (*json)[i];
    std::string where = absl::StrCat("claim ", i + 1, " of the file: ");
    if (!entry.is_object()) return error(where, "expected an object");
    if (const auto id = entry.find("id");
        id != entry.end() && id->is_string()) {
      where = absl::StrCat("claim '", id->get<std::string>(), "': ");
    }
    absl::StatusOr<Claim> claim = ParseClaim(entry);
    if (!claim.ok()) return error(where, claim.status().message());
    if (!ids.insert(claim->id).second) {
      return error(where, "field 'id' stands in an earlier claim too");
    }
    claims.push_back(*std::move(claim));
  }
  return claims;
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
