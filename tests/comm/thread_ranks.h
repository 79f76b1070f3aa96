// Ranks that are threads of the test: the exchange of an MPI job without MPI.

#ifndef TESTS_COMM_THREAD_RANKS_H_
#define TESTS_COMM_THREAD_RANKS_H_

#include <algorithm>
#include <atomic>
#include <barrier>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "lib/comm/exchange.h"
#include "lib/comm/rank_plan.h"
#include "lib/comm/shared_vector.h"

namespace local_sgd {

// What the ranks have in common.
class ThreadRanks {
 public:
  explicit ThreadRanks(int ranks)
      : ranks_(ranks),
        barrier_(ranks),
        boxes_(ranks * ranks),
        gathered_(ranks) {}

  int ranks() const { return ranks_; }

  void Send(int from, int to, absl::Span<const double> vector) {
    const std::lock_guard<std::mutex> lock(mutex_);
    boxes_[from * ranks_ + to].emplace_back(vector.begin(), vector.end());
    arrived_.notify_all();
  }

  std::vector<double> Receive(int from, int to) {
    std::unique_lock<std::mutex> lock(mutex_);
    std::deque<std::vector<double>>& box = boxes_[from * ranks_ + to];
    arrived_.wait(lock, [&box] { return !box.empty(); });
    std::vector<double> vector = std::move(box.front());
    box.pop_front();
    return vector;
  }

  std::vector<double> Gather(int rank, absl::Span<const double> values) {
    gathered_[rank].assign(values.begin(), values.end());
    barrier_.arrive_and_wait();
    std::vector<double> all;
    for (const std::vector<double>& part : gathered_) {
      all.insert(all.end(), part.begin(), part.end());
    }
    barrier_.arrive_and_wait();
    return all;
  }

 private:
  const int ranks_;
  std::barrier<> barrier_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::deque<std::vector<double>>> boxes_;
  std::vector<std::vector<double>> gathered_;
};

class ThreadExchange : public Exchange {
 public:
  ThreadExchange(ThreadRanks& all, int rank) : all_(all), rank_(rank) {}

  int ranks() const override { return all_.ranks(); }
  int rank() const override { return rank_; }

  void Sum(const RankPlan& plan, absl::Span<double> sums,
           absl::Span<double> total) override {
    std::vector<double> scratch(total.size());
    MergeRanks(
        plan, static_cast<int64_t>(total.size()), sums, absl::MakeSpan(scratch),
        [this](absl::Span<const double> sum, int peer) {
          all_.Send(rank_, peer, sum);
        },
        [this](absl::Span<double> sum, int peer) {
          const std::vector<double> sent = all_.Receive(peer, rank_);
          std::copy(sent.begin(), sent.end(), sum.begin());
        });
    const std::vector<double> root = all_.Gather(
        rank_, rank_ == 0 ? sums.subspan(0, total.size()) : sums.subspan(0, 0));
    std::copy(root.begin(), root.end(), total.begin());
  }

  std::vector<double> Gather(absl::Span<const double> values) override {
    return all_.Gather(rank_, values);
  }

 private:
  ThreadRanks& all_;
  const int rank_;
};

// A vector that threads share, which outlives it.
class ThreadSharedVector : public SharedVector {
 public:
  explicit ThreadSharedVector(absl::Span<double> entries) : entries_(entries) {}

  int64_t size() const override {
    return static_cast<int64_t>(entries_.size());
  }

  void Add(int64_t begin, absl::Span<const double> update) override {
    for (size_t j = 0; j < update.size(); ++j) {
      std::atomic_ref<double>(entries_[begin + j]).fetch_add(update[j]);
    }
  }

  void Read(int64_t begin, absl::Span<double> entries) override {
    for (size_t j = 0; j < entries.size(); ++j) {
      entries[j] = std::atomic_ref<double>(entries_[begin + j]).load();
    }
  }

  void LetOthersGoOn() override {}

 private:
  const absl::Span<double> entries_;
};

// Calls run(exchange) on `ranks` threads, each with the exchange of its rank.
inline void RunOnThreadRanks(int ranks,
                             const std::function<void(Exchange&)>& run) {
  ThreadRanks all(ranks);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank) {
    threads.emplace_back([&all, &run, rank] {
      ThreadExchange exchange(all, rank);
      run(exchange);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace local_sgd

#endif  // TESTS_COMM_THREAD_RANKS_H_
