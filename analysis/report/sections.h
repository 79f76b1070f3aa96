// What stands on the page, section by section.

#ifndef ANALYSIS_REPORT_SECTIONS_H_
#define ANALYSIS_REPORT_SECTIONS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/claims.h"
#include "analysis/finding_sentences.h"
#include "experiments/study.h"
#include "nlohmann/json.hpp"

namespace local_sgd {

// The figures of a page have at most so many bytes; those beyond are named but
// not shown.
inline constexpr size_t kMostFigureBytes = 3'500'000;

// What a folder has, read once for all sections.
struct PageContents {
  std::vector<AnyStudy> studies;
  std::string folder;
  std::string figures_folder;
  std::optional<double> rho;  // nothing: the recorded price
  std::set<std::string> files;
  std::set<std::string> figure_files;
  Evidence evidence;  // at that price
  nlohmann::ordered_json manifest;
  nlohmann::ordered_json constants;
  std::vector<ClaimResult> claims;
};

// The program that writes such a file of records.
std::string CommandOf(const AnyStudy& study, const RecordsTable& table);

// The text of a value; a string without its quotes.
std::string JsonValueText(const nlohmann::ordered_json& value);

// That of a field, empty where there is none.
std::string JsonFieldText(const nlohmann::ordered_json& object,
                          const char* name);

// One argument of a shell's command.
std::string ShellQuoted(const std::string& text);

// The kinds of figures in the order in which they stand on the page.
std::vector<FigureKind> FigureKinds(const std::vector<AnyStudy>& studies);

// Which kind has files of that name; the number of kinds for none of them.
size_t KindOf(const std::vector<FigureKind>& kinds, const std::string& name);

struct ClaimCounts {
  int64_t agree = 0;
  int64_t differ = 0;
  int64_t open = 0;
};
ClaimCounts Count(const std::vector<ClaimResult>& claims);

// Each section as HTML. Errors are those of the readers of what it shows.
absl::StatusOr<std::string> FindingsHtml(const PageContents& page);
std::string ClaimsHtml(const PageContents& page);
absl::StatusOr<std::string> FiguresHtml(const PageContents& page);
// A table of records or of an experiment has at most so many bytes of rows.
absl::StatusOr<std::string> TablesHtml(const PageContents& page,
                                       size_t most_bytes);
absl::StatusOr<std::string> RunHtml(const PageContents& page);

}  // namespace local_sgd

#endif  // ANALYSIS_REPORT_SECTIONS_H_
