#include "data/open_dataset.h"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "data/w8a.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dataset/libsvm_writer.h"
#include "lib/dataset/sha256.h"
#include "lib/files/output_file.h"
#include "tests/dataset/w8a_input.h"

namespace local_sgd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string MakeFolder() {
  std::string name = absl::StrCat(testing::TempDir(), "/open.XXXXXX");
  return mkdtemp(name.data());
}

TEST(W8aPlaces, TheVariableIsTheOnlyPlaceWhenSet) {
  EXPECT_EQ(W8aPlaces({"/d", "/ws", "/cwd"}),
            std::vector<std::string>{"/d/w8a"});
  EXPECT_EQ(
      W8aPlaces({"", "/ws", "/cwd"}),
      (std::vector<std::string>{"/ws/../shared/data/w8a", "/ws/data/w8a"}));
  EXPECT_EQ(W8aDestination({"/d", "/ws", ""}), "/d/w8a");
  EXPECT_EQ(W8aDestination({"", "/ws", ""}), "/ws/data/w8a");
}

TEST(FindW8a, PrefersTheSharedFolderAndLooksNowhereElseWithTheVariable) {
  const std::string folder = MakeFolder();
  const DataEnvironment environment = {"", folder + "/checkout", ""};
  const std::string shared = folder + "/checkout/../shared/data/w8a";
  const std::string own = folder + "/checkout/data/w8a";
  std::filesystem::create_directories(folder + "/shared/data");
  std::filesystem::create_directories(folder + "/checkout/data");
  EXPECT_EQ(FindW8a(environment), std::nullopt);
  ASSERT_EQ(WriteFileAtomically(own, "x"), absl::OkStatus());
  EXPECT_EQ(FindW8a(environment), own);
  ASSERT_EQ(WriteFileAtomically(shared, "x"), absl::OkStatus());
  EXPECT_EQ(FindW8a(environment), shared);
  EXPECT_EQ(FindW8a({folder, folder + "/checkout", ""}), std::nullopt);
}

TEST(DataEnvironment, ReadsTheVariablesAndTakesEmptyForUnset) {
  setenv("LOCAL_SGD_DATA_DIR", "/d", 1);
  setenv("BUILD_WORKSPACE_DIRECTORY", "/ws", 1);
  setenv("BUILD_WORKING_DIRECTORY", "/cwd", 1);
  DataEnvironment environment = DataEnvironment::FromProcess();
  EXPECT_EQ(environment.data_dir, "/d");
  EXPECT_EQ(environment.workspace, "/ws");
  EXPECT_EQ(environment.working_directory, "/cwd");
  setenv("LOCAL_SGD_DATA_DIR", "", 1);
  unsetenv("BUILD_WORKSPACE_DIRECTORY");
  unsetenv("BUILD_WORKING_DIRECTORY");
  environment = DataEnvironment::FromProcess();
  EXPECT_EQ(environment.data_dir, "");
  EXPECT_EQ(environment.workspace, ".");
  EXPECT_EQ(environment.working_directory, "");
}

TEST(OpenDataset, WithoutW8aNamesPlacesAndBothRemedies) {
  const std::string folder = MakeFolder();
  const absl::Status status = OpenDataset("w8a", {folder, ".", ""}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(
      std::string(status.message()),
      AllOf(HasSubstr(folder + "/w8a"), HasSubstr("bazel run //data:download"),
            HasSubstr("--dataset=w8a_surrogate")));
}

TEST(OpenDataset, AWrongW8aIsAnErrorWithBothChecksums) {
  const std::string folder = MakeFolder();
  const std::string text = "+1 1:1\n-1 2:1\n";
  ASSERT_EQ(WriteFileAtomically(folder + "/w8a", text), absl::OkStatus());
  const absl::Status status = OpenDataset("w8a", {folder, ".", ""}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(folder + "/w8a is not w8a"),
                    HasSubstr(Sha256Hex(text)), HasSubstr(W8aFacts().sha256)));
}

TEST(OpenDataset, ALinkThatLeadsNowhereIsNoAbsentW8a) {
  const std::string folder = MakeFolder();
  std::filesystem::create_symlink("moved/w8a", folder + "/w8a");
  const absl::Status status = OpenDataset("w8a", {folder, ".", ""}).status();
  EXPECT_EQ(status,
            absl::FailedPreconditionError(
                folder + "/w8a: cannot open: " + folder +
                "/w8a is a symbolic link to moved/w8a, which leads nowhere"));
  // A file in a later place goes before it.
  const std::string workspace = folder + "/workspace";
  std::filesystem::create_directories(folder + "/shared/data");
  std::filesystem::create_directories(workspace + "/data");
  std::filesystem::create_symlink("nowhere", folder + "/shared/data/w8a");
  EXPECT_EQ(FindW8a({"", workspace, ""}), workspace + "/../shared/data/w8a");
  ASSERT_EQ(WriteFileAtomically(workspace + "/data/w8a", "x"),
            absl::OkStatus());
  EXPECT_EQ(FindW8a({"", workspace, ""}), workspace + "/data/w8a");
}

