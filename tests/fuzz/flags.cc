// Flags. The first byte says what the rest is: 0, the arguments of a program,
// one a line; otherwise the value of a flag, in the order of kParsers. (Modulo
// their number.) No value stops the program; what is accepted is in range, and
// where it can be written, reads back the same.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "experiments/common_flags.h"
#include "experiments/run_settings.h"
#include "lib/program/command_line.h"
#include "lib/records/format.h"
#include "lib/records/table.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/memory_file.h"

ABSL_FLAG(int, count, 0, "");
ABSL_FLAG(bool, loud, false, "");

namespace local_sgd {
namespace {

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();

void RequireError(const absl::Status& status) {
  Require(status.code() == absl::StatusCode::kInvalidArgument,
          "InvalidArgument", status.ToString());
}

void CommandLine(const std::string& text) {
  std::vector<std::string> arguments = absl::StrSplit(text, '\n');
  arguments.insert(arguments.begin(), "program");
  std::vector<char*> argv;
  for (std::string& argument : arguments) {
    // argv ends where a NUL stands. -h, --help and their like end the program.
    argument.resize(std::min(argument.find('\0'), argument.size()));
    const absl::string_view name =
        absl::StripPrefix(absl::StripPrefix(argument, "-"), "-");
    if (name.substr(0, name.find('=')) == "h") return;
    for (const absl::string_view ends : {"help", "version", "only_check"}) {
      if (absl::StartsWith(name, ends)) return;
    }
    argv.push_back(argument.data());
  }
  const absl::StatusOr<CommonFlags> flags =
      ParseCommonFlags(static_cast<int>(argv.size()), argv.data(), "usage");
  if (!flags.ok()) return RequireError(flags.status());
  Require(flags->threads >= 1 && flags->threads <= 1024, "threads in range");
  Require(!flags->dataset.empty() && !flags->output_dir.empty(), "names");
}

void Numbers(const std::string& text) {
  const auto numbers = ParseNumbers("flag", text, kAboveZero);
  if (!numbers.ok()) return RequireError(numbers.status());
  std::vector<std::string> texts;
  for (const double number : *numbers) {
    Require(std::isfinite(number) && number > 0, "finite numbers above zero");
    texts.push_back(ShortestText(number));
  }
  Require(ParseNumbers("flag", absl::StrJoin(texts, ","), kAboveZero).value() ==
              *numbers,
          "the same numbers", text);
}

void Integers(const std::string& text) {
  const auto integers = ParseIntegers("flag", text, 1, kLargest);
  if (!integers.ok()) return RequireError(integers.status());
  Require(ParseIntegers("flag", absl::StrJoin(*integers, ","), 1, kLargest)
                  .value() == *integers,
          "the same integers", text);
}

void StepSizes(const std::string& text) {
  const absl::StatusOr<StepSizeChoice> choice = ParseStepSize(text);
  if (!choice.ok()) return RequireError(choice.status());
  Require(choice->text == text, "the text as typed");
  if (choice->kind == StepSizeChoice::kTheory) return;
  Require(std::isfinite(choice->parameter) && choice->parameter > 0,
          "a finite parameter above zero");
  const StepSize step_size =
      ChooseStepSize(*choice, /*n=*/5, /*mu=*/0.2, /*kappa=*/3, /*gap=*/2)
          .step_size;
  Require(step_size(0) > 0 && step_size(0) >= step_size(1000),
          "step sizes that do not grow");
}

void CheckSynchronisation(const SynchronisationSet& set) {
  const absl::Status valid = ValidateSynchronisationSet(set);
  Require(valid.ok(), "a valid set", valid.ToString());
  int64_t t = 0;
  for (int i = 0; i < 100 && t != kNever; ++i) {
    const int64_t next = NextSynchronisation(set, t);
    Require(next > t, "a later synchronisation");
    t = next;
  }
  for (const int64_t T : {int64_t{1}, int64_t{100}}) {
    const int64_t gap = LargestGap(set, T);
    const int64_t rounds = CountRounds(set, T);
    Require(gap >= 1 && gap <= T && rounds >= 1 && rounds <= T,
            "gap and rounds of at most T");
    // Rounds cover T, each at most the largest gap.
    Require(set.kind == SynchronisationSet::kGrowing || gap * rounds >= T,
            "rounds that cover T");
  }
}

void Synchronisations(const std::string& text) {
  if (absl::StartsWith(text, "list:")) return;
  const absl::StatusOr<SynchronisationSet> set =
      ParseSynchronisation(text, /*workers=*/4, /*batch=*/2);
  if (!set.ok()) return RequireError(set.status());
  CheckSynchronisation(*set);
}

void SynchronisationList(const std::string& text) {
  const MemoryFile file(text);
  const absl::StatusOr<SynchronisationSet> set =
      ParseSynchronisation(absl::StrCat("list:", file.path()), 4, 2);
  if (!set.ok()) return RequireError(set.status());
  CheckSynchronisation(*set);
  const MemoryFile written(absl::StrJoin(set->indices, "\n"));
  Require(ParseSynchronisation(absl::StrCat("list:", written.path()), 4, 2)
                  ->indices == set->indices,
          "the same indices");
}

void Regularisations(const std::string& text) {
  const absl::StatusOr<std::optional<double>> lambda =
      ParseRegularization(text);
  if (!lambda.ok()) return RequireError(lambda.status());
  Require(!*lambda || (std::isfinite(**lambda) && **lambda > 0),
          "a finite lambda above zero");
}

void Formats(const std::string& text) {
  const absl::StatusOr<Format> format = ParseFormat(text);
  if (!format.ok()) RequireError(format.status());
}

constexpr void (*kParsers[])(const std::string&) = {
    CommandLine,         Numbers,         Integers, StepSizes, Synchronisations,
    SynchronisationList, Regularisations, Formats};

}  // namespace

void FuzzOneInput(absl::string_view bytes) {
  if (bytes.empty()) return;
  const size_t kind =
      static_cast<unsigned char>(bytes[0]) % std::size(kParsers);
  kParsers[kind](std::string(bytes.substr(1)));
}

}  // namespace local_sgd
