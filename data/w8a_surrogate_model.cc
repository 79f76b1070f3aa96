#include "data/w8a_surrogate_model.h"

#include <Random123/philox.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace local_sgd {
namespace {

constexpr absl::string_view kMagic =
    "local_sgd surrogate of w8a, version 1: Bernoulli mixture, counts per "
    "component and column\n";
constexpr size_t kNumbersInHeader = 3;
constexpr int kLargestNumber = 0xffff;

// A stream of 32 random bits at a time; streams of different keys are
// independent.
class RandomStream {
 public:
  RandomStream(uint32_t first_key, uint32_t second_key)
      : key_{{first_key, second_key}} {}

  // Uniform in [0, bound), to within bound / 2^32.
  uint32_t Below(uint32_t bound) {
    if (used_ == 4) {
      block_ = philox_(counter_, key_);
      counter_.incr();
      used_ = 0;
    }
    return static_cast<uint32_t>((uint64_t{block_[used_++]} * bound) >> 32);
  }

 private:
  r123::Philox4x32 philox_;
  r123::Philox4x32::key_type key_;
  r123::Philox4x32::ctr_type counter_ = {{}};
  r123::Philox4x32::ctr_type block_ = {{}};
  int used_ = 4;
};

// Key of the stream that shuffles; components use their index and the column.
constexpr uint32_t kShuffleKey = 0xffffffff;

void AppendNumber(size_t number, std::string& bytes) {
  bytes.push_back(static_cast<char>(number & 0xff));
  bytes.push_back(static_cast<char>(number >> 8 & 0xff));
}

int TakeNumber(absl::string_view& bytes) {
  const int number =
      static_cast<uint8_t>(bytes[0]) | static_cast<uint8_t>(bytes[1]) << 8;
  bytes.remove_prefix(2);
  return number;
}

// The smallest code that stands for `count` among num_rows rows, or -1.
int CodeOfCount(int count, int num_rows) {
  for (int code = 0; code < 256; ++code) {
    if (std::min(CountOfCode(static_cast<uint8_t>(code)), num_rows) == count) {
      return code;
    }
  }
  return -1;
}

// Entry i is the place in the data of the i-th row drawn.
std::vector<int> ShuffledPlaces(int num_samples) {
  std::vector<int> places(num_samples);
  std::iota(places.begin(), places.end(), 0);
  RandomStream random(kShuffleKey, 0);
  for (int i = num_samples - 1; i > 0; --i) {
    std::swap(places[i], places[random.Below(i + 1)]);
  }
  return places;
}

}  // namespace

int CountOfCode(uint8_t code) {
  const int exponent = code >> 5;
  const int mantissa = code & 31;
  return exponent == 0 ? mantissa : (32 + mantissa) << (exponent - 1);
}

CountBracket BracketCount(double count, int num_rows) {
  CountBracket bracket = {0, 0};
  for (int code = 0; code < 256; ++code) {
    bracket.above = std::min(CountOfCode(static_cast<uint8_t>(code)), num_rows);
    if (bracket.above >= count) break;
    bracket.below = bracket.above;
  }
  if (bracket.above <= count) bracket.below = bracket.above;
  return bracket;
}

