#include "lib/program/manifest.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace local_sgd {
namespace {

using ::testing::MatchesRegex;

Manifest Example() {
  Manifest manifest;
  manifest.flags = {{"seed", "1"}, {"rho", "25"}};
  manifest.seeds = {1, 2};
  manifest.dataset = "w8a";
  manifest.dataset_sha256 = "12ab";
  manifest.build = {"abc", "GCC 12.2.0", "Some CPU", 2};
  manifest.files = {{"tables/b.md", "bb"}, {"a.csv", "aa"}};
  manifest.started_at = "2024-01-31T12:00:00Z";
  manifest.elapsed_seconds = 1.5;
  return manifest;
}

TEST(ManifestTest, WholeFile) {
  EXPECT_EQ(ManifestJson(Example()), R"({
  "dataset": "w8a",
  "dataset_sha256": "12ab",
  "flags": {
    "seed": "1",
    "rho": "25"
  },
  "seeds": [
    1,
    2
  ],
  "version": "abc",
  "compiler": "GCC 12.2.0",
  "cpu": "Some CPU",
  "cores": 2,
  "files": {
    "a.csv": "aa",
    "tables/b.md": "bb"
  },
  "run": {
    "started_at": "2024-01-31T12:00:00Z",
    "elapsed_seconds": 1.5
  }
}
)");
}

TEST(ManifestTest, SurrogateDataIsNoticedFirst) {
  Manifest manifest = Example();
  manifest.dataset = "w8a_surrogate";
  EXPECT_THAT(ManifestJson(manifest),
              ::testing::StartsWith(
                  "{\n  \"notice\": \"!!! SURROGATE DATA, not w8a !!!"));
}

TEST(ManifestTest, UtcNowHasTheFormat) {
  EXPECT_THAT(UtcNow(),
              MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{"
                           "2}Z"));
}

}  // namespace
}  // namespace local_sgd
