// The paper's statements, each with the range in which its number must lie, and
// what our records say about them.
//
// The verdict of a claim:
//   HOLDS           the whole interval lies in the expected range
//   DOES NOT HOLD   it lies wholly outside: a finding, not a failure
//   NOT DECIDED     neither; or the records are missing; or a measured number
//                   comes from one seed and has no interval
// Numbers of the model are exact, an interval of one point. What an interval is
// stands in claim_quantities.h.

#ifndef ANALYSIS_CLAIMS_H_
#define ANALYSIS_CLAIMS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/claim_quantities.h"
#include "lib/records/format.h"
#include "lib/records/table.h"

namespace local_sgd {

inline constexpr char kClaimsFileName[] = "analysis/claims.json";

// The fields are those of the file, which has one object for each claim.
struct Claim {
  std::string id;        // lower case letters, digits, "_"; unique
  std::string claim;     // the statement, in a sentence
  std::string source;    // where the paper makes it
  std::string command;   // that makes the records anew
  std::string computed;  // what our number is, in words
  std::string why;       // where the bounds come from; never from our numbers
  Quantity quantity;
  // "expected": [low, high], ends included; null: open. Not both are.
  std::optional<double> expected_low;
  std::optional<double> expected_high;
  double minutes = 0;  // that the command takes, >= 0
};

// Trusts a file that analysis/claims.schema.json accepts, as claims_schema_test
// shows of ours. The error of one that cannot be read names file and claim.
absl::StatusOr<std::vector<Claim>> ParseClaims(const std::string& text,
                                               const std::string& file_name);

// The text of analysis/claims.json, compiled in.
const std::string& ClaimsFile();

enum class Verdict { kHolds, kDoesNotHold, kNotDecided };

// "HOLDS", "DOES NOT HOLD", "NOT DECIDED".
const char* Name(Verdict verdict);

struct ClaimResult {
  Claim claim;
  Verdict verdict = Verdict::kNotDecided;
  std::string reason;  // why it is not decided; empty otherwise
  // Nothing where there is no number; see Estimate.
  std::optional<double> value;
  std::optional<double> low;  // and high, nothing for one seed
  std::optional<double> high;
  int64_t seeds = 0;  // 0: exact, or no number
  std::string at;
  std::string dataset;  // measured on; empty for the model
};

// The claims in their order. Errors are those of ReadClaimRecords; a file or a
// record that is missing is no error.
absl::StatusOr<std::vector<ClaimResult>> EvaluateClaims(
    const std::vector<Claim>& claims, const std::string& results_folder);

// "at least 1", "from 0.5 to 1".
std::string ExpectedText(const Claim& claim);

// For a terminal: a paragraph for each claim; the counts are the last line.
std::string ClaimsText(const std::vector<ClaimResult>& results);

// One row a claim, for claims.csv.
Table ClaimsTable(const std::vector<ClaimResult>& results);

// What a program prints for --format: that text, or the table.
absl::StatusOr<std::string> ClaimsInFormat(
    const std::vector<ClaimResult>& results, Format format);

}  // namespace local_sgd

#endif  // ANALYSIS_CLAIMS_H_
