#include "analysis/finding_sentences.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "lib/records/table.h"

namespace local_sgd {

std::string WithInterval(const FindingRecord& finding, Precision precision) {
  std::string text = CellText(finding.value, precision);
  if (finding.low && finding.high) {
    absl::StrAppend(&text, " [", CellText(*finding.low, precision), ", ",
                    CellText(*finding.high, precision), "]");
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> PartsOf(
    const FindingRecord& finding) {
  std::vector<std::pair<std::string, std::string>> parts;
  for (absl::string_view part : absl::StrSplit(finding.setting, ", ")) {
    parts.push_back(absl::StrSplit(part, absl::MaxSplits('=', 1)));
  }
  return parts;
}

std::string PartOf(const FindingRecord& finding, const std::string& name) {
  for (const auto& [part, value] : PartsOf(finding)) {
    if (part == name) return value;
  }
  return "";
}

double NumberOf(const FindingRecord& finding, const std::string& name) {
  double number = 0;
  (void)absl::SimpleAtod(PartOf(finding, name), &number);
  return number;
}

std::vector<const FindingRecord*> Named(const Evidence& evidence,
                                        const std::string& experiment,
                                        const std::string& name) {
  std::vector<const FindingRecord*> named;
  for (const FindingRecord& finding : evidence.findings) {
    if (finding.experiment == experiment && finding.name == name) {
      named.push_back(&finding);
    }
  }
  return named;
}

}  // namespace local_sgd
