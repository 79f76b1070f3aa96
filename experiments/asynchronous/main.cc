// bazel run //experiments:asynchronous

#include <cstdint>
#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/asynchronous/records.h"
#include "experiments/asynchronous/report.h"
#include "experiments/asynchronous/run.h"
#include "experiments/common_flags.h"
#include "experiments/problem.h"
#include "experiments/resumable.h"
#include "experiments/run_settings.h"
#include "lib/program/command_line.h"
#include "lib/program/program.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"
#include "lib/records/format.h"
#include "lib/status_macros.h"

ABSL_FLAG(bool, quick, false, "a reduced grid, of a second or two");
ABSL_FLAG(std::string, step_size, "decaying:0.125",
          "step sizes of the runs to an accuracy: theory (Theorem 2.2), "
          "constant:ETA or decaying:C, min(32, C n/(t+1))");
ABSL_FLAG(std::string, slowdowns, "",
          "how many times slower the straggler is, ascending from 1 on; empty: "
          "1,1.25,1.5,2,4,8,16, with --quick 1,4");
ABSL_FLAG(std::string, message_seconds, "8",
          "mean seconds of a message where it takes time; a step takes 1");
ABSL_FLAG(std::string, seeds, "",
          "runs of each configuration to an accuracy, with seeds from --seed "
          "on; one has no interval; empty: 3, with --quick 2");

namespace local_sgd {
namespace {

absl::StatusOr<AsynchronousGrid> GridFromFlags(const CommonFlags& common) {
  AsynchronousGrid grid =
      absl::GetFlag(FLAGS_quick) ? QuickAsynchronous() : DefaultAsynchronous();
  grid.first_seed = common.seed;
  grid.threads = common.threads;
  ASSIGN_OR_RETURN(grid.step_size,
                   ParseStepSize(absl::GetFlag(FLAGS_step_size)));
  if (const std::string text = absl::GetFlag(FLAGS_slowdowns); !text.empty()) {
    ASSIGN_OR_RETURN(grid.slowdowns, ParseNumbers("slowdowns", text, 1.0));
  }
  ASSIGN_OR_RETURN(grid.message_seconds,
                   ParseNumber("message_seconds",
                               absl::GetFlag(FLAGS_message_seconds), 0.0));
  if (const std::string text = absl::GetFlag(FLAGS_seeds); !text.empty()) {
    ASSIGN_OR_RETURN(grid.seeds, ParseInteger("seeds", text, 1, 10'000));
  }
  return grid;
}

int Main(int argc, char** argv) {
  const auto flags = ParseCommonFlags(
      argc, argv,
      "Compares synchronous and asynchronous local SGD in modelled clusters "
      "and "
      "writes asynchronous.csv, asynchronous_findings.csv, tables and a "
      "figure.");
  if (!flags.ok()) return FailUsage(flags.status());
  const auto grid = GridFromFlags(*flags);
  if (!grid.ok()) return FailUsage(grid.status());
  const auto problem =
      OpenProblem(flags->dataset, flags->index_base, /*lambda=*/{});
  if (!problem.ok()) return Fail(problem.status());
  if (absl::Status status = ValidateAsynchronous(*problem, *grid);
      absl::IsInvalidArgument(status)) {
    return FailUsage(status);
  }
  const auto replaced =
      MayReplace({OriginOf(*problem, *grid)}, flags->output_dir,
                 flags->overwrite, std::cerr);
  if (!replaced.ok()) return Fail(replaced.status());
  auto written =
      RunAndWriteAsynchronous(*problem, *grid, kVersion, flags->output_dir);
  if (!written.ok()) return Fail(written.status());
  if (absl::Status status =
          RemoveReplaced(*replaced, flags->output_dir, std::cerr);
      !status.ok()) {
    return Fail(status);
  }
  const auto report =
      WriteAsynchronousReport(flags->output_dir, flags->output_dir);
  if (!report.ok()) return Fail(report.status());
  if (absl::Status status = EndResumable(written->journal); !status.ok()) {
    return Fail(status);
  }
  const auto text =
      flags->format == Format::kTable
          ? AsynchronousText(written->result.records)
          : ToFormat(ToTable(AsynchronousSchema(), written->result.records),
                     flags->format);
  if (!text.ok()) return Fail(text.status());
  std::cout << *text;
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(
      argc, argv, {"asynchronous", local_sgd::kVersion}, local_sgd::Main);
}
