#include "experiments/asynchronous/sentences.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis/finding_sentences.h"
#include "lib/records/finding_record.h"
#include "lib/records/table.h"

namespace local_sgd {

Sentences AsynchronousSentences(const Evidence& evidence) {
  const FindingRecord* shown = nullptr;
  for (const FindingRecord* finding :
       Named(evidence, "asynchronous", "time_ratio")) {
    const auto key = [](const FindingRecord& r) {
      return std::pair(NumberOf(r, "s"), -NumberOf(r, "eps"));
    };
    if (NumberOf(*finding, "s") <= 1) continue;
    if (shown == nullptr || key(*finding) > key(*shown)) shown = finding;
  }
  if (shown == nullptr) return {};
  return {absl::StrCat(
      "With one of ", PartOf(*shown, "K"), " workers ", PartOf(*shown, "s"),
      " times slower than the others the synchronous method takes ",
      WithInterval(*shown, Significant(3)),
      " times the modelled time of the asynchronous one (eps = ",
      PartOf(*shown, "eps"), ", H = ", PartOf(*shown, "H"), ").")};
}

}  // namespace local_sgd
