#include "experiments/all_studies.h"

#include <string>
#include <vector>

#include "analysis/report_files.h"
#include "experiments/asynchronous/report.h"
#include "experiments/cluster_extrapolation/report.h"
#include "experiments/cluster_speedup/report.h"
#include "experiments/communication_period/report.h"
#include "experiments/convergence_bound/report.h"
#include "experiments/measured_speedup/report.h"
#include "experiments/measured_speedup/sentences.h"
#include "experiments/study.h"
#include "experiments/variance_reduction/report.h"

namespace local_sgd {
namespace {

AnyStudy MeasuredSpeedups() {
  const std::vector<std::string> records = {"measured_speedup.csv"};
  const std::vector<std::string> tuning = {"measured_speedup.csv",
                                           "tuning_ledger.csv"};
  return {
      .name = "measured_speedup",
      .records = tuning,
      .tables =
          {{"measured_speedup.csv", "Measured speedups, records",
            "step_size,epsilon,batch,workers,period,seeds,seeds_reached,"
            "iterations,iterations_stderr,iterate,chosen_family,"
            "chosen_exponent,speedup_free,speedup_free_stderr,speedup_star,"
            "speedup_ring,rho"},
           {"measured_iterations.csv",
            "Iterations T(eps) of every seed, records"},
           {"tuning_ledger.csv",
            "Every step size that the tuning tried, records",
            "epsilon,batch,workers,period,family,exponent,outcome,iterations,"
            "iterate,gap",
            "--step_size=tuned"}},
      .figures = {{"figure3_tuned",
                   "Figure 3: measured speedup, tuned step sizes", records, 3},
                  {"figure3_theory",
                   "Figure 3: measured speedup, step sizes of Theorem 2.2",
                   records, 3},
                  {"figure3", "Figure 3: measured speedup, other step sizes",
                   records, 3},
                  {"tuning", "The tuning behind Figure 3", tuning}},
      .sentences = MeasuredSpeedupSentences,
      .priced_tables = [](const Evidence& evidence) {
        return SpeedupTables(evidence.speedups);
      }};
}

AnyStudy TheoreticalSpeedup() {
  return {.name = "theoretical_speedup",
          .records = {"theoretical_speedup.csv"},
          .tables = {{"theoretical_speedup.csv",
                      "Modelled speedups of equation (9), records"}},
          .figures = {{"figure2", "Figure 2: modelled speedup", {}, 2}}};
}

}  // namespace

const std::vector<AnyStudy>& AllStudies() {
  static const auto& studies = *new std::vector<AnyStudy>{
      MeasuredSpeedups(),
      TheoreticalSpeedup(),
      Erased(ConvergenceBoundStudy()),
      Erased(VarianceReductionStudy()),
      Erased(CommunicationPeriodStudy()),
      Erased(AsynchronousStudy()),
      Erased(ClusterExtrapolationStudy()),
      Erased(ClusterSpeedupStudy()),
  };
  return studies;
}

}  // namespace local_sgd
