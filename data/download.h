// Fetches a dataset and lets nothing but that dataset into its place.

#ifndef DATA_DOWNLOAD_H_
#define DATA_DOWNLOAD_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "data/open_dataset.h"
#include "data/w8a.h"

namespace local_sgd {

// Downloads `url` (http or https) and, if it has the size and the sha256 of
// `facts`, puts it at `path`, whose folder is made if missing. Ends when more
// bytes arrive than expected, or none for 30 s. On an error nothing is left at
// `path`: Unavailable when the transfer fails, FailedPrecondition for a file
// that is not the expected one, naming url, both sizes or both checksums;
// Internal when the file cannot be written; and AlreadyExists when something is
// at `path` before.
absl::Status Download(const DatasetFacts& facts, const std::string& url,
                      const std::string& path);

// OpenDataset("w8a"), after a Download from `url` (W8aFacts().url when empty)
// if this machine has none; the download's error otherwise.
absl::StatusOr<NamedDataset> OpenOrDownloadW8a(
    const DataEnvironment& environment, const std::string& url);

}  // namespace local_sgd

#endif  // DATA_DOWNLOAD_H_
