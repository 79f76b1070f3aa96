#include "lib/comm/agreement.h"

#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "lib/comm/exchange.h"
#include "tests/comm/thread_ranks.h"

namespace local_sgd {
namespace {

// What AgreeOn returns on each rank for `here` of each.
std::vector<absl::Status> Agree(const std::vector<absl::Status>& here) {
  std::vector<absl::Status> agreed(here.size());
  RunOnThreadRanks(static_cast<int>(here.size()), [&](Exchange& exchange) {
    agreed[exchange.rank()] = AgreeOn(exchange, here[exchange.rank()]);
  });
  return agreed;
}

TEST(AgreementTest, AllWell) {
  for (const absl::Status& status :
       Agree(std::vector<absl::Status>(3, absl::OkStatus()))) {
    EXPECT_TRUE(status.ok());
  }
}

TEST(AgreementTest, TheFirstThatFailedSaysWhy) {
  const std::vector<absl::Status> agreed =
      Agree({absl::OkStatus(), absl::NotFoundError("no file"), absl::OkStatus(),
             absl::DataLossError("damaged")});
  EXPECT_EQ(agreed[0], absl::CancelledError("rank 1 failed"));
  EXPECT_EQ(agreed[1], absl::NotFoundError("no file"));
  EXPECT_EQ(agreed[2], absl::CancelledError("rank 1 failed"));
  EXPECT_EQ(agreed[3], absl::CancelledError("rank 1 failed"));
}

TEST(AgreementTest, WhatOnlyTheFirstDoesIsHeardByAll) {
  for (const absl::Status& said :
       {absl::OkStatus(), absl::NotFoundError("no file")}) {
    std::vector<absl::Status> agreed(3);
    std::vector<int> calls(3);
    RunOnThreadRanks(3, [&](Exchange& exchange) {
      const int rank = exchange.rank();
      agreed[rank] = AgreeOnFirst(exchange, [&] {
        ++calls[rank];
        return said;
      });
    });
    EXPECT_EQ(calls, (std::vector<int>{1, 0, 0}));
    EXPECT_EQ(agreed[0], said);
    EXPECT_EQ(agreed[2].ok(), said.ok());
  }
}

}  // namespace
}  // namespace local_sgd
