#include "lib/solver/checkpoint.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/dataset/sha256.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/iterates.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"

namespace local_sgd {
namespace {

static_assert(std::endian::native == std::endian::little,
              "checkpoints hold the machine's own numbers");

constexpr char kMagic[] = "local-sgd checkpoint 1\n";
constexpr size_t kDigestSize = 64;

// Puts numbers, and vectors of them with their size before.
class Writer {
 public:
  template <class Number>
  void Put(const Number& number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof(number));
  }
  template <class Item>
  void Put(const std::vector<Item>& items) {
    Put(static_cast<uint64_t>(items.size()));
    bytes_.append(reinterpret_cast<const char*>(items.data()),
                  items.size() * sizeof(Item));
  }
  void Put(absl::string_view text) {
    Put(static_cast<uint64_t>(text.size()));
    bytes_.append(text.data(), text.size());
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

// Takes them back; false where the bytes end too soon.
class Reader {
 public:
  explicit Reader(absl::string_view bytes) : rest_(bytes) {}

  template <class Number>
  bool Take(Number& number) {
    if (rest_.size() < sizeof(number)) return false;
    std::memcpy(&number, rest_.data(), sizeof(number));
    rest_.remove_prefix(sizeof(number));
    return true;
  }
  template <class Item>
  bool Take(std::vector<Item>& items) {
    uint64_t size = 0;
    if (!Take(size) || size > rest_.size() / sizeof(Item)) return false;
    items.resize(size);
    if (size == 0) return true;
    std::memcpy(static_cast<void*>(items.data()), rest_.data(),
                size * sizeof(Item));
    rest_.remove_prefix(size * sizeof(Item));
    return true;
  }
  bool Take(absl::string_view& text) {
    uint64_t size = 0;
    if (!Take(size) || size > rest_.size()) return false;
    text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }
  bool empty() const { return rest_.empty(); }

 private:
  absl::string_view rest_;
};

void PutState(const LocalSgd::State& state, Writer& writer) {
  const Iterates& iterates = state.iterates;
  writer.Put(state.t);
  writer.Put(state.next_synchronisation);
  writer.Put(iterates.num_workers);
  writer.Put(iterates.num_features);
  writer.Put(iterates.scale);
  writer.Put(iterates.cumulative);
  writer.Put(iterates.cumulative_error);
  writer.Put(iterates.common);
  writer.Put(iterates.columns);
  writer.Put(iterates.base);
}

bool TakeState(Reader& reader, LocalSgd::State& state) {
  Iterates& iterates = state.iterates;
  return reader.Take(state.t) && reader.Take(state.next_synchronisation) &&
         reader.Take(iterates.num_workers) &&
         reader.Take(iterates.num_features) && reader.Take(iterates.scale) &&
         reader.Take(iterates.cumulative) &&
         reader.Take(iterates.cumulative_error) &&
         reader.Take(iterates.common) && reader.Take(iterates.columns) &&
         reader.Take(iterates.base);
}

void PutReached(const std::vector<Reached>& reached, Writer& writer) {
  writer.Put(static_cast<uint64_t>(reached.size()));
  for (const Reached& r : reached) {
    writer.Put(r.epsilon);
    writer.Put(r.iterations);
    writer.Put(static_cast<int64_t>(r.iterate));
  }
}

bool TakeReached(Reader& reader, std::vector<Reached>& reached) {
  uint64_t size = 0;
  if (!reader.Take(size)) return false;
  for (uint64_t i = 0; i < size; ++i) {
    Reached r;
    int64_t iterate = 0;
    if (!reader.Take(r.epsilon) || !reader.Take(r.iterations) ||
        !reader.Take(iterate) || iterate < 0 || iterate >= kNumIterates) {
      return false;
    }
    r.iterate = static_cast<Iterate>(iterate);
    reached.push_back(r);
  }
  return true;
}

// Whether the vectors have the sizes that workers and features ask for.
bool HasShape(const LocalSgd::State& state, int64_t num_workers,
              int64_t num_features) {
  const Iterates& iterates = state.iterates;
  const auto K = static_cast<uint64_t>(num_workers);
  const auto d = static_cast<uint64_t>(num_features);
  return state.t >= 0 && state.next_synchronisation > state.t &&
         iterates.num_workers == num_workers &&
         iterates.num_features == num_features &&
         iterates.common.size() == d + 1 &&
         iterates.columns.size() == K * (d + 1) &&
         iterates.base.size() == kNumAverages * d;
}

// A run without accuracies to reach keeps no start of an interval.
bool IsEmpty(const LocalSgd::State& state) {
  const Iterates& iterates = state.iterates;
  return iterates.common.empty() && iterates.columns.empty() &&
         iterates.base.empty();
}

absl::Status Damaged() {
  return absl::DataLossError("is cut or damaged, or no checkpoint at all");
}

// The first line in which the identities differ, as an error.
absl::Status OtherIdentity(absl::string_view saved, absl::string_view wanted) {
  const auto first_line = [](absl::string_view text) {
    return text.substr(0, text.find('\n'));
  };
  while (!saved.empty() && !wanted.empty() &&
         first_line(saved) == first_line(wanted)) {
    const size_t size = first_line(saved).size();
    saved.remove_prefix(std::min(size + 1, saved.size()));
    wanted.remove_prefix(std::min(size + 1, wanted.size()));
  }
  const auto shown = [&first_line](absl::string_view text) {
    constexpr size_t kLongest = 200;
    return text.empty() ? std::string("nothing more")
                        : absl::CEscape(first_line(text).substr(0, kLongest));
  };
  return absl::FailedPreconditionError(
      absl::StrCat("is of another run: it has ", shown(saved),
                   ", this one has ", shown(wanted)));
}

}  // namespace

std::string WriteCheckpoint(absl::string_view identity,
                            const RunPosition& position) {
  Writer writer;
  writer.bytes() = kMagic;
  writer.Put(identity);
  PutState(position.state, writer);
  writer.Put(position.next_check);
  PutState(position.interval_start, writer);
  PutReached(position.reached, writer);
  writer.Put(position.computed_iterations);
  writer.Put(position.step_seconds);
  writer.Put(position.wall_seconds);
  writer.bytes() += Sha256Hex(writer.bytes());
  return std::move(writer.bytes());
}

absl::StatusOr<RunPosition> ReadCheckpoint(absl::string_view bytes,
                                           absl::string_view identity,
                                           int64_t num_workers,
                                           int64_t num_features) {
  const absl::string_view magic = kMagic;
  if (!absl::StartsWith(bytes, magic) ||
      bytes.size() < magic.size() + kDigestSize) {
    return Damaged();
  }
  const absl::string_view digest = bytes.substr(bytes.size() - kDigestSize);
  bytes.remove_suffix(kDigestSize);
  if (digest != Sha256Hex(bytes)) return Damaged();
  Reader reader(bytes.substr(magic.size()));
  absl::string_view saved_identity;
  if (!reader.Take(saved_identity)) return Damaged();
  if (saved_identity != identity) {
    return OtherIdentity(saved_identity, identity);
  }
  RunPosition position;
  const bool whole = TakeState(reader, position.state) &&
                     reader.Take(position.next_check) &&
                     TakeState(reader, position.interval_start) &&
                     TakeReached(reader, position.reached) &&
                     reader.Take(position.computed_iterations) &&
                     reader.Take(position.step_seconds) &&
                     reader.Take(position.wall_seconds) && reader.empty();
  if (!whole || position.next_check < 1 ||
      !HasShape(position.state, num_workers, num_features) ||
      !(IsEmpty(position.interval_start) ||
        HasShape(position.interval_start, num_workers, num_features))) {
    return Damaged();
  }
  return position;
}

}  // namespace local_sgd
