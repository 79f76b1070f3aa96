// What both methods cost in modelled clusters, as records: what
// asynchronous.csv holds.

#ifndef EXPERIMENTS_ASYNCHRONOUS_RECORDS_H_
#define EXPERIMENTS_ASYNCHRONOUS_RECORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/records/finding_record.h"
#include "lib/records/schema.h"

namespace local_sgd {

// One run of Algorithm 1 or 2 in a modelled cluster and, where it was to reach
// an accuracy, one epsilon.
struct AsynchronousRecord {
  std::string dataset;
  std::string dataset_sha256;
  std::string arm;             // "speed", "straggler" or "delay"
  std::string regularization;  // "1/n", or the number
  std::string step_size;       // as --step_size takes it
  std::string method;          // "synchronous" or "asynchronous"
  int64_t batch = 1;
  int64_t workers = 1;
  int64_t period = 1;
  uint64_t seed = 0;
  // The cluster; a step takes 1 second on average.
  std::string compute;         // "constant", "exponential"
  std::string message;         // the same and "pareto"
  double message_seconds = 0;  // mean of one message, one way
  double slowdown = 1;         // of the straggler, worker K - 1
  double head_start = 0;       // seconds that half of the workers start later
  // Nothing for an arm that stops at T.
  std::optional<double> epsilon;
  // T(epsilon), or T; nothing when epsilon was not reached.
  std::optional<double> iterations;
  std::optional<double> seconds;  // modelled, then
  // f - f* of the quadratic average at T, where the arm stops at T.
  std::optional<double> gap;
  // Theorem 5.1's bound of its mean for the measured tau, what it says is left
  // of the start, and the part that H and tau are in; where the arm stops at T
  // and a >= H + tau.
  std::optional<double> bound;
  std::optional<double> bias_term;
  std::optional<double> drift_term;
  // Of the whole run, until it has reached all its epsilons; all zero for the
  // synchronous method.
  int64_t tau = 0;
  int64_t tau_median = 0;
  int64_t foreign_steps_median = 0;
  // And therefore has no gap, or did not reach epsilon.
  bool diverged = false;
};

const Schema<AsynchronousRecord>& AsynchronousSchema();

// All that the study has in a results folder.
struct Asynchronous {
  std::vector<AsynchronousRecord> records;
  std::vector<FindingRecord> findings;
};

// The runs of one method in one setting, at least one, by ascending seeds.
using AsynchronousFamily = std::vector<AsynchronousRecord>;

// Those of an arm, in the order of the records.
std::vector<AsynchronousFamily> FamiliesOf(
    const std::vector<AsynchronousRecord>& records, const std::string& arm);

// One setting with both methods.
struct AsynchronousPair {
  AsynchronousFamily synchronous;
  AsynchronousFamily asynchronous;
};

// Those of an arm, in the order of the records.
std::vector<AsynchronousPair> PairsOf(
    const std::vector<AsynchronousRecord>& records, const std::string& arm);

// Of any seed.
int64_t LargestTau(const AsynchronousFamily& family);

}  // namespace local_sgd

#endif  // EXPERIMENTS_ASYNCHRONOUS_RECORDS_H_
