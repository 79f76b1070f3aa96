// The journal of a long run: every finished piece is one line that is on the
// disk before the next begins, so a run that was killed goes on where it was.
//
// The first line is {"journal":"local_sgd","settings":S,"checksum":C}, each
// further one {"key":K,"result":R,"checksum":C}, where C is 64 bits over the
// rest of the line: damage is noticed, never read as a number.

#ifndef LIB_PROGRAM_JOURNAL_H_
#define LIB_PROGRAM_JOURNAL_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nlohmann/json_fwd.hpp"

namespace local_sgd {

class Journal {
 public:
  // Opens the file or starts it. `settings` is all that the results depend on
  // (flags, checksum of the data, version of the program); the order of its
  // keys does not matter. A last line that is not whole was being written when
  // the run ended: it is cut off, and its piece is not there.
  //
  // Every other trouble is an error that leaves the file as it is:
  // FailedPrecondition, naming each setting with both values, if it was written
  // with other settings; DataLoss, naming file and line, for a damaged line or
  // a key that stands twice; AlreadyExists while another process (or another
  // Journal) has it open; otherwise the path and errno's text.
  static absl::StatusOr<Journal> Open(const std::string& path,
                                      const nlohmann::ordered_json& settings);
  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;
  ~Journal();

  // What an earlier run appended under this key, or nullptr. Numbers are those
  // that were appended, bit for bit. Safe to call from any thread.
  const nlohmann::ordered_json* Find(const std::string& key) const;

  // The number of pieces that earlier runs finished.
  int64_t num_recovered() const;

  // Returns when the line is on the disk; safe to call from any thread. A
  // failed write (full disk) is cut off again, and the piece may be appended
  // later; the error names path and errno's text. InvalidArgument for what JSON
  // cannot hold (NaN, infinity, text that is not UTF-8) and for more than 64
  // levels of lists and objects, AlreadyExists for a key that is there.
  absl::Status Append(const std::string& key,
                      const nlohmann::ordered_json& result);

  // Removes the file, when the results are safely written elsewhere. Nothing
  // can be appended afterwards.
  absl::Status Remove();

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace local_sgd

#endif  // LIB_PROGRAM_JOURNAL_H_
