#include "lib/program/command_line.h"

#include <stdlib.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <utility>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/parse.h"
#include "absl/flags/reflection.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/program/standard_output.h"
#include "lib/records/outside_text.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

std::string& VersionToSay() {
  static auto* const text = new std::string("unknown");
  return *text;
}

// `typed` is the whole value where `text` is a part of it, otherwise empty.
absl::Status FlagError(const std::string& flag, const std::string& text,
                       const std::string& typed, const std::string& expected) {
  const bool is_part = !typed.empty() && typed != text;
  return absl::InvalidArgumentError(absl::StrCat(
      flag.empty() ? "" : absl::StrCat("--", flag, "="), is_part ? typed : text,
      ": ", is_part ? absl::StrCat("found '", text, "', ") : "", "expected ",
      expected));
}

// Flags that Abseil answers by itself, by ending the program.
bool IsHelp(const std::string& name) {
  for (const char* help : {"h", "help", "helpfull", "helpshort", "helppackage",
                           "helpmatch", "helpon", "version"}) {
    if (name == help) return true;
  }
  return false;
}

// Abseil's flags for more arguments, from files and from the environment, which
// it would check in its own words while exiting, and one that hides mistakes.
bool IsRefused(const std::string& name) {
  for (const char* refused : {"flagfile", "fromenv", "tryfromenv", "undefok"}) {
    if (name == refused) return true;
  }
  return false;
}

// Abseil ends a program that it showed the help of by itself, with 1. But that
// is what the user asked for; and what nobody could read is a failure.
void EndAfterHelp() {
  const absl::Status written = FlushStandardOutput();
  std::_Exit(written.ok() ? 0 : Fail(written));
}

// Says about argv what Abseil would say in its own words while exiting. Returns
// whether help is wanted.
absl::StatusOr<bool> CheckArguments(int argc, char** argv, bool flags_only) {
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--" && i + 1 == argc) break;
    const size_t dashes = argument.find_first_not_of('-');
    if (argument == "--" || dashes == 0 || dashes > 2) {
      if (!flags_only && argument == "--") break;
      if (!flags_only && (dashes == 0 || argument == "-")) continue;
      const std::string what = argument == "--" ? argv[i + 1] : argument;
      return absl::InvalidArgumentError(absl::StrCat(
          "unexpected argument '", what, "', expected flags only (--help)"));
    }
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(
        dashes, equals == std::string::npos ? equals : equals - dashes);
    if (IsHelp(name)) return true;
    absl::CommandLineFlag* flag =
        IsRefused(name) ? nullptr : absl::FindCommandLineFlag(name);
    if (flag == nullptr && equals == std::string::npos &&
        absl::StartsWith(name, "no")) {
      flag = absl::FindCommandLineFlag(name.substr(2));
      if (flag != nullptr && flag->IsOfType<bool>()) continue;
      flag = nullptr;
    }
    if (flag == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("unknown flag --", name, " (--help lists all)"));
    }
    std::string value;
    if (equals != std::string::npos) {
      value = argument.substr(equals + 1);
    } else if (flag->IsOfType<bool>()) {
      continue;
    } else if (++i < argc) {
      value = argv[i];
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("--", name, " needs a value"));
    }
    std::string error;
    if (!flag->ParseFrom(value, &error)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--", name, "=", value, ": not a valid value",
                       error.empty() ? "" : ", ", error));
    }
  }
  return false;
}

// Returns what is not a flag.
absl::StatusOr<std::vector<std::string>> Parse(int argc, char** argv,
                                               const std::string& usage,
                                               bool flags_only) {
  static std::once_flag usage_is_set;  // Abseil takes it only once
  std::call_once(usage_is_set, [&] { absl::SetProgramUsageMessage(usage); });
  absl::FlagsUsageConfig config;
  config.contains_help_flags = [](absl::string_view file) {
    return !absl::StrContains(file, "absl/");
  };
  config.version_string = [] { return VersionToSay() + "\n"; };
  absl::SetFlagsUsageConfig(config);
  ASSIGN_OR_RETURN(const bool help, CheckArguments(argc, argv, flags_only));
  std::vector<char*> arguments(argv, argv + argc);
  if (help) {
    std::atexit(EndAfterHelp);
    for (char*& argument : arguments) {
      static char long_name[] = "--help";
      if (std::string(argument) == "-h") argument = long_name;
    }
  }
  const std::vector<char*> left = absl::ParseCommandLine(
      static_cast<int>(arguments.size()), arguments.data());
  return std::vector<std::string>(left.begin() + 1, left.end());
}

