// bazel run //experiments:communication_period

#include <cstdint>
#include <iostream>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "experiments/common_flags.h"
#include "experiments/communication_period/advice.h"
#include "experiments/communication_period/report.h"
#include "experiments/communication_period/run.h"
#include "experiments/problem.h"
#include "experiments/resumable.h"
#include "lib/files/output_file.h"
#include "lib/program/command_line.h"
#include "lib/program/program.h"
#include "lib/program/progress.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"
#include "lib/records/format.h"
#include "lib/status_macros.h"

ABSL_FLAG(std::string, step_size, "theory,tuned",
          "the arms: theory, tuned or both, separated by a comma");
ABSL_FLAG(std::string, regularization, "",
          "lambda of every arm; empty: 0.01 for theory, 1/n for tuned; for "
          "the advice 1/n");
ABSL_FLAG(std::string, workers, "",
          "numbers of workers K; empty: 4,8,16,32 for theory, 2,4,8,16 for "
          "tuned; for the advice one number, empty: 16");
ABSL_FLAG(std::string, batch, "",
          "mini-batch sizes b; empty: 1,4,16; for the advice one number, "
          "empty: 4");
ABSL_FLAG(std::string, iterations, "",
          "T, ascending; empty: 2048,4096,8192 for theory, 256,1024,4096 for "
          "tuned");
ABSL_FLAG(std::string, loss, "0.1",
          "how much an admissible period may lose against H = 1");
ABSL_FLAG(std::string, seeds, "",
          "measured runs of each configuration, with seeds from --seed on; "
          "empty: 10, with --quick 2");
ABSL_FLAG(bool, quick, false, "a much reduced grid in a second or two");
ABSL_FLAG(bool, advise, false,
          "in place of all that: which schedule to use for --workers, --batch, "
          "--rho and --epsilon, from a pilot on one seed");
ABSL_FLAG(bool, verify, false,
          "with --advise: measure the advised schedules on other seeds");
ABSL_FLAG(std::string, rho, "25",
          "with --advise: cost of exchanging one vector, in gradients");
ABSL_FLAG(std::string, epsilon, "0.001",
          "with --advise: target accuracy f - f*");

