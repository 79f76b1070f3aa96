// A model of what a synchronisation of many workers costs, from constants of a
// network: the mean of K vectors by a tree, by a ring or by a parameter server.
// It is arithmetic on paper: no clocks are read, and links that share a switch
// do not slow each other down.

#ifndef LIB_SIMULATION_EXCHANGE_MODEL_H_
#define LIB_SIMULATION_EXCHANGE_MODEL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace local_sgd {

// A message of n bytes arrives latency + message + n / bytes_per_second seconds
// after it is sent. The machine at its end is busy for the last two of them:
// other messages wait for that, but not for the first.
struct Network {
  std::string name;
  double latency_seconds = 0.0;  // under way, one direction
  double message_seconds = 0.0;  // for a machine's handling of a message
  double bytes_per_second = 0.0;
  std::string source;  // where the three numbers are from
};

// Networks whose constants are known or assumed; `source` says which.
const std::vector<Network>& NetworkPresets();

// The preset of that name; nothing if there is none.
std::optional<Network> FindNetwork(absl::string_view name);

// InvalidArgument, naming what and the value, unless the times are at least 0
// and finite and the bytes a second positive.
absl::Status ValidateNetwork(const Network& network);

enum class ExchangeKind {
  kTree,    // up and down a binary tree, a whole vector along each edge
  kRing,    // around a ring twice, in messages of a K-th of the vector
  kServer,  // all to one further machine, and back
};

inline constexpr ExchangeKind kExchangeKinds[] = {
    ExchangeKind::kTree, ExchangeKind::kRing, ExchangeKind::kServer};

// "tree", "ring", "server": as in every record.
absl::string_view Name(ExchangeKind kind);

// Messages one after another on the way to the mean, workers K >= 1; with one
// worker none.
//   kTree    2 ceil(log2 K)
//   kRing    2 (K - 1), each of a K-th of the vector
//   kServer  2 K, K to the server and K from it
int64_t MessagesInTurn(ExchangeKind kind, int64_t workers);

// Seconds from when all K >= 1 workers have their vector of d = `features`
// doubles until all have the mean. With w = message_seconds + 8 d /
// bytes_per_second, what the server spends on each message, and l = latency:
//   kTree    2 ceil(log2 K) (l + w)
//   kRing    2 (K - 1) (l + message_seconds + 8 d / (K bytes_per_second))
//   kServer  2 (l + K w): messages of all workers are under way at once
double ExchangeSeconds(ExchangeKind kind, const Network& network,
                       int64_t features, int64_t workers);

// What S(K) below comes to as K grows without end, for a round that takes
// `compute_seconds` of computing and no waiting; nothing for kTree, where S(K)
// grows like K / log K.
std::optional<double> SpeedupLimit(ExchangeKind kind, const Network& network,
                                   int64_t features, double compute_seconds);

// The mean seconds that a round waits for the slowest of K workers, each held
// up by an exponential time of mean `noise_seconds` >= 0 in every round: by the
// event simulation (cluster.h) of `rounds` rounds.
double WaitingSeconds(double noise_seconds, int64_t workers, int64_t rounds,
                      uint64_t seed);

// The speedup over one worker that computes without exchange or waiting, as
// gradients a second: S(K) = K compute / (compute + waiting + exchange), all in
// seconds a round.
double RoundSpeedup(int64_t workers, double compute_seconds,
                    double waiting_seconds, double exchange_seconds);

}  // namespace local_sgd

#endif  // LIB_SIMULATION_EXCHANGE_MODEL_H_
