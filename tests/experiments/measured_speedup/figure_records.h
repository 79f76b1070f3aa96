// Records that tests draw.

#ifndef TESTS_EXPERIMENTS_MEASURED_SPEEDUP_FIGURE_RECORDS_H_
#define TESTS_EXPERIMENTS_MEASURED_SPEEDUP_FIGURE_RECORDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/measured_speedup/records.h"

namespace local_sgd {

inline std::vector<SpeedupRecord> Records(const std::string& dataset,
                                          const std::string& step_size) {
  std::vector<SpeedupRecord> records;
  for (int64_t batch : {4, 16}) {
    for (int64_t workers : {2, 1, 32}) {
      for (int64_t period : {1, 8}) {
        SpeedupRecord r;
        r.dataset = dataset;
        r.dataset_sha256 = "12ab";
        r.step_size = step_size;
        r.epsilon = 0.005;
        r.batch = batch;
        r.workers = workers;
        r.period = period;
        r.seeds = 1;
        r.rho = 25;
        if (workers != 32 || period != 8) {
          r.seeds_reached = 1;
          r.iterations = 1000;
          r.speedup_free = 1 + 0.25 * static_cast<double>(workers - 1);
          r.speedup_star = 0.25;
          r.speedup_ring = 0.5;
        }
        records.push_back(r);
      }
    }
  }
  return records;
}

// A few candidates of one accuracy, b = 4; K in {1, 8, 32}, H in {1, 4, 8}.
inline std::vector<TuningRecord> Ledger() {
  std::vector<TuningRecord> ledger;
  for (int64_t workers : {1, 8, 32}) {
    for (int64_t period : {1, 4, 8}) {
      const auto add = [&](const char* family, int64_t exponent,
                           const char* outcome) -> TuningRecord& {
        TuningRecord r;
        r.epsilon = 0.005;
        r.batch = 4;
        r.workers = workers;
        r.period = period;
        r.seed = 7;
        r.family = family;
        r.exponent = exponent;
        r.outcome = outcome;
        ledger.push_back(r);
        return ledger.back();
      };
      // The gap after an iteration; of those that reached epsilon also after
      // they went on, or above it at a later check.
      const auto end = [](TuningRecord& r, int64_t iterations, double gap) {
        r.iterations = iterations;
        r.gap = gap;
      };
      const double shift = 0.0001 * static_cast<double>(period);
      end(add("constant", 4, "diverged"), 2, 1e60);
      add("constant", 3, "diverged").iterations = 2;
      end(add("constant", 2, "dropped"), 150, 2);
      end(add("constant", 1, "dropped"), 150, 0.5);
      end(add("constant", 0, "reached"), 100, 0.006);
      end(add("constant", -1, "reached"), 120, 0.004 + shift);
      end(add("constant", -2, "reached"), 150, 0.0001);
      TuningRecord& same = add("decaying", 2, "same");
      same.same_as_family = "constant";
      same.same_as_exponent = 0;
      TuningRecord& same_unreached = add("decaying", 5, "same");
      same_unreached.same_as_family = "constant";
      same_unreached.same_as_exponent = 3;
      add("decaying", -20, "not_tried");
      end(add("decaying", -2, "dropped"), 150, 0.02 + shift);
      end(add("decaying", -1, "limit"), 1000, 0.01);
    }
  }
  return ledger;
}

}  // namespace local_sgd

#endif  // TESTS_EXPERIMENTS_MEASURED_SPEEDUP_FIGURE_RECORDS_H_
