// Run by mpi_shared_vector_test.sh on several numbers of ranks.

#include <chrono>
#include <cstdint>
#include <numeric>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "lib/comm/mpi_exchange.h"
#include "lib/comm/mpi_shared_vector.h"

namespace local_sgd {
namespace {

double SumOf(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// Waits for everybody; everybody's numbers.
std::vector<double> Gather(double value) {
  return MpiExchange(Reduction::kTree).Gather(absl::MakeConstSpan(&value, 1));
}

// Small integers, so that every order of the sum gives the same bits. In bursts
// until ranks have often come between each other's adds, or for so long that
// they cannot (one rank; one core).
TEST(MpiSharedVector, EveryAddArrivesExactlyOnce) {
  const MpiExchange exchange(Reduction::kTree);
  for (const int64_t size : {1, 3, 300}) {
    MpiSharedVector shared(size);
    EXPECT_EQ(shared.size(), size);
    std::vector<double> update(size);
    for (int64_t j = 0; j < size; ++j) {
      update[j] = static_cast<double>((exchange.rank() + 1) * (j % 5 + 1));
    }
    std::vector<double> seen(size, 0.0);
    double adds = 0;
    double meetings = 0;
    int64_t missed = 0;
    for (int burst = 0; burst < 100 && SumOf(Gather(meetings)) < 200; ++burst) {
      shared.Read(0, absl::MakeSpan(seen));
      for (int i = 0; i < 50; ++i) {
        const double least = seen[size - 1] + update[size - 1];
        shared.Add(0, update);
        ++adds;
        shared.LetOthersGoOn();
        shared.Read(0, absl::MakeSpan(seen));
        if (seen[size - 1] > least) ++meetings;
        if (seen[size - 1] < least) ++missed;
      }
    }
    EXPECT_EQ(missed, 0);
    const std::vector<double> all_adds = Gather(adds);
    double expected = 0;
    for (int rank = 0; rank < exchange.ranks(); ++rank) {
      expected += all_adds[rank] * (rank + 1);
    }
    shared.Read(0, absl::MakeSpan(seen));
    for (int64_t j = 0; j < size; ++j) {
      EXPECT_EQ(seen[j], expected * static_cast<double>(j % 5 + 1)) << j;
    }
    if (exchange.ranks() == 1) {
      EXPECT_EQ(meetings, 0);
    }
  }
}

// Ranges that begin and end anywhere, across the blocks of ranks.
TEST(MpiSharedVector, Ranges) {
  const MpiExchange exchange(Reduction::kTree);
  for (const int64_t size : {0, 1, 2, 7, 10}) {
    MpiSharedVector shared(size);
    for (int64_t begin = 0; begin <= size; ++begin) {
      for (int64_t end = begin; end <= size; ++end) {
        const std::vector<double> update(end - begin, exchange.rank() + 1.0);
        shared.Add(begin, update);
      }
    }
    Gather(0);
    const double ranks = exchange.ranks();
    const double one_each = ranks * (ranks + 1) / 2;
    for (int64_t begin = 0; begin <= size; ++begin) {
      for (int64_t end = begin; end <= size; ++end) {
        std::vector<double> entries(end - begin, -1.0);
        shared.Read(begin, absl::MakeSpan(entries));
        for (int64_t j = begin; j < end; ++j) {
          // So many ranges contain j.
          const double ranges = static_cast<double>((j + 1) * (size - j));
          EXPECT_EQ(entries[j - begin], one_each * ranges);
        }
      }
    }
    Gather(0);
  }
}

// An add is there when it returns: whoever learns of it reads it.
TEST(MpiSharedVector, AnAddIsSeenByWhoLearnsOfIt) {
  const MpiExchange exchange(Reduction::kTree);
  constexpr int64_t kSize = 64;
  MpiSharedVector shared(kSize);
  MpiSharedVector counts(exchange.ranks());
  const std::vector<double> ones(kSize, 1.0);
  const double one = 1.0;
  std::vector<double> counted(exchange.ranks());
  std::vector<double> seen(kSize);
  for (int i = 0; i < 100; ++i) {
    shared.Add(0, ones);
    counts.Add(exchange.rank(), absl::MakeConstSpan(&one, 1));
    counts.Read(0, absl::MakeSpan(counted));
    shared.Read(0, absl::MakeSpan(seen));
    for (const double entry : seen) EXPECT_GE(entry, SumOf(counted));
  }
}

// Rank 0 computes for a second, the others add to its block meanwhile. Through
// TCP they would have to wait for its end.
TEST(MpiSharedVector, ARankThatComputesLetsOthersGoOn) {
  using Clock = std::chrono::steady_clock;
  const MpiExchange exchange(Reduction::kTree);
  MpiSharedVector shared(exchange.ranks());  // an entry on each
  Gather(0);
  const Clock::time_point start = Clock::now();
  const auto seconds = [start] {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  const double one = 1.0;
  if (exchange.rank() == 0) {
    while (seconds() < 1.0) shared.LetOthersGoOn();
  } else {
    shared.Add(0, absl::MakeConstSpan(&one, 1));
    EXPECT_LT(seconds(), 0.5);
  }
  Gather(0);
}

}  // namespace
}  // namespace local_sgd
