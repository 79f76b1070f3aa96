// What a user of //data:download sees: exit codes, the one line, the folder.

#include <stdio.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
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

using ::testing::HasSubstr;

struct Outcome {
  int exit_code = -1;
  std::string output;  // stdout and stderr
};

class DownloadMainTest : public ::testing::Test {
 protected:
  DownloadMainTest() {
    std::string name = absl::StrCat(testing::TempDir(), "/main.XXXXXX");
    folder_ = mkdtemp(name.data());
  }

  // Runs the program with folder_ as the only place for w8a.
  Outcome RunWith(const std::string& arguments) const {
    const std::string command = absl::StrCat(
        "LOCAL_SGD_DATA_DIR='", folder_, "' '", std::getenv("TEST_SRCDIR"),
        "/local_sgd/data/download' ", arguments, " 2>&1");
    Outcome outcome;
    FILE* const pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return outcome;
    char buffer[1024];
    size_t count;
    while ((count = fread(buffer, 1, sizeof(buffer), pipe)) > 0) {
      outcome.output.append(buffer, count);
    }
    const int status = pclose(pipe);
    if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
    return outcome;
  }

  static std::string Answer(const std::string& body) {
    return absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: ", body.size(),
                        "\r\nConnection: close\r\n\r\n", body);
  }

  std::string folder_;
};

TEST_F(DownloadMainTest, AFailedDownloadIsOneErrorAndLeavesNothing) {
  const HttpServer server(Answer("+1 1:1\n"));
  const Outcome outcome = RunWith("--data_url=" + server.url());
  EXPECT_EQ(outcome.exit_code, 1) << outcome.output;
  EXPECT_THAT(outcome.output,
              HasSubstr(absl::StrCat("error: ", server.url(),
                                     ": 7 bytes, expected 3478238\n")));
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(DownloadMainTest, AWrongFileIsReportedAndKept) {
  const std::string text = "+1 1:1\n-1 2:1\n";
  ASSERT_EQ(WriteFileAtomically(folder_ + "/w8a", text), absl::OkStatus());
  const HttpServer server(Answer("never asked for"));
  const Outcome outcome = RunWith("--data_url=" + server.url());
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(
      outcome.output,
      absl::StrCat("error: ", folder_, "/w8a is not w8a: its sha256 is ",
                   Sha256Hex(text), ", expected ", W8aFacts().sha256, "\n"));
  EXPECT_EQ(ReadFile(folder_ + "/w8a").value(), text);
}

TEST_F(DownloadMainTest, AWrongCommandLineExitsWith2) {
  const Outcome outcome = RunWith("--url=http://127.0.0.1:9/");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("error: unknown flag --url"));
}

TEST_F(DownloadMainTest, SaysWhereW8aIsAndFetchesItOnce) {
  const std::string input = W8aInput();
  if (input.empty()) GTEST_SKIP() << "w8a is not on this machine";
  const std::string w8a = ReadFile(input).value();
  std::string url;
  {
    const HttpServer server(Answer(w8a));
    url = server.url();
    const Outcome outcome = RunWith("--data_url=" + url);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(outcome.output, HasSubstr("w8a is in " + folder_ + "/w8a\n"));
  }
  const Outcome again = RunWith("--data_url=" + url);
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_EQ(again.output, folder_ + "/w8a is w8a already\n");
}

}  // namespace
}  // namespace local_sgd
