#include "data/download.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "data/w8a.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dataset/sha256.h"
#include "lib/files/output_file.h"
#include "tests/data/http_server.h"
#include "tests/dataset/w8a_input.h"

namespace local_sgd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class DownloadTest : public ::testing::Test {
 protected:
  DownloadTest() {
    std::string name = absl::StrCat(testing::TempDir(), "/download.XXXXXX");
    folder_ = mkdtemp(name.data());
    content_.assign(100'000, 'x');
    content_ += "the end";
    facts_ = {"", static_cast<int64_t>(content_.size()), Sha256Hex(content_)};
    path_ = folder_ + "/made/on/the/way/file";
  }

  static std::string Answer(const std::string& body, size_t announced) {
    return absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: ", announced,
                        "\r\nConnection: close\r\n\r\n", body);
  }

  // The files in the folder of this one, itself included.
  static int64_t FilesBeside(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    return std::distance(std::filesystem::directory_iterator(folder),
                         std::filesystem::directory_iterator());
  }

  // Downloads from a server with that answer; an error must leave nothing.
  absl::Status DownloadFrom(const std::string& answer) {
    const HttpServer server(answer);
    url_ = server.url();
    const absl::Status status = Download(facts_, url_, path_);
    if (!status.ok()) {
      EXPECT_FALSE(std::filesystem::exists(folder_ + "/made"));
    }
    return status;
  }

  std::string folder_;
  std::string content_;
  std::string path_;
  std::string url_;
  DatasetFacts facts_;
};

TEST_F(DownloadTest, PutsTheRightFileInPlaceAndNothingElse) {
  ASSERT_EQ(DownloadFrom(Answer(content_, content_.size())), absl::OkStatus());
  EXPECT_EQ(ReadFile(path_).value(), content_);
  EXPECT_EQ(FilesBeside(path_), 1);
}

TEST_F(DownloadTest, FollowsARedirection) {
  const HttpServer target(Answer(content_, content_.size()));
  EXPECT_EQ(DownloadFrom(absl::StrCat(
                "HTTP/1.1 302 Found\r\nLocation: ", target.url(),
                "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")),
            absl::OkStatus());
}

TEST_F(DownloadTest, FollowsNoRedirectionAwayFromHttp) {
  const std::string local = folder_ + "/local";
  ASSERT_EQ(WriteFileAtomically(local, content_), absl::OkStatus());
  EXPECT_EQ(DownloadFrom(absl::StrCat("HTTP/1.1 302 Found\r\nLocation: file://",
                                      local, "\r\nContent-Length: 0\r\n\r\n"))
                .code(),
            absl::StatusCode::kUnavailable);
}

