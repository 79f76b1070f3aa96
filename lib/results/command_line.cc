#include "lib/results/command_line.h"

#include <stdlib.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <mutex>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/parse.h"
#include "absl/flags/reflection.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/results/outside_text.h"
#include "lib/results/table.h"

namespace local_sgd {
namespace {

absl::Status FlagError(const std::string& flag, const std::string& text,
                       const std::string& expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, "=", text, ": expected ", expected));
}

// Flags that Abseil answers by itself, by ending the program.
bool IsHelp(const std::string& name) {
  for (const char* help : {"help", "helpfull", "helpshort", "helppackage",
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

// Says about argv what Abseil would say in its own words while exiting.
absl::Status CheckArguments(int argc, char** argv, bool flags_only) {
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
    if (IsHelp(name)) return absl::OkStatus();
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
  return absl::OkStatus();
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
  absl::SetFlagsUsageConfig(config);
  absl::Status status = CheckArguments(argc, argv, flags_only);
  if (!status.ok()) return status;
  const std::vector<char*> left = absl::ParseCommandLine(argc, argv);
  return std::vector<std::string>(left.begin() + 1, left.end());
}

// Splits at commas; an error for no or empty items.
absl::StatusOr<std::vector<std::string>> Items(const std::string& flag,
                                               const std::string& text,
                                               const std::string& expected) {
  const std::vector<std::string> items = absl::StrSplit(text, ',');
  for (const std::string& item : items) {
    if (item.empty()) return FlagError(flag, text, expected);
  }
  return items;
}

template <typename T>
absl::Status CheckDistinct(const std::string& flag, const std::string& text,
                           std::vector<T> values) {
  std::sort(values.begin(), values.end());
  const auto repeated = std::adjacent_find(values.begin(), values.end());
  if (repeated == values.end()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, "=", text, ": ", *repeated, " stands twice"));
}

}  // namespace

absl::Status ParseCommandLine(int argc, char** argv, const std::string& usage) {
  return Parse(argc, argv, usage, /*flags_only=*/true).status();
}

absl::StatusOr<std::vector<std::string>> ParseCommandLineWithArguments(
    int argc, char** argv, const std::string& usage) {
  return Parse(argc, argv, usage, /*flags_only=*/false);
}

absl::StatusOr<double> ParseNumber(const std::string& flag,
                                   const std::string& text, double minimum) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end || !std::isfinite(value) ||
      value < minimum) {
    return FlagError(
        flag, text,
        minimum == kAboveZero
            ? std::string("a number above 0")
            : absl::StrCat("a number of at least ", ShortestText(minimum)));
  }
  return value;
}

absl::StatusOr<std::vector<double>> ParseNumbers(const std::string& flag,
                                                 const std::string& text,
                                                 double minimum) {
  const auto items = Items(flag, text, "numbers separated by commas");
  if (!items.ok()) return items.status();
  std::vector<double> values;
  for (const std::string& item : *items) {
    const absl::StatusOr<double> value = ParseNumber(flag, item, minimum);
    if (!value.ok()) return value.status();
    values.push_back(*value);
  }
  if (absl::Status status = CheckDistinct(flag, text, values); !status.ok()) {
    return status;
  }
  return values;
}

absl::StatusOr<int64_t> ParseInteger(const std::string& flag,
                                     const std::string& text, int64_t minimum,
                                     int64_t maximum) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end || value < minimum ||
      value > maximum) {
    return FlagError(
        flag, text,
        absl::StrCat("a whole number from ", minimum, " to ", maximum));
  }
  return value;
}

absl::StatusOr<std::vector<int64_t>> ParseIntegers(const std::string& flag,
                                                   const std::string& text,
                                                   int64_t minimum,
                                                   int64_t maximum) {
  const auto items = Items(flag, text, "whole numbers separated by commas");
  if (!items.ok()) return items.status();
  std::vector<int64_t> values;
  for (const std::string& item : *items) {
    const absl::StatusOr<int64_t> value =
        ParseInteger(flag, item, minimum, maximum);
    if (!value.ok()) return value.status();
    values.push_back(*value);
  }
  if (absl::Status status = CheckDistinct(flag, text, values); !status.ok()) {
    return status;
  }
  return values;
}

std::string PathFromUser(const std::string& path) {
  const char* folder = getenv("BUILD_WORKING_DIRECTORY");
  if (folder == nullptr || *folder == '\0') return path;
  return (std::filesystem::path(folder) / path).lexically_normal().string();
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
