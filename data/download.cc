#include "data/download.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "data/open_dataset.h"
#include "data/w8a.h"
#include "lib/dataset/sha256.h"
#include "lib/files/output_file.h"
#include "lib/records/outside_text.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

struct Transfer {
  std::string bytes;
  size_t limit = 0;
  bool too_long = false;
};

// libcurl's callback: keeps the bytes, ends the transfer beyond the limit.
size_t Receive(char* data, size_t size, size_t count, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  if (transfer.bytes.size() + size * count > transfer.limit) {
    transfer.too_long = true;
    return 0;
  }
  transfer.bytes.append(data, size * count);
  return size * count;
}

// The body of `url`, at most `limit` bytes of it.
absl::StatusOr<std::string> Fetch(const std::string& url, int64_t limit,
                                  const DownloadPatience& patience) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(),
                                                    curl_easy_cleanup);
  if (initialised != CURLE_OK || curl == nullptr) {
    return absl::InternalError("libcurl does not start");
  }
  Transfer transfer;
  transfer.limit = static_cast<size_t>(limit);
  char words[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(
      curl.get(), CURLOPT_REDIR_PROTOCOLS_STR,
      absl::StartsWithIgnoreCase(url, "https:") ? "https" : "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_MAXREDIRS, 10L);
  curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, 15L);
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT,
                   static_cast<long>(patience.slowest));
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME,
                   static_cast<long>(patience.slow_seconds));
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT,
                   static_cast<long>(patience.total_seconds));
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, words);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, Receive);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &transfer);
  const CURLcode code = curl_easy_perform(curl.get());
  if (transfer.too_long) {
    return absl::FailedPreconditionError(
        absl::StrCat(url, ": more than the expected ", limit, " bytes"));
  }
  if (code != CURLE_OK) {
    return absl::UnavailableError(
        absl::StrCat(url, ": download failed: ",
                     words[0] != '\0' ? words : curl_easy_strerror(code)));
  }
  return std::move(transfer.bytes);
}

}  // namespace

absl::Status Download(const DatasetFacts& facts, const std::string& url,
                      const std::string& path,
                      const DownloadPatience& patience) {
  if (faccessat(AT_FDCWD, path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
    return absl::AlreadyExistsError(
        absl::StrCat(path, " is there already; nothing was downloaded"));
  }
  ASSIGN_OR_RETURN(const std::string bytes, Fetch(url, facts.bytes, patience));
  if (static_cast<int64_t>(bytes.size()) != facts.bytes) {
    return absl::FailedPreconditionError(absl::StrCat(
        url, ": ", bytes.size(), " bytes, expected ", facts.bytes));
  }
  const std::string sha256 = Sha256Hex(bytes);
  if (sha256 != facts.sha256) {
    return absl::FailedPreconditionError(absl::StrCat(
        url, ": its sha256 is ", sha256, ", expected ", facts.sha256));
  }
  const size_t slash = path.rfind('/');
  if (slash != std::string::npos && slash > 0) {
    const absl::Status folder = EnsureFolder(path.substr(0, slash));
    if (!folder.ok()) return absl::InternalError(folder.message());
  }
  const absl::Status written = WriteFileAtomically(path, bytes);
  if (!written.ok()) return absl::InternalError(written.message());
  return absl::OkStatus();
}

absl::StatusOr<NamedDataset> OpenOrDownloadW8a(
    const DataEnvironment& environment, const std::string& url) {
  absl::StatusOr<NamedDataset> opened = OpenDataset("w8a", environment);
  if (!absl::IsNotFound(opened.status())) return opened;
  const DatasetFacts& facts = W8aFacts();
  const std::string& source = url.empty() ? facts.url : url;
  std::cerr << "w8a is not on this machine; downloading "
            << PrintableText(source) << "\n";
  RETURN_IF_ERROR(Download(facts, source, W8aDestination(environment)));
  return OpenDataset("w8a", environment);
}

}  // namespace local_sgd