TEST(OpenDataset, W8aItself) {
  const std::string path = W8aInput();
  if (path.empty()) GTEST_SKIP() << "w8a is not on this machine";
  const std::string folder = std::filesystem::path(path).parent_path();
  const NamedDataset dataset = OpenDataset("w8a", {folder, ".", ""}).value();
  EXPECT_EQ(dataset.name, "w8a");
  EXPECT_EQ(dataset.sha256, W8aFacts().sha256);
  EXPECT_EQ(dataset.data.num_samples(), 49749);
  EXPECT_EQ(dataset.data.num_features, 300);
}

TEST(OpenDataset, TheSurrogateHasTheChecksumOfItsText) {
  const NamedDataset dataset = OpenDataset("w8a_surrogate", {}).value();
  EXPECT_EQ(dataset.name, "w8a_surrogate");
  EXPECT_EQ(dataset.data.num_samples(), 49749);
  EXPECT_EQ(dataset.data.num_features, 300);
  EXPECT_EQ(dataset.sha256, Sha256Hex(WriteLibsvm(dataset.data)));
}

TEST(OpenDataset, PathsGoFromWhereTheUserIs) {
  const std::string folder = MakeFolder();
  ASSERT_EQ(WriteFileAtomically(folder + "/mine.txt", "2 1:0.5\n1 3:1\n"),
            absl::OkStatus());
  for (const std::string& path :
       {std::string("mine.txt"), folder + "/mine.txt"}) {
    const NamedDataset dataset =
        OpenDataset(path, {"", "/nowhere", folder}).value();
    EXPECT_EQ(dataset.name, "mine.txt");
    EXPECT_EQ(dataset.data.num_samples(), 2);
    EXPECT_EQ(dataset.data.num_all_features(), 3);
  }
  EXPECT_EQ(OpenDataset("absent.txt", {"", "", folder}).status().code(),
            absl::StatusCode::kNotFound);
}

TEST(OpenDataset, AFileMayCountFromZeroAndItsNameSaysSo) {
  const std::string folder = MakeFolder();
  const std::string path = folder + "/zero.txt";
  ASSERT_EQ(WriteFileAtomically(path, "2 0:0.5\n1 2:1\n"), absl::OkStatus());
  EXPECT_THAT(std::string(OpenDataset(path, {}).status().message()),
              testing::HasSubstr(
                  path + ":1: found index \"0\" in \"0:0.5\", expected a whole "
                         "number from 1 to 16777216; --index_base=0"));
  const NamedDataset dataset =
      OpenDataset(path, {}, /*shard=*/{}, /*index_base=*/0).value();
  EXPECT_EQ(dataset.name, "zero.txt (indices from 0)");
  EXPECT_EQ(dataset.index_base, 0);
  EXPECT_EQ(dataset.data.num_all_features(), 3);
  for (const char* ours : {"w8a", "w8a_surrogate"}) {
    EXPECT_EQ(
        OpenDataset(ours, {}, /*shard=*/{}, /*index_base=*/0)
            .status()
            .message(),
        std::string("--index_base=0: ") + ours + " counts its features from 1");
  }
}

TEST(OpenDataset, ANameCanBeShownWhateverTheFileIsCalled) {
  const std::string folder = MakeFolder();
  const std::string path = folder + "/caf\xe9\n\x1b.svm";
  ASSERT_EQ(WriteFileAtomically(path, "2 1:0.5\n1 3:1\n"), absl::OkStatus());
  EXPECT_EQ(OpenDataset(path, {}).value().name, "caf\\xe9\\x0a\\x1b.svm");
}

TEST(OpenDataset, AUsersFileNeverPassesForW8a) {
  const std::string folder = MakeFolder();
  for (const std::string name : {"w8a", "w8a_surrogate"}) {
    ASSERT_EQ(WriteFileAtomically(folder + "/" + name, "2 1:0.5\n1 3:1\n"),
              absl::OkStatus());
    EXPECT_EQ(OpenDataset(folder + "/" + name, {}).value().name,
              "file:" + name);
  }
}

}  // namespace
}  // namespace local_sgd
