#include "lib/solver/iterates.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "lib/check.h"
#include "lib/comm/exchange.h"
#include "lib/comm/rank_plan.h"
#include "lib/comm/worker_tree.h"
#include "lib/solver/round_draws.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/averaging_weights.h"

namespace local_sgd {
namespace {

// Calls visit(j) for the columns that workers [begin, end) may have touched in
// this round: those of their drawn rows, some more than once, or all d where
// that is less work or the rows are not known.
template <class Visit>
void ForEachTouchedColumn(const StepRows& rows, const RoundDraws& draws,
                          int64_t begin, int64_t end, Visit&& visit) {
  const double touches = static_cast<double>(draws.count) * rows.mean_length *
                         static_cast<double>(end - begin);
  if (!draws.known || 2.0 * touches >= static_cast<double>(rows.num_features)) {
    for (int64_t j = 0; j < rows.num_features; ++j) visit(j);
    return;
  }
  for (int64_t k = begin; k < end; ++k) {
    ForEachDrawnColumn(rows, draws, /*first_draw=*/0, k, visit);
  }
}

// Calls visit(j, sum) for every column j with the sum over some of the workers
// here, a node of the tree, of everything that they keep of it.
template <class Visit>
void ForEachNodeSum(const Iterates& iterates, WorkerRange node, int threads,
                    Visit&& visit) {
  constexpr int64_t kMaxScratch = int64_t{1} << 20;  // columns, 32 MiB
  const int64_t d = iterates.num_features;
  const int64_t columns_per_chunk =
      std::clamp<int64_t>(kMaxScratch / node.size(), 1, 128);
  const int64_t chunks = (d + columns_per_chunk - 1) / columns_per_chunk;
#pragma omp parallel for num_threads(threads) if (threads > 1)
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    const int64_t first = chunk * columns_per_chunk;
    const int64_t width = std::min(columns_per_chunk, d - first);
    std::vector<WorkerColumn> sums(node.size() * width);
    for (int64_t k = 0; k < node.size(); ++k) {
      std::copy_n(iterates.worker(node.begin + k) + first, width,
                  sums.data() + k * width);
    }
    ForEachMerge(0, node.size(), /*leaf=*/1,
                 [&sums, width](int64_t begin, int64_t right, int64_t) {
                   for (int64_t j = 0; j < width; ++j) {
                     WorkerColumn& to = sums[begin * width + j];
                     const WorkerColumn& from = sums[right * width + j];
                     to.difference += from.difference;
                     for (int q = 0; q < kNumAverages; ++q) {
                       to.weighted[q] += from.weighted[q];
                     }
                   }
                 });
    for (int64_t j = 0; j < width; ++j) visit(first + j, sums[j]);
  }
}

// A node of the group's plan by the numbers that its workers have here.
WorkerRange Here(const WorkerGroup& group, WorkerRange node) {
  return {node.begin - group.plan.block.begin,
          node.end - group.plan.block.begin};
}

// Like ForEachNodeSum over all workers of all ranks.
template <class Visit>
void ForEachColumnSum(const Iterates& iterates, const WorkerGroup& group,
                      int threads, Visit&& visit) {
  if (group.exchange == nullptr) {
    ForEachNodeSum(iterates, {0, iterates.num_workers}, threads, visit);
    return;
  }
  const int64_t d = iterates.num_features;
  const int64_t length = d * kColumnDoubles;
  std::vector<double> sums(group.plan.nodes.size() * length);
  double* node_sum = sums.data();
  for (const WorkerRange& node : group.plan.nodes) {
    ForEachNodeSum(iterates, Here(group, node), threads,
                   [node_sum](int64_t j, const WorkerColumn& sum) {
                     double* to = node_sum + j * kColumnDoubles;
                     to[0] = sum.difference;
                     std::copy_n(sum.weighted, kNumAverages, to + 1);
                   });
    node_sum += length;
  }
  std::vector<double> total(length);
  group.exchange->Sum(group.plan, absl::MakeSpan(sums), absl::MakeSpan(total));
  for (int64_t j = 0; j < d; ++j) {
    WorkerColumn sum;
    sum.difference = total[j * kColumnDoubles];
    std::copy_n(&total[j * kColumnDoubles + 1], kNumAverages, sum.weighted);
    visit(j, sum);
  }
}

// Sums the differences of workers [begin, end) here, a node of the tree, into
// those of worker `begin`; the others' become 0.
void SumDifferences(const StepRows& rows, WorkerRange node, int threads,
                    Iterates& iterates, const RoundDraws& draws) {
  // Each thread sums whole blocks of workers, then one thread the blocks.
  const int64_t block = static_cast<int64_t>(std::bit_floor(
      static_cast<uint64_t>((node.size() + threads - 1) / threads)));
  // A column visited twice adds a zero the second time.
  const auto merge = [&](int64_t begin, int64_t right, int64_t end) {
    WorkerColumn* sum = iterates.worker(node.begin + begin);
    WorkerColumn* addend = iterates.worker(node.begin + right);
    ForEachTouchedColumn(rows, draws, node.begin + right, node.begin + end,
                         [sum, addend](int64_t j) {
                           sum[j].difference += addend[j].difference;
                           addend[j].difference = 0.0;
                         });
  };
  if (threads > 1) {
#pragma omp parallel for num_threads(threads)
    for (int64_t begin = 0; begin < node.size(); begin += block) {
      ForEachMerge(begin, std::min(begin + block, node.size()), 1, merge);
    }
    ForEachMerge(0, node.size(), block, merge);
  } else {
    ForEachMerge(0, node.size(), 1, merge);
  }
}

// Synchronise when the workers live on several ranks: each sends the sums of
// its nodes, as whole vectors.
void SynchroniseRanks(const StepRows& rows, const WorkerGroup& group,
                      int threads, Iterates& iterates,
                      const RoundDraws& draws) {
  const int64_t d = iterates.num_features;
  std::vector<double> sums;
  sums.reserve(group.plan.nodes.size() * d);
  for (const WorkerRange& global : group.plan.nodes) {
    const WorkerRange node = Here(group, global);
    SumDifferences(rows, node, threads, iterates, draws);
    WorkerColumn* sum = iterates.worker(node.begin);
    for (int64_t j = 0; j < d; ++j) {
      sums.push_back(sum[j].difference);
      sum[j].difference = 0.0;
    }
  }
  std::vector<double> total(d);
  group.exchange->Sum(group.plan, absl::MakeSpan(sums), absl::MakeSpan(total));
  const double inverse = 1.0 / static_cast<double>(group.workers());
  for (int64_t j = 0; j < d; ++j) iterates.common[j] += inverse * total[j];
}

}  // namespace