absl::StatusOr<std::string> SerializeSurrogate(const SurrogateModel& model) {
  const size_t components = model.components.size();
  const size_t positive =
      std::count_if(model.components.begin(), model.components.end(),
                    [](const SurrogateComponent& c) { return c.label > 0; });
  if (components > kLargestNumber || model.num_features > kLargestNumber) {
    return absl::InvalidArgumentError(absl::StrCat(
        "surrogate model: ", components, " components of ", model.num_features,
        " features; at most ", kLargestNumber, " of either"));
  }
  std::string bytes(kMagic.data(), kMagic.size());
  AppendNumber(model.num_features, bytes);
  AppendNumber(positive, bytes);
  AppendNumber(components - positive, bytes);
  for (size_t k = 0; k < components; ++k) {
    const SurrogateComponent& component = model.components[k];
    if ((component.label > 0) != (k < positive) ||
        component.counts.size() != static_cast<size_t>(model.num_features) ||
        component.num_rows > kLargestNumber) {
      return absl::InvalidArgumentError(absl::StrCat(
          "surrogate model, component ", k, ": label ", component.label, ", ",
          component.counts.size(), " counts, ", component.num_rows,
          " rows; expected labels +1 before -1, ", model.num_features,
          " counts, at most ", kLargestNumber, " rows"));
    }
    AppendNumber(component.num_rows, bytes);
    for (const int count : component.counts) {
      const int code = CodeOfCount(count, component.num_rows);
      if (code < 0) {
        return absl::InvalidArgumentError(
            absl::StrCat("surrogate model, component ", k, ": no code for ",
                         count, " of ", component.num_rows, " rows"));
      }
      bytes.push_back(static_cast<char>(code));
    }
  }
  return bytes;
}

absl::StatusOr<SurrogateModel> ParseSurrogate(absl::string_view bytes) {
  if (bytes.substr(0, kMagic.size()) != kMagic ||
      bytes.size() < kMagic.size() + 2 * kNumbersInHeader) {
    return absl::InvalidArgumentError(absl::StrCat(
        "not a surrogate model: it must begin with \"",
        kMagic.substr(0, kMagic.size() - 1), "\" and three numbers"));
  }
  bytes.remove_prefix(kMagic.size());
  SurrogateModel model;
  model.num_features = TakeNumber(bytes);
  const int positive = TakeNumber(bytes);
  const int components = positive + TakeNumber(bytes);
  const size_t expected = size_t{1} * components * (2 + model.num_features);
  if (bytes.size() != expected) {
    return absl::InvalidArgumentError(
        absl::StrCat("surrogate model of ", components, " components and ",
                     model.num_features, " features: expected ", expected,
                     " bytes of components, found ", bytes.size()));
  }
  for (int k = 0; k < components; ++k) {
    SurrogateComponent component;
    component.label = k < positive ? 1 : -1;
    component.num_rows = TakeNumber(bytes);
    for (int j = 0; j < model.num_features; ++j) {
      component.counts.push_back(std::min(
          CountOfCode(static_cast<uint8_t>(bytes[j])), component.num_rows));
    }
    bytes.remove_prefix(model.num_features);
    model.components.push_back(std::move(component));
  }
  return model;
}

SparseDataset DrawSurrogate(const SurrogateModel& model) {
  int num_samples = 0;
  for (const SurrogateComponent& component : model.components) {
    num_samples += component.num_rows;
  }
  const std::vector<int> places = ShuffledPlaces(num_samples);

  SparseDataset data;
  data.num_features = model.num_features;
  data.labels.resize(num_samples);
  std::vector<std::vector<int32_t>> rows(num_samples);
  const int* place = places.data();
  for (size_t k = 0; k < model.components.size(); ++k) {
    const SurrogateComponent& component = model.components[k];
    for (int i = 0; i < component.num_rows; ++i) {
      data.labels[place[i]] = component.label;
    }
    for (int j = 0; j < model.num_features; ++j) {
      // Selection sampling: with `wanted` ones left for the rows from i on, row
      // i takes one with probability wanted / (rows left).
      RandomStream random(static_cast<uint32_t>(k), static_cast<uint32_t>(j));
      int wanted = component.counts[j];
      for (int i = 0; wanted > 0; ++i) {
        if (random.Below(component.num_rows - i) <
            static_cast<uint32_t>(wanted)) {
          rows[place[i]].push_back(j);
          --wanted;
        }
      }
    }
    place += component.num_rows;
  }

  data.row_begin.reserve(num_samples + 1);
  for (const std::vector<int32_t>& row : rows) {
    data.columns.insert(data.columns.end(), row.begin(), row.end());
    data.row_begin.push_back(static_cast<int64_t>(data.columns.size()));
  }
  data.values.assign(data.columns.size(), 1.0);
  return data;
}

}  // namespace local_sgd
