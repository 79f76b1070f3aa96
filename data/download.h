// Fetches a dataset and lets nothing but that dataset into its place.

#ifndef DATA_DOWNLOAD_H_
#define DATA_DOWNLOAD_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "data/open_dataset.h"
#include "data/w8a.h"

namespace local_sgd {

// When a server that sends little by little is given up.
struct DownloadPatience {
  int64_t slowest = 1000;     // bytes a second, on average over
  int64_t slow_seconds = 30;  // so many seconds
  int64_t total_seconds = 20 * 60;
};

// Downloads `url` (http or https) and, if it has the size and the sha256 of
// `facts`, puts it at `path`, whose folder is made if missing. All trust is in
// size and sha256: a redirection may lead to another server, but to no other
// protocol, from https not to http, and to no other contents. Ends when more
// bytes arrive than expected, or when `patience` is over. On an error nothing
// is left at `path`: Unavailable when the transfer fails, FailedPrecondition
// for a file that is not the expected one, naming url, both sizes or both
// checksums; Internal when the file cannot be written; and AlreadyExists when
// something is at `path` before.
absl::Status Download(const DatasetFacts& facts, const std::string& url,
                      const std::string& path,
                      const DownloadPatience& patience = {});

// OpenDataset("w8a"), after a Download from `url` (W8aFacts().url when empty)
// if this machine has none; the download's error otherwise.
absl::StatusOr<NamedDataset> OpenOrDownloadW8a(
    const DataEnvironment& environment, const std::string& url);

}  // namespace local_sgd

#endif  // DATA_DOWNLOAD_H_
