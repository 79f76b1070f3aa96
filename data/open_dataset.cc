#include "data/open_dataset.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "data/w8a.h"
#include "data/w8a_surrogate.h"
#include "lib/dataset/file_bytes.h"
#include "lib/dataset/libsvm_reader.h"
#include "lib/dataset/libsvm_writer.h"
#include "lib/dataset/sha256.h"
#include "lib/dataset/shard.h"
#include "lib/records/outside_text.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

constexpr char kW8a[] = "w8a";
constexpr char kSurrogate[] = "w8a_surrogate";

absl::StatusOr<NamedDataset> OpenW8a(const DataEnvironment& environment,
                                     Shard shard) {
  const std::optional<std::string> path = FindW8a(environment);
  if (!path) {
    return absl::NotFoundError(absl::StrCat(
        "w8a is not on this machine (looked for ",
        absl::StrJoin(W8aPlaces(environment), ", "),
        "). Either download it: bazel run //data:download; or use the embedded "
        "stand-in: --dataset=w8a_surrogate"));
  }
  const std::string& expected = W8aFacts().sha256;
  // The checksum first: a wrong file may be anything.
  const absl::StatusOr<std::string> sha256 = Sha256OfFile(*path);
  // NotFound would say that there is nothing in the way of a download.
  if (absl::IsNotFound(sha256.status())) {
    return absl::FailedPreconditionError(sha256.status().message());
  }
  if (!sha256.ok()) return sha256.status();
  if (*sha256 != expected) {
    return absl::FailedPreconditionError(
        absl::StrCat(*path, " is not w8a: its sha256 is ", *sha256,
                     ", expected ", expected));
  }
  ASSIGN_OR_RETURN(LibsvmFile file, ReadLibsvm(*path, {}, shard));
  if (file.sha256 != expected) {
    return absl::FailedPreconditionError(
        absl::StrCat(*path, " changed while it was read"));
  }
  return NamedDataset{kW8a, std::move(file.sha256), std::move(file.data),
                      file.num_samples};
}

std::string NameOfFile(const std::string& path) {
  const std::string name = PrintableName(path.substr(path.rfind('/') + 1));
  return name == kW8a || name == kSurrogate ? absl::StrCat("file:", name)
                                            : name;
}

}  // namespace

absl::StatusOr<NamedDataset> OpenDataset(const std::string& dataset,
                                         const DataEnvironment& environment,
                                         Shard shard, int index_base) {
  if (index_base != 1 && (dataset == kW8a || dataset == kSurrogate)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--index_base=", index_base, ": ", dataset,
                     " counts its features from 1"));
  }
  if (dataset == kW8a) return OpenW8a(environment, shard);
  if (dataset == kSurrogate) {
    SparseDataset data = MakeW8aSurrogate();
    std::string sha256 = Sha256Hex(WriteLibsvm(data));
    const int64_t num_samples = data.num_samples();
    if (shard.count > 1) data = SamplesOfShard(data, shard);
    return NamedDataset{kSurrogate, std::move(sha256), std::move(data),
                        num_samples};
  }
  const std::string path =
      absl::StartsWith(dataset, "/") || environment.working_directory.empty()
          ? dataset
          : absl::StrCat(environment.working_directory, "/", dataset);
  LibsvmLimits limits;
  limits.first_index = index_base;
  ASSIGN_OR_RETURN(LibsvmFile file, ReadLibsvm(path, limits, shard));
  return NamedDataset{absl::StrCat(NameOfFile(path),
                                   index_base == 1 ? "" : " (indices from 0)"),
                      std::move(file.sha256), std::move(file.data),
                      file.num_samples, index_base};
}

}  // namespace local_sgd
