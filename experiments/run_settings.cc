#include "experiments/run_settings.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "lib/files/output_file.h"
#include "lib/program/command_line.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"
#include "lib/theory/step_size_choice.h"
#include "lib/theory/step_size_grid.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {
namespace {

constexpr int64_t kMaxIndex = int64_t{1} << 60;
constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";  // in UTF-8

// What follows `prefix` in `text`, if it starts with it.
bool After(absl::string_view prefix, const std::string& text,
           std::string& rest) {
  if (!absl::StartsWith(text, prefix)) return false;
  rest = text.substr(prefix.size());
  return true;
}

absl::StatusOr<SynchronisationSet> ReadList(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string contents, ReadFile(path));
  std::vector<int64_t> indices;
  int64_t line_number = 0;
  for (absl::string_view line : absl::StrSplit(contents, '\n')) {
    ++line_number;
    if (line_number == 1) absl::ConsumePrefix(&line, kByteOrderMark);
    for (const absl::string_view token :
         absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty())) {
      int64_t index = 0;
      const int64_t previous = indices.empty() ? 0 : indices.back();
      if (!absl::SimpleAtoi(token, &index) || index <= previous ||
          index > kMaxIndex) {
        return absl::InvalidArgumentError(absl::StrCat(
            path, ":", line_number, ": found \"",
            absl::CEscape(token.substr(0, 40)),
            "\", expected an iteration above ", previous, ", at most 2^60"));
      }
      indices.push_back(index);
    }
  }
  if (indices.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": no iterations in it"));
  }
  return FromList(std::move(indices));
}

}  // namespace

absl::StatusOr<StepSizeChoice> ParseStepSize(const std::string& text,
                                             const std::string& typed) {
  const std::string& whole = typed.empty() ? text : typed;
  StepSizeChoice choice;
  choice.text = text;
  std::string number;
  if (text == "theory") return choice;
  if (After("constant:", text, number)) {
    choice.kind = StepSizeChoice::kConstant;
  } else if (After("decaying:", text, number)) {
    choice.kind = StepSizeChoice::kDecaying;
  } else {
    return absl::InvalidArgumentError(absl::StrCat(
        "--step_size=", absl::CEscape(whole), ": ",
        whole == text ? ""
                      : absl::StrCat("found '", absl::CEscape(text), "', "),
        "expected theory, constant:ETA or decaying:C"));
  }
  ASSIGN_OR_RETURN(choice.parameter,
                   ParseNumber("step_size", number, kAboveZero, whole));
  return choice;
}

StepSizeChoice ChoiceOf(const StepSizeCandidate& candidate) {
  const double c = std::ldexp(1.0, candidate.exponent);
  StepSizeChoice choice;
  choice.kind = candidate.family == StepSizeFamily::kConstant
                    ? StepSizeChoice::kConstant
                    : StepSizeChoice::kDecaying;
  choice.parameter =
      candidate.family == StepSizeFamily::kConstant ? 32.0 * c : c;
  choice.text = absl::StrCat(FamilyName(candidate.family), ":",
                             ShortestText(choice.parameter));
  return choice;
}

absl::Status ValidateSeeds(uint64_t first_seed, int64_t seeds) {
  const uint64_t last = first_seed + static_cast<uint64_t>(seeds - 1);
  if (last <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("--seeds=", seeds,
                                                 ": seeds from ", first_seed,
                                                 " on go beyond 2^63 - 1"));
}

absl::StatusOr<SynchronisationSet> ParseSynchronisation(const std::string& text,
                                                        int64_t workers,
                                                        int64_t batch) {
  std::string rest;
  if (text == "final") return OnlyFinal();
  if (After("period:", text, rest)) {
    ASSIGN_OR_RETURN(const int64_t period,
                     ParseInteger("synchronisation", rest, 1, kMaxIndex, text));
    return EveryPeriod(period);
  }
  if (After("growing:", text, rest)) {
    ASSIGN_OR_RETURN(const double growth,
                     ParseNumber("synchronisation", rest, kAboveZero, text));
    return GrowingPeriod(growth, workers, batch);
  }
  if (After("phases:", text, rest)) {
    const std::vector<std::string> parts = absl::StrSplit(rest, ',');
    std::vector<int64_t> numbers;
    for (const std::string& part : parts) {
      ASSIGN_OR_RETURN(
          const int64_t number,
          ParseInteger("synchronisation", part, 1, kMaxIndex, text));
      numbers.push_back(number);
    }
    if (numbers.size() != 3) {
      return absl::InvalidArgumentError(
          absl::StrCat("--synchronisation=", absl::CEscape(text),
                       ": expected phases:H,S,H2, three numbers"));
    }
    return TwoPhases(numbers[0], numbers[1], numbers[2]);
  }
  if (text == "doubling") return DoublingPeriod(kNever);
  if (After("doubling:", text, rest)) {
    ASSIGN_OR_RETURN(const int64_t cap,
                     ParseInteger("synchronisation", rest, 1, kMaxIndex, text));
    return DoublingPeriod(cap);
  }
  if (After("list:", text, rest)) {
    ASSIGN_OR_RETURN(const auto path,
                     PathFromUser("synchronisation", rest, text));
    return ReadList(path);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--synchronisation=", absl::CEscape(text),
                   ": expected period:H, final, growing:C, phases:H,S,H2, "
                   "doubling, doubling:CAP or list:FILE"));
}

}  // namespace local_sgd
