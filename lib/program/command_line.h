// What every program of the suite does with its command line: strict flags,
// lists of numbers, paths as the user meant them, errors as one line.

#ifndef LIB_PROGRAM_COMMAND_LINE_H_
#define LIB_PROGRAM_COMMAND_LINE_H_

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace local_sgd {

// What --version says, in one line. RunProgram (lib/program/program.h) sets it.
void SetVersionText(std::string text);

// Parses the Abseil flags. InvalidArgument, naming the argument, for an unknown
// flag, a value that does not parse, a missing value and anything that is not
// a flag. `usage` is what --help says first. Exits by itself only for --help,
// -h, --version and their like: with 0, or 1 when stdout cannot be written.
absl::Status ParseCommandLine(int argc, char** argv, const std::string& usage);

// The same for a program that takes other arguments than flags: returns those,
// in order.
absl::StatusOr<std::vector<std::string>> ParseCommandLineWithArguments(
    int argc, char** argv, const std::string& usage);

// As a minimum: anything positive.
inline constexpr double kAboveZero = std::numeric_limits<double>::denorm_min();

// "0.005,0.0001" as numbers: finite, from `minimum` on, not repeated, at least
// one. Errors name the flag and its value as it was typed: `text`, or `typed`
// where `text` is only a part of that.
absl::StatusOr<std::vector<double>> ParseNumbers(const std::string& flag,
                                                 const std::string& text,
                                                 double minimum);
absl::StatusOr<double> ParseNumber(const std::string& flag,
                                   const std::string& text, double minimum,
                                   const std::string& typed = "");

// "1,2,4" as integers in [minimum, maximum], likewise.
absl::StatusOr<std::vector<int64_t>> ParseIntegers(const std::string& flag,
                                                   const std::string& text,
                                                   int64_t minimum,
                                                   int64_t maximum);
absl::StatusOr<int64_t> ParseInteger(const std::string& flag,
                                     const std::string& text, int64_t minimum,
                                     int64_t maximum,
                                     const std::string& typed = "");

// A path as the user meant it: ~ and ~/... are in the home folder, which no
// shell sees behind "--flag="; under `bazel run` a program starts elsewhere, so
// relative paths go from $BUILD_WORKING_DIRECTORY where that is set.
// InvalidArgument, naming flag and value, for ~name and for a ~ without $HOME.
// `flag` is empty for an argument that is not a flag; `typed` as above.
absl::StatusOr<std::string> PathFromUser(const std::string& flag,
                                         const std::string& path,
                                         const std::string& typed = "");

// results/ of the workspace under `bazel run`, otherwise of the working folder.
std::string DefaultResultsFolder();

// One line "error: ..." on stderr, as PrintableText of outside_text.h; returns
// the exit code, 1 or, for a command line that is wrong, 2: `return
// Fail(status);`.
int Fail(const absl::Status& status);
int FailUsage(const absl::Status& status);

}  // namespace local_sgd

#endif  // LIB_PROGRAM_COMMAND_LINE_H_
