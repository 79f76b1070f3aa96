#include "lib/solver/iterates.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
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

// Calls visit(j, sum) for every column j with the sum over workers of
// everything that the workers keep of it.
template <class Visit>
void ForEachColumnSum(const Iterates& iterates, int threads, Visit&& visit) {
  constexpr int64_t kMaxScratch = int64_t{1} << 20;  // columns, 32 MiB
  const int64_t d = iterates.num_features;
  const int64_t columns_per_chunk =
      std::clamp<int64_t>(kMaxScratch / iterates.num_workers, 1, 128);
  const int64_t chunks = (d + columns_per_chunk - 1) / columns_per_chunk;
#pragma omp parallel for num_threads(threads) if (threads > 1)
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    const int64_t first = chunk * columns_per_chunk;
    const int64_t width = std::min(columns_per_chunk, d - first);
    std::vector<WorkerColumn> sums(iterates.num_workers * width);
    for (int64_t k = 0; k < iterates.num_workers; ++k) {
      std::copy_n(iterates.worker(k) + first, width, sums.data() + k * width);
    }
    ForEachMerge(0, iterates.num_workers, /*leaf=*/1,
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

}  // namespace

Iterates StartIterates(int64_t num_workers, int64_t num_features) {
  Iterates iterates;
  iterates.num_workers = num_workers;
  iterates.num_features = num_features;
  iterates.common.assign(num_features + 1, 0.0);
  iterates.columns.assign(num_workers * (num_features + 1), WorkerColumn());
  iterates.base.assign(kNumAverages * num_features, 0.0);
  return iterates;
}

void Synchronise(const StepRows& rows, int threads, Iterates& iterates,
                 RoundDraws& draws) {
  const int64_t workers = iterates.num_workers;
  if (workers > 1) {
    // Each thread sums whole blocks of workers, then one thread the blocks.
    const int64_t block = static_cast<int64_t>(std::bit_floor(
        static_cast<uint64_t>((workers + threads - 1) / threads)));
    // A column visited twice adds a zero the second time.
    const auto merge = [&](int64_t begin, int64_t right, int64_t end) {
      WorkerColumn* sum = iterates.worker(begin);
      WorkerColumn* addend = iterates.worker(right);
      ForEachTouchedColumn(rows, draws, right, end, [sum, addend](int64_t j) {
        sum[j].difference += addend[j].difference;
        addend[j].difference = 0.0;
      });
    };
    if (threads > 1) {
#pragma omp parallel for num_threads(threads)
      for (int64_t begin = 0; begin < workers; begin += block) {
        ForEachMerge(begin, std::min(begin + block, workers), 1, merge);
      }
      ForEachMerge(0, workers, block, merge);
    } else {
      ForEachMerge(0, workers, 1, merge);
    }
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

void Rebase(double shrink, int threads, Iterates& iterates) {
  const int64_t d = iterates.num_features;
  const double inverse = 1.0 / static_cast<double>(iterates.num_workers);
  ForEachColumnSum(iterates, threads, [&](int64_t j, const WorkerColumn& sum) {
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

void MoveTo(absl::Span<const double> point, int threads, Iterates& iterates) {
  Rebase(/*shrink=*/1.0, threads, iterates);
  std::copy(point.begin(), point.end(), iterates.common.begin());
  for (WorkerColumn& column : iterates.columns) column.difference = 0.0;
}

std::vector<double> MeanIterates(const Iterates& iterates, double a, int64_t t,
                                 int threads) {
  const int64_t d = iterates.num_features;
  const double inverse = 1.0 / static_cast<double>(iterates.num_workers);
  const std::array<double, kNumAverages> weight_sums =
      AveragingWeightSums(a, t);
  std::vector<double> points(4 * d);
  ForEachColumnSum(iterates, threads, [&](int64_t j, const WorkerColumn& sum) {
    const double mean_v = iterates.common[j] + inverse * sum.difference;
    points[4 * j] = iterates.scale * mean_v;
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
