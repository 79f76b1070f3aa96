// Reads a program's flags into its settings, one after another, and keeps the
// first error.

#ifndef LIB_PROGRAM_FLAG_READER_H_
#define LIB_PROGRAM_FLAG_READER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"

namespace local_sgd {

class FlagReader {
 public:
  using TextFlag = absl::Flag<std::string>;

  // Like ParseInteger, ParseIntegers, ParseNumber and ParseNumbers
  // (lib/program/command_line.h) of the flag's text. Where the flag is empty by
  // default, empty leaves the value as it is.
  void Read(const TextFlag& flag, int64_t minimum, int64_t maximum,
            int64_t& value);
  void Read(const TextFlag& flag, int64_t minimum, int64_t maximum,
            std::vector<int64_t>& values);
  void Read(const TextFlag& flag, double minimum, double& value);
  void Read(const TextFlag& flag, double minimum, std::vector<double>& values);

  // The first error, which names the flag and its value.
  const absl::Status& status() const { return status_; }

 private:
  template <class Parse, class T>
  void Take(const TextFlag& flag, const Parse& parse, T& value);

  absl::Status status_;
};

}  // namespace local_sgd

#endif  // LIB_PROGRAM_FLAG_READER_H_