// Another file of the same size, wherever it comes from.
TEST_F(DownloadTest, ARedirectionToAnotherFileIsNotTheDataset) {
  const std::string other(content_.size(), 'y');
  const HttpServer target(Answer(other, other.size()));
  const absl::Status status = DownloadFrom(
      absl::StrCat("HTTP/1.1 302 Found\r\nLocation: ", target.url(),
                   "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(Sha256Hex(other)), HasSubstr(facts_.sha256)));
}

TEST_F(DownloadTest, ACircleOfRedirectionsEnds) {
  const absl::Status status = DownloadFrom(
      "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n"
      "Connection: close\r\n\r\n");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("redirects"));
}

// 50 bytes a second would take half an hour.
TEST_F(DownloadTest, AServerThatDripsIsGivenUp) {
  const HttpServer server(Answer(content_, content_.size()), /*slow_bytes=*/5);
  const auto start = std::chrono::steady_clock::now();
  for (const DownloadPatience& patience :
       {DownloadPatience{.slow_seconds = 2},
        DownloadPatience{.slowest = 1, .total_seconds = 2}}) {
    const absl::Status status = Download(facts_, server.url(), path_, patience);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(server.url()));
    EXPECT_FALSE(std::filesystem::exists(folder_ + "/made"));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

// A download that is killed leaves nothing or the whole file at `path`, and
// what it left beside it goes with the next one.
TEST_F(DownloadTest, SigkillAtAnyMomentLeavesNoHalfFile) {
  const HttpServer server(Answer(content_, content_.size()));
  std::mt19937 random(1);
  int whole = 0;
  for (int round = 0; round < 100; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      for (;;) {
        if (!Download(facts_, server.url(), path_).ok()) _exit(1);
        usleep(2000);
        unlink(path_.c_str());
      }
    }
    if (round % 2 == 0) {  // a download is through, which the next one follows
      for (int i = 0; i < 100'000 && !std::filesystem::exists(path_); ++i) {
        usleep(100);
      }
    }
    usleep(static_cast<useconds_t>(random() % 10'000));
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "exit code " << WEXITSTATUS(status);
    if (std::filesystem::exists(path_)) {
      ASSERT_EQ(ReadFile(path_).value(), content_);
      unlink(path_.c_str());
      ++whole;
    }
  }
  EXPECT_GT(whole, 0);
  ASSERT_EQ(Download(facts_, server.url(), path_), absl::OkStatus());
  EXPECT_EQ(ReadFile(path_).value(), content_);
  EXPECT_EQ(FilesBeside(path_), 1);
}

TEST_F(DownloadTest, WrongChecksumNamesBoth) {
  std::string other = content_;
  other[50'000] = 'y';
  const absl::Status status = DownloadFrom(Answer(other, other.size()));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(url_), HasSubstr(Sha256Hex(other)),
                    HasSubstr(facts_.sha256)));
}

TEST_F(DownloadTest, WrongSizesAreNamed) {
  const std::string shorter = content_.substr(1);
  absl::Status status = DownloadFrom(Answer(shorter, shorter.size()));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("100006 bytes, expected 100007"));
  // Longer, announced or not.
  const std::string longer = content_ + content_;
  for (const size_t announced : {longer.size(), content_.size() + 1}) {
    status = DownloadFrom(Answer(longer, announced));
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("more than the expected 100007 bytes"));
  }
}

TEST_F(DownloadTest, FailedTransfersAreUnavailable) {
  for (const std::string& answer :
       {std::string("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
        Answer(content_.substr(0, 5000), content_.size()),  // cut off
        std::string("nonsense"), std::string()}) {
    const absl::Status status = DownloadFrom(answer);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(url_));
  }
}

TEST_F(DownloadTest, NoServerAndNoHttp) {
  std::string url;
  {
    const HttpServer gone("");
    url = gone.url();
  }
  EXPECT_EQ(Download(facts_, url, path_).code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(Download(facts_, "file:///etc/passwd", path_).code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(DownloadTest, NeverReplacesAFile) {
  path_ = folder_ + "/file";
  ASSERT_EQ(WriteFileAtomically(path_, "mine"), absl::OkStatus());
  EXPECT_EQ(DownloadFrom(Answer(content_, content_.size())).code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReadFile(path_).value(), "mine");
}

TEST_F(DownloadTest, OpenOrDownloadReportsWhatTheServerGave) {
  const HttpServer server(Answer(content_, content_.size()));
  const DataEnvironment environment = {folder_, ".", ""};
  const absl::Status status =
      OpenOrDownloadW8a(environment, server.url()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("expected 3478238"));
  // A wrong file on this machine is an error, not a reason for a download.
  ASSERT_EQ(WriteFileAtomically(folder_ + "/w8a", "+1 1:1\n"),
            absl::OkStatus());
  const absl::Status wrong =
      OpenOrDownloadW8a(environment, server.url()).status();
  EXPECT_THAT(std::string(wrong.message()), HasSubstr("is not w8a"));
}

TEST_F(DownloadTest, OpenOrDownloadFetchesW8aOnce) {
  const std::string input = W8aInput();
  if (input.empty()) GTEST_SKIP() << "w8a is not on this machine";
  const std::string w8a = ReadFile(input).value();
  const DataEnvironment environment = {folder_ + "/new", ".", ""};
  {
    const HttpServer server(Answer(w8a, w8a.size()));
    url_ = server.url();
    EXPECT_EQ(OpenOrDownloadW8a(environment, url_).value().sha256,
              W8aFacts().sha256);
  }
  EXPECT_EQ(ReadFile(folder_ + "/new/w8a").value(), w8a);
  // The server is gone: only the file can answer.
  EXPECT_EQ(OpenOrDownloadW8a(environment, url_).value().sha256,
            W8aFacts().sha256);
}

}  // namespace
}  // namespace local_sgd