// Splits at commas; an error for no or empty items.
absl::StatusOr<std::vector<std::string>> Items(const std::string& flag,
                                               const std::string& text,
                                               const std::string& expected) {
  const std::vector<std::string> items = absl::StrSplit(text, ',');
  for (const std::string& item : items) {
    if (item.empty()) return FlagError(flag, text, "", expected);
  }
  return items;
}

// The values of a list, each of which `parse` reads from an item, not repeated.
template <typename T, typename Parse>
absl::StatusOr<std::vector<T>> ParseItems(const std::string& flag,
                                          const std::string& text,
                                          const std::string& expected,
                                          const Parse& parse) {
  ASSIGN_OR_RETURN(const auto items, Items(flag, text, expected));
  std::vector<T> values;
  for (const std::string& item : items) {
    ASSIGN_OR_RETURN(const T value, parse(item));
    if (std::find(values.begin(), values.end(), value) != values.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--", flag, "=", text, ": ", item, " stands twice"));
    }
    values.push_back(value);
  }
  return values;
}

}  // namespace

void SetVersionText(std::string text) { VersionToSay() = std::move(text); }

absl::Status ParseCommandLine(int argc, char** argv, const std::string& usage) {
  return Parse(argc, argv, usage, /*flags_only=*/true).status();
}

absl::StatusOr<std::vector<std::string>> ParseCommandLineWithArguments(
    int argc, char** argv, const std::string& usage) {
  return Parse(argc, argv, usage, /*flags_only=*/false);
}

absl::StatusOr<double> ParseNumber(const std::string& flag,
                                   const std::string& text, double minimum,
                                   const std::string& typed) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end || !std::isfinite(value) ||
      value < minimum) {
    return FlagError(
        flag, text, typed,
        minimum == kAboveZero
            ? std::string("a number above 0")
            : absl::StrCat("a number of at least ", ShortestText(minimum)));
  }
  return value + 0.0;  // "-0" is 0, and prints so
}

absl::StatusOr<std::vector<double>> ParseNumbers(const std::string& flag,
                                                 const std::string& text,
                                                 double minimum) {
  return ParseItems<double>(flag, text, "numbers separated by commas",
                            [&](const std::string& item) {
                              return ParseNumber(flag, item, minimum, text);
                            });
}

absl::StatusOr<int64_t> ParseInteger(const std::string& flag,
                                     const std::string& text, int64_t minimum,
                                     int64_t maximum,
                                     const std::string& typed) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end || value < minimum ||
      value > maximum) {
    return FlagError(
        flag, text, typed,
        absl::StrCat("a whole number from ", minimum, " to ", maximum));
  }
  return value;
}

absl::StatusOr<std::vector<int64_t>> ParseIntegers(const std::string& flag,
                                                   const std::string& text,
                                                   int64_t minimum,
                                                   int64_t maximum) {
  return ParseItems<int64_t>(flag, text, "whole numbers separated by commas",
                             [&](const std::string& item) {
                               return ParseInteger(flag, item, minimum, maximum,
                                                   text);
                             });
}

absl::StatusOr<std::string> PathFromUser(const std::string& flag,
                                         const std::string& path,
                                         const std::string& typed) {
  std::string expanded = path;
  if (absl::StartsWith(path, "~")) {
    if (path != "~" && !absl::StartsWith(path, "~/")) {
      return FlagError(flag, path, typed,
                       "~ alone or before a /, or a folder named in full "
                       "(./~... for one of that name)");
    }
    const char* home = getenv("HOME");
    if (home == nullptr || *home == '\0') {
      return FlagError(flag, path, typed, "no ~, since HOME is not set");
    }
    expanded = home + path.substr(1);
  }
  const char* folder = getenv("BUILD_WORKING_DIRECTORY");
  if (folder == nullptr || *folder == '\0') return expanded;
  return (std::filesystem::path(folder) / expanded).lexically_normal().string();
}

std::string DefaultResultsFolder() {
  const char* workspace = getenv("BUILD_WORKSPACE_DIRECTORY");
  if (workspace == nullptr || *workspace == '\0') return "results";
  return std::string(workspace) + "/results";
}

int Fail(const absl::Status& status) {
  std::string message(status.message());
  std::replace(message.begin(), message.end(), '\n', ' ');
  std::cerr << "error: " << PrintableText(message) << std::endl;
  return 1;
}

int FailUsage(const absl::Status& status) {
  Fail(status);
  return 2;
}

}  // namespace local_sgd
