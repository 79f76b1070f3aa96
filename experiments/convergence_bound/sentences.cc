#include "experiments/convergence_bound/sentences.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/finding_sentences.h"
#include "lib/records/finding_record.h"
#include "lib/records/table.h"

namespace local_sgd {

Sentences ConvergenceBoundSentences(const Evidence& evidence) {
  std::vector<std::string> texts;
  for (const FindingRecord* finding :
       Named(evidence, "convergence_bound", "smallest_bound_over_error")) {
    if (PartOf(*finding, "constants") != "path") continue;
    texts.push_back(absl::StrCat(
        WithInterval(*finding, Significant(3)),
        " times the error at lambda = ", PartOf(*finding, "lambda")));
  }
  if (texts.empty()) return {};
  return {absl::StrCat(
      "The bound of Theorem 2.2, even with the constants that were measured "
      "along the path, is at least ",
      absl::StrJoin(texts, " and "), ".")};
}

}  // namespace local_sgd
