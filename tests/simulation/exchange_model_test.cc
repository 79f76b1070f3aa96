#include "lib/simulation/exchange_model.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

// A vector of 2 doubles takes 16 seconds on the wire.
constexpr int64_t kFeatures = 2;
Network Simple() { return {"simple", 100.0, 3.0, 1.0, "made up"}; }

double Seconds(ExchangeKind kind, int64_t workers) {
  return ExchangeSeconds(kind, Simple(), kFeatures, workers);
}

TEST(ExchangeModel, OneWorkerExchangesNothing) {
  for (const ExchangeKind kind : kExchangeKinds) {
    EXPECT_EQ(MessagesInTurn(kind, 1), 0);
    EXPECT_EQ(Seconds(kind, 1), 0.0);
  }
}

// 1 sends to 0, which answers. With four: 1 to 0 and 3 to 2, 2 to 0, and back.
TEST(ExchangeModel, Tree) {
  EXPECT_EQ(Seconds(ExchangeKind::kTree, 2), 2 * (100.0 + 3.0 + 16.0));
  EXPECT_EQ(Seconds(ExchangeKind::kTree, 4), 4 * (100.0 + 3.0 + 16.0));
  EXPECT_EQ(MessagesInTurn(ExchangeKind::kTree, 3), 4);
  EXPECT_EQ(MessagesInTurn(ExchangeKind::kTree, 5), 6);
  EXPECT_EQ(MessagesInTurn(ExchangeKind::kTree, 1000), 20);
  EXPECT_EQ(MessagesInTurn(ExchangeKind::kTree, 1024), 20);
  EXPECT_EQ(MessagesInTurn(ExchangeKind::kTree, 1025), 22);
  EXPECT_EQ(MessagesInTurn(ExchangeKind::kTree, 10'000), 28);
}

// Two halves once around to be summed, once to be handed on; quarters thrice.
TEST(ExchangeModel, Ring) {
  EXPECT_EQ(Seconds(ExchangeKind::kRing, 2), 2 * (100.0 + 3.0 + 8.0));
  EXPECT_EQ(Seconds(ExchangeKind::kRing, 4), 6 * (100.0 + 3.0 + 4.0));
}

// The server takes one vector after another, then sends one after another.
TEST(ExchangeModel, Server) {
  EXPECT_EQ(Seconds(ExchangeKind::kServer, 2), 2 * (100.0 + 2 * (3.0 + 16.0)));
  EXPECT_EQ(Seconds(ExchangeKind::kServer, 4), 2 * (100.0 + 4 * (3.0 + 16.0)));
}

// Where nothing but the wire costs time, a ring is the fastest for large
// vectors: 2 (K - 1) / K of them, against 2 log2 K and 2 K.
TEST(ExchangeModel, RingIsCheapestInBytes) {
  Network network = Simple();
  network.latency_seconds = network.message_seconds = 0.0;
  const double vector = 16.0;
  const auto vectors = [&](ExchangeKind kind) {
    return ExchangeSeconds(kind, network, kFeatures, 8) / vector;
  };
  EXPECT_EQ(vectors(ExchangeKind::kRing), 14.0 / 8.0);
  EXPECT_EQ(vectors(ExchangeKind::kTree), 6.0);
  EXPECT_EQ(vectors(ExchangeKind::kServer), 16.0);
  EXPECT_EQ(SpeedupLimit(ExchangeKind::kRing, network, kFeatures, 1.0),
            std::nullopt);
}

TEST(ExchangeModel, SpeedupComesToItsLimit) {
  const Network network = Simple();
  const double compute = 5000.0;
  for (const ExchangeKind kind : {ExchangeKind::kRing, ExchangeKind::kServer}) {
    const double limit =
        SpeedupLimit(kind, network, kFeatures, compute).value();
    double before = 0.0;
    for (int64_t workers = 2; workers < int64_t{1} << 40; workers *= 2) {
      const double speedup =
          RoundSpeedup(workers, compute, 0.0, Seconds(kind, workers));
      EXPECT_GT(speedup, before);
      EXPECT_LT(speedup, limit);
      before = speedup;
    }
    EXPECT_NEAR(before, limit, 1e-6 * limit);
  }
  EXPECT_EQ(SpeedupLimit(ExchangeKind::kTree, network, kFeatures, compute),
            std::nullopt);
}

// The slowest of K exponential times is the sum of 1/k, k = 1..K, means late.
TEST(ExchangeModel, WaitingIsForTheSlowest) {
  constexpr int64_t kRounds = 4000;
  for (const int64_t workers : {1, 2, 10, 100}) {
    double harmonic = 0.0;
    double variance = 0.0;
    for (int64_t k = 1; k <= workers; ++k) {
      harmonic += 1.0 / static_cast<double>(k);
      variance += 1.0 / static_cast<double>(k * k);
    }
    const double waiting = WaitingSeconds(0.5, workers, kRounds, 7);
    // Four standard errors.
    EXPECT_NEAR(waiting, 0.5 * harmonic,
                4 * 0.5 * std::sqrt(variance / kRounds));
    EXPECT_EQ(WaitingSeconds(0.5, workers, kRounds, 7), waiting);
  }
  EXPECT_EQ(WaitingSeconds(0.0, 100, kRounds, 7), 0.0);
}

TEST(ExchangeModel, RoundSpeedup) {
  EXPECT_EQ(RoundSpeedup(1, 2.0, 0.0, 0.0), 1.0);
  EXPECT_EQ(RoundSpeedup(8, 2.0, 0.0, 0.0), 8.0);
  EXPECT_EQ(RoundSpeedup(8, 2.0, 1.0, 1.0), 4.0);
}

// What these networks come to, worked out by hand: 4 gradients of 42 ns, H =
// 4096: 688.128 us a round, over 2 (1 + 1.92) us a worker at a server and 2 (20
// + 1) us around a ring.
TEST(ExchangeModel, TenGigabitEthernet) {
  const Network network = FindNetwork("ethernet_10g").value();
  const double compute = 4096 * 4 * 42e-9;
  EXPECT_NEAR(*SpeedupLimit(ExchangeKind::kServer, network, 300, compute),
              117.8, 0.1);
  EXPECT_NEAR(*SpeedupLimit(ExchangeKind::kRing, network, 300, compute), 16.4,
              0.1);
  const auto speedup = [&](ExchangeKind kind, int64_t features,
                           double compute_seconds) {
    return RoundSpeedup(10'000, compute_seconds, 0.0,
                        ExchangeSeconds(kind, network, features, 10'000));
  };
  // 28 messages of 22.92 us.
  EXPECT_NEAR(speedup(ExchangeKind::kTree, 300, compute), 5174, 1);
  // A million features, a millisecond a gradient: 16.384 s a round.
  const double large = 4096 * 4 * 1e-3;
  EXPECT_NEAR(speedup(ExchangeKind::kTree, 1'000'000, large), 9891, 1);
  EXPECT_NEAR(speedup(ExchangeKind::kRing, 1'000'000, large), 9743, 1);
  EXPECT_NEAR(*SpeedupLimit(ExchangeKind::kServer, network, 1'000'000, large),
              1280, 1);
}

TEST(ExchangeModel, Presets) {
  std::set<std::string> names;
  for (const Network& network : NetworkPresets()) {
    EXPECT_TRUE(names.insert(network.name).second);
    EXPECT_TRUE(ValidateNetwork(network).ok());
    EXPECT_THAT(network.source, ::testing::AnyOf(HasSubstr("assumed: "),
                                                 HasSubstr("measured: ")));
    EXPECT_EQ(FindNetwork(network.name)->latency_seconds,
              network.latency_seconds);
  }
  EXPECT_EQ(FindNetwork("token_ring"), std::nullopt);
}

TEST(ExchangeModel, BadConstantsAreErrors) {
  const auto message = [](double Network::*field, double value) {
    Network network = Simple();
    network.*field = value;
    return std::string(ValidateNetwork(network).message());
  };
  EXPECT_THAT(message(&Network::latency_seconds, -1.0),
              HasSubstr("latency must be at least 0 seconds, but is -1"));
  EXPECT_THAT(message(&Network::message_seconds,
                      std::numeric_limits<double>::infinity()),
              HasSubstr("time of a message must be at least 0"));
  EXPECT_THAT(message(&Network::bytes_per_second, 0.0),
              HasSubstr("bytes a second must be positive, but are 0"));
}

}  // namespace
}  // namespace local_sgd