namespace local_sgd {
namespace {

constexpr int64_t kMost = std::numeric_limits<int32_t>::max();

absl::StatusOr<CommunicationPeriodSettings> SettingsFromFlags(
    const CommonFlags& common) {
  CommunicationPeriodSettings settings = absl::GetFlag(FLAGS_quick)
                                             ? QuickCommunicationPeriod()
                                             : DefaultCommunicationPeriod();
  const CommunicationPeriodSettings chosen = settings;
  settings.first_seed = common.seed;
  settings.threads = common.threads;
  settings.arms.clear();
  const std::vector<std::string> names =
      absl::StrSplit(absl::GetFlag(FLAGS_step_size), ',');
  for (const std::string& name : names) {
    if (name != "theory" && name != "tuned") {
      return absl::InvalidArgumentError(
          absl::StrCat("--step_size=", absl::GetFlag(FLAGS_step_size),
                       ": expected theory, tuned or theory,tuned"));
    }
    for (const PeriodArm& arm : chosen.arms) {
      if (arm.tuned != (name == "tuned")) continue;
      for (const PeriodArm& other : settings.arms) {
        if (other.tuned != arm.tuned) continue;
        return absl::InvalidArgumentError(
            absl::StrCat("--step_size=", absl::GetFlag(FLAGS_step_size), ": '",
                         name, "' stands twice"));
      }
      settings.arms.push_back(arm);
    }
  }
  ASSIGN_OR_RETURN(const auto lambda,
                   ParseRegularization(absl::GetFlag(FLAGS_regularization)));
  for (PeriodArm& arm : settings.arms) {
    if (lambda.has_value()) arm.regularization = lambda;
    const std::string workers = absl::GetFlag(FLAGS_workers);
    if (!workers.empty()) {
      ASSIGN_OR_RETURN(const auto numbers,
                       ParseIntegers("workers", workers, 2, 1 << 20));
      arm.cells.workers = numbers;
      arm.cells.reference_workers = numbers.front();
    }
    const std::string batch = absl::GetFlag(FLAGS_batch);
    if (!batch.empty()) {
      ASSIGN_OR_RETURN(const auto numbers,
                       ParseIntegers("batch", batch, 1, 1 << 20));
      arm.cells.batches = numbers;
      arm.cells.reference_batch = numbers.front();
    }
    const std::string iterations = absl::GetFlag(FLAGS_iterations);
    if (!iterations.empty()) {
      ASSIGN_OR_RETURN(arm.iterations,
                       ParseIntegers("iterations", iterations, 1, kMost));
    }
  }
  ASSIGN_OR_RETURN(settings.loss,
                   ParseNumber("loss", absl::GetFlag(FLAGS_loss), kAboveZero));
  if (const std::string text = absl::GetFlag(FLAGS_seeds); !text.empty()) {
    ASSIGN_OR_RETURN(settings.seeds, ParseInteger("seeds", text, 1, 10'000));
  }
  RETURN_IF_ERROR(ValidateCommunicationPeriod(settings));
  return settings;
}

absl::StatusOr<AdviceSettings> AdviceFromFlags(const CommonFlags& common) {
  AdviceSettings settings;
  settings.first_seed = common.seed;
  settings.threads = common.threads;
  settings.verify = absl::GetFlag(FLAGS_verify);
  const auto one = [](const char* flag, const std::string& text,
                      int64_t usual) -> absl::StatusOr<int64_t> {
    if (text.empty()) return usual;
    return ParseInteger(flag, text, 1, 1 << 20);
  };
  ASSIGN_OR_RETURN(settings.workers,
                   one("workers", absl::GetFlag(FLAGS_workers), 16));
  ASSIGN_OR_RETURN(settings.batch, one("batch", absl::GetFlag(FLAGS_batch), 4));
  ASSIGN_OR_RETURN(settings.rho,
                   ParseNumber("rho", absl::GetFlag(FLAGS_rho), 0));
  ASSIGN_OR_RETURN(
      settings.epsilon,
      ParseNumber("epsilon", absl::GetFlag(FLAGS_epsilon), kAboveZero));
  if (const std::string text = absl::GetFlag(FLAGS_seeds); !text.empty()) {
    ASSIGN_OR_RETURN(settings.seeds, ParseInteger("seeds", text, 1, 10'000));
  }
  return settings;
}

int RunAdvice(const CommonFlags& flags) {
  const auto settings = AdviceFromFlags(flags);
  if (!settings.ok()) return FailUsage(settings.status());
  const auto lambda = ParseRegularization(absl::GetFlag(FLAGS_regularization));
  if (!lambda.ok()) return FailUsage(lambda.status());
  const auto problem = OpenProblem(flags.dataset, flags.index_base, *lambda);
  if (!problem.ok()) return Fail(problem.status());
  Progress progress("communication_period", AdviceWeight(*settings), std::cerr,
                    StderrIsTerminal());
  const auto advice = Advise(*problem, *settings, &progress);
  progress.Finish();
  if (!advice.ok()) return Fail(advice.status());
  const auto text =
      ToFormat(AdviceTable(*problem, *settings, *advice), flags.format);
  if (!text.ok()) return Fail(text.status());
  std::cout << *text;
  return 0;
}

int Main(int argc, char** argv) {
  const auto flags = ParseCommonFlags(
      argc, argv,
      "How often should the workers communicate? Measures the largest period H "
      "that loses little against H = 1, and schedules for an unknown horizon; "
      "writes communication_period.csv, communication_schedules.csv, "
      "communication_period_findings.csv, tables and figures. With --advise: "
      "names the schedule to use.");
  if (!flags.ok()) return FailUsage(flags.status());
  if (absl::GetFlag(FLAGS_advise)) return RunAdvice(*flags);
  if (absl::GetFlag(FLAGS_verify)) {
    return FailUsage(absl::InvalidArgumentError(
        "--verify measures what --advise advises; give both"));
  }
  const auto settings = SettingsFromFlags(*flags);
  if (!settings.ok()) return FailUsage(settings.status());
  const std::string& folder = flags->output_dir;
  if (absl::Status status = EnsureFolder(folder); !status.ok()) {
    return Fail(status);
  }
  const auto problem =
      OpenProblem(flags->dataset, flags->index_base, /*lambda=*/{});
  if (!problem.ok()) return Fail(problem.status());
  const auto replaced = MayReplace({OriginOf(*problem, *settings)}, folder,
                                   flags->overwrite, std::cerr);
  if (!replaced.ok()) return Fail(replaced.status());
  auto written =
      RunAndWriteCommunicationPeriod(*problem, *settings, kVersion, folder);
  if (!written.ok()) return Fail(written.status());
  if (absl::Status status = RemoveReplaced(*replaced, folder, std::cerr);
      !status.ok()) {
    return Fail(status);
  }
  const auto drawn = DrawCommunicationPeriod(folder, folder);
  if (!drawn.ok()) return Fail(drawn.status());
  if (absl::Status status = EndResumable(written->journal); !status.ok()) {
    return Fail(status);
  }
  const auto text = CommunicationPeriodInFormat(folder, flags->format);
  if (!text.ok()) return Fail(text.status());
  std::cout << *text;
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(argc, argv,
                               {"communication_period", local_sgd::kVersion},
                               local_sgd::Main);
}
