#include "experiments/variance_reduction/sentences.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis/finding_sentences.h"
#include "lib/records/finding_record.h"
#include "lib/records/table.h"

namespace local_sgd {

Sentences VarianceSentences(const Evidence& evidence) {
  const FindingRecord* shown = nullptr;
  for (const FindingRecord* finding :
       Named(evidence, "variance_reduction", "variance_slope")) {
    if (!absl::StrContains(finding->setting, "theory, H=") ||
        !absl::EndsWith(finding->setting, ", last, equal T")) {
      continue;
    }
    if (shown == nullptr || NumberOf(*finding, "H") > NumberOf(*shown, "H")) {
      shown = finding;
    }
  }
  if (shown == nullptr) return {};
  return {absl::StrCat(
      "With the step sizes of Theorem 2.2 the variance of the last iterate, "
      "the mean over the workers, falls like K^p, p = ",
      WithInterval(*shown, Decimals(2)),
      " (lambda = ", PartOf(*shown, "lambda"), ", H = ", PartOf(*shown, "H"),
      "); linear speedup has p = -1.")};
}

}  // namespace local_sgd
