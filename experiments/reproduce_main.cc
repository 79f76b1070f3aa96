// bazel run //:reproduce: the whole paper, every record, table and figure, into
// one folder.

#include <chrono>
#include <cstdint>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "analysis/figures.h"
#include "analysis/report/page.h"
#include "analysis/tables.h"
#include "data/download.h"
#include "data/open_dataset.h"
#include "data/w8a.h"
#include "experiments/all_studies.h"
#include "experiments/cluster_extrapolation/run.h"
#include "experiments/common_flags.h"
#include "experiments/further_experiments.h"
#include "experiments/measured_speedup/measured_arms.h"
#include "experiments/measured_speedup/run.h"
#include "experiments/problem.h"
#include "experiments/resumable.h"
#include "experiments/single/problem_constants.h"
#include "experiments/study.h"
#include "experiments/theoretical_speedup/run.h"
#include "lib/dataset/sha256.h"
#include "lib/files/output_file.h"
#include "lib/program/build_info.h"
#include "lib/program/command_line.h"
#include "lib/program/manifest.h"
#include "lib/program/program.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/format.h"
#include "lib/records/outside_text.h"
#include "lib/status_macros.h"

ABSL_FLAG(bool, quick, false,
          "a reduced grid (two accuracies, b = 4, H in {1, 16}, K in {1, 4, "
          "16}) in less than half a minute");
ABSL_FLAG(
    std::string, seeds, "1",
    "measured runs of each configuration, with seeds from --seed on; "
    "step sizes are tuned on seed 0, or on the one after the measured seeds "
    "where 0 is one of them");
ABSL_FLAG(std::string, data_url, "",
          "where to download w8a if this machine has none; empty: the LIBSVM "
          "data page");

namespace local_sgd {
namespace {

// Files, once written, with their checksums for the manifest.
class WrittenFiles {
 public:
  explicit WrittenFiles(std::string folder) : folder_(std::move(folder)) {}

  absl::Status Add(const absl::StatusOr<std::vector<std::string>>& paths) {
    if (!paths.ok()) return paths.status();
    for (const std::string& path : *paths) {
      ASSIGN_OR_RETURN(const std::string contents, ReadFile(path));
      const absl::string_view name =
          absl::StripPrefix(path, absl::StrCat(folder_, "/"));
      checksums_[std::string(name)] = Sha256Hex(contents);
    }
    return absl::OkStatus();
  }

  // The records of one study, with their origin beside them.
  absl::Status AddStudy(const ResultsOrigin& origin,
                        const absl::StatusOr<std::vector<std::string>>& paths) {
    if (!paths.ok()) return paths.status();
    RETURN_IF_ERROR(WriteOrigin(origin, *paths, kVersion, folder_));
    return Add(paths);
  }

  const std::map<std::string, std::string>& checksums() const {
    return checksums_;
  }