WorkerGroup MakeWorkerGroup(int64_t workers, Exchange* exchange) {
  WorkerGroup group;
  group.exchange = exchange;
  group.plan = exchange == nullptr
                   ? MakeRankPlan(workers, /*ranks=*/1, /*rank=*/0)
                   : MakeRankPlan(workers, exchange->ranks(), exchange->rank());
  return group;
}

Iterates StartIterates(int64_t num_workers, int64_t num_features) {
  LOCAL_SGD_CHECK(num_workers >= 1 && num_features >= 0);
  Iterates iterates;
  iterates.num_workers = num_workers;
  iterates.num_features = num_features;
  iterates.common.assign(num_features + 1, 0.0);
  iterates.columns.assign(num_workers * (num_features + 1), WorkerColumn());
  iterates.base.assign(kNumAverages * num_features, 0.0);
  return iterates;
}

void Synchronise(const StepRows& rows, const WorkerGroup& group, int threads,
                 Iterates& iterates, RoundDraws& draws) {
  const int64_t workers = group.workers();
  if (group.exchange != nullptr && workers > 1) {
    SynchroniseRanks(rows, group, threads, iterates, draws);
  } else if (workers > 1) {
    SumDifferences(rows, {0, workers}, threads, iterates, draws);
    const double inverse = 1.0 / static_cast<double>(workers);
    WorkerColumn* sum = iterates.worker(0);
    double* common = iterates.common.data();
    ForEachTouchedColumn(rows, draws, 0, workers, [=](int64_t j) {
      common[j] += inverse * sum[j].difference;
      sum[j].difference = 0.0;
    });
  }
  draws.count = 0;
  draws.known = true;
}

void Rebase(double shrink, const WorkerGroup& group, int threads,
            Iterates& iterates) {
  const int64_t d = iterates.num_features;
  const double inverse = 1.0 / static_cast<double>(group.workers());
  ForEachColumnSum(
      iterates, group, threads, [&](int64_t j, const WorkerColumn& sum) {
        const double mean_v = iterates.common[j] + inverse * sum.difference;
        for (int q = 0; q < kNumAverages; ++q) {
          iterates.base[q * d + j] +=
              iterates.cumulative[q] * mean_v - inverse * sum.weighted[q];
        }
      });
  const double factor = shrink * iterates.scale;
  for (double& v : iterates.common) v *= factor;
#pragma omp parallel for num_threads(threads) if (threads > 1)
  for (int64_t k = 0; k < iterates.num_workers; ++k) {
    for (int64_t j = 0; j < d; ++j) {
      WorkerColumn& column = iterates.worker(k)[j];
      column.difference *= factor;
      for (double& weighted : column.weighted) weighted = 0.0;
    }
  }
  iterates.scale = 1.0;
  iterates.cumulative = {};
  iterates.cumulative_error = {};
}

void MoveTo(absl::Span<const double> point, const WorkerGroup& group,
            int threads, Iterates& iterates) {
  Rebase(/*shrink=*/1.0, group, threads, iterates);
  std::copy(point.begin(), point.end(), iterates.common.begin());
  for (WorkerColumn& column : iterates.columns) column.difference = 0.0;
}

std::vector<double> MeanIterates(const Iterates& iterates,
                                 const WorkerGroup& group, double a, int64_t t,
                                 int threads) {
  LOCAL_SGD_CHECK(t >= 1);
  const int64_t d = iterates.num_features;
  const double inverse = 1.0 / static_cast<double>(group.workers());
  const std::array<double, kNumAverages> weight_sums =
      AveragingWeightSums(a, t);
  std::vector<double> points(4 * d);
  ForEachColumnSum(
      iterates, group, threads, [&](int64_t j, const WorkerColumn& sum) {
        const double mean_v = iterates.common[j] + inverse * sum.difference;
        // + 0.0: a zero without a sign, which depends on the columns that
        // synchronisations passed over.
        points[4 * j] = iterates.scale * mean_v + 0.0;
        for (int q = 0; q < kNumAverages; ++q) {
          const double weighted_sum =
              iterates.base[q * d + j] +
              (iterates.cumulative[q] * mean_v - inverse * sum.weighted[q]);
          points[4 * j + 1 + q] = weighted_sum / weight_sums[q];
        }
      });
  return points;
}

}  // namespace local_sgd