 private:
  const std::string folder_;
  std::map<std::string, std::string> checksums_;
};

// w8a from this machine, else from its page; where it is on neither, the
// surrogate, which the user cannot overlook. Any other trouble, such as a wrong
// or unreadable file, is an error.
absl::StatusOr<NamedDataset> OpenForReproduction(const std::string& dataset,
                                                 int index_base,
                                                 const std::string& url) {
  const DataEnvironment environment = DataEnvironment::FromProcess();
  if (dataset != "w8a" || index_base != 1) {
    return OpenDataset(dataset, environment, /*shard=*/{}, index_base);
  }
  absl::StatusOr<NamedDataset> opened = OpenOrDownloadW8a(environment, url);
  const bool is_here = FindW8a(environment).has_value();
  if (is_here || !absl::IsUnavailable(opened.status())) return opened;
  std::cerr << "w8a is not on this machine and could not be downloaded: "
            << PrintableText(opened.status().message()) << "\n";
  return OpenDataset(kSurrogateName, environment);
}

absl::StatusOr<std::vector<std::string>> WriteConstants(
    const Problem& problem, const std::string& output_dir) {
  ASSIGN_OR_RETURN(
      const std::string json,
      RecordToFormat(ProblemConstantsTable(problem), Format::kJson));
  const std::string path = output_dir + "/problem_constants.json";
  RETURN_IF_ERROR(WriteFileAtomically(path, json));
  return std::vector<std::string>{path};
}

absl::Status Reproduce(
    const CommonFlags& flags, bool quick,
    const std::vector<MeasuredSpeedupGrid>& arms,
    const std::vector<std::pair<std::string, std::string>>& flag_values) {
  const auto start = std::chrono::steady_clock::now();
  Manifest manifest;
  manifest.started_at = UtcNow();
  manifest.flags = flag_values;
  manifest.build = GetBuildInfo(kVersion);
  const std::string& folder = flags.output_dir;
  RETURN_IF_ERROR(EnsureFolder(folder));

  ASSIGN_OR_RETURN(NamedDataset dataset,
                   OpenForReproduction(flags.dataset, flags.index_base,
                                       absl::GetFlag(FLAGS_data_url)));
  ASSIGN_OR_RETURN(const Problem problem,
                   MakeProblem(std::move(dataset), /*lambda=*/{}));
  manifest.dataset = problem.dataset;
  manifest.dataset_sha256 = problem.dataset_sha256;
  for (int64_t i = 0; i < arms[0].seeds; ++i) {
    manifest.seeds.push_back(arms[0].first_seed + static_cast<uint64_t>(i));
  }

  std::vector<ResultsOrigin> origins = {
      OriginOfConstants(problem), OriginOf(TheoreticalSpeedupGrid()),
      OriginOf(DefaultExtrapolation()), OriginOf(problem, arms)};
  for (ResultsOrigin& origin : OriginsOfFurther(problem, flags, quick)) {
    origins.push_back(std::move(origin));
  }
  ASSIGN_OR_RETURN(const auto replaced,
                   MayReplace(origins, folder, flags.overwrite, std::cerr));

  // Nothing is written before the long work is done, but its journal.
  ASSIGN_OR_RETURN(MeasuredArms run,
                   RunArms(problem, arms, "reproduce", kVersion, folder));
  WrittenFiles files(folder);
  absl::Status status = files.Add(WriteConstants(problem, folder));
  const TheoreticalSpeedupGrid model;
  if (status.ok()) {
    status =
        files.AddStudy(OriginOf(model), WriteTheoreticalSpeedup(model, folder));
  }
  const ExtrapolationGrid clusters = DefaultExtrapolation();
  if (status.ok()) {
    status = files.AddStudy(OriginOf(clusters),
                            WriteExtrapolation(clusters, folder));
  }
  if (!status.ok()) return status;
  status = files.AddStudy(
      OriginOf(problem, arms),
      WriteMeasuredSpeedup(problem, run.measured, manifest.build, folder));
  if (status.ok()) status = files.Add(WriteTables(folder, folder, {}));
  if (status.ok()) status = files.Add(WriteFigures(folder, folder, {}));
  if (!status.ok()) return status;
  ASSIGN_OR_RETURN(
      FurtherExperiments further,
      RunFurtherExperiments(problem, flags, quick, kVersion, folder));
  status = files.Add(further.files);
  if (status.ok()) status = RemoveReplaced(replaced, folder, std::cerr);
  if (status.ok())
    status = files.Add(WriteReports(AllStudies(), folder, folder));
  if (!status.ok()) return status;

  manifest.files = files.checksums();
  const std::chrono::duration<double> elapsed =
      std::chrono::steady_clock::now() - start;
  manifest.elapsed_seconds = elapsed.count();
  status =
      WriteFileAtomically(folder + "/manifest.json", ManifestJson(manifest));
  // The report shows the manifest, so it is not in it.
  if (status.ok())
    status = WriteReport(AllStudies(), folder, folder, {}).status();
  if (status.ok()) status = EndFurtherExperiments(further);
  if (status.ok()) status = EndResumable(run.journal);
  if (!status.ok()) return status;

  ASSIGN_OR_RETURN(const auto text,
                   SpeedupsInFormat(run.measured.records, flags.format));
  std::cout << text;
  std::cerr << files.checksums().size() + 2 << " files in "
            << PrintableText(folder) << ", "
            << static_cast<int64_t>(manifest.elapsed_seconds + 0.5) << " s\n";
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  const auto flags = ParseCommonFlags(
      argc, argv,
      "Reruns the experiments of the paper and writes every record, table and "
      "figure, and report.html, which shows them all.");
  if (!flags.ok()) return FailUsage(flags.status());
  const auto seeds =
      ParseInteger("seeds", absl::GetFlag(FLAGS_seeds), 1, 10'000);
  if (!seeds.ok()) return FailUsage(seeds.status());
  MeasuredSpeedupGrid grid;
  grid.first_seed = flags->seed;
  grid.threads = flags->threads;
  grid.seeds = *seeds;
  const bool quick = absl::GetFlag(FLAGS_quick);
  if (quick) {
    grid.epsilons = {0.005, 0.0001};
    grid.batches = {4};
    grid.periods = {1, 16};
    grid.workers = {1, 4, 16};
  }
  const std::vector<MeasuredSpeedupGrid> arms = TunedAndTheoretical(grid);
  for (const MeasuredSpeedupGrid& arm : arms) {
    const absl::Status valid = ValidateGridFlags(arm);
    if (!valid.ok()) return FailUsage(valid);
  }
  if (absl::Status valid = ValidateFurtherFlags(*flags); !valid.ok()) {
    return FailUsage(valid);
  }
  const absl::Status status =
      Reproduce(*flags, quick, arms,
                {{"data_url", PrintableName(absl::GetFlag(FLAGS_data_url))},
                 {"dataset", PrintableName(flags->dataset)},
                 {"index_base", absl::StrCat(flags->index_base)},
                 {"quick", quick ? "true" : "false"},
                 {"seed", absl::StrCat(flags->seed)},
                 {"seeds", absl::StrCat(*seeds)},
                 {"threads", absl::StrCat(flags->threads)}});
  return status.ok() ? 0 : Fail(status);
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(argc, argv, {"reproduce", local_sgd::kVersion},
                               local_sgd::Main);
}
