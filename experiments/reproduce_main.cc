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
#include "data/download.h"
#include "data/open_dataset.h"
#include "data/w8a.h"
#include "experiments/all_experiments.h"
#include "experiments/all_studies.h"
#include "experiments/cluster_extrapolation/run.h"
#include "experiments/common_flags.h"
#include "experiments/experiment.h"
#include "experiments/measured_speedup/report.h"
#include "experiments/measured_speedup/run.h"
#include "experiments/model.h"
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

// The constants, and what needs no data.
absl::Status WriteModels(const Problem& problem, const std::string& folder,
                         WrittenFiles& files) {
  RETURN_IF_ERROR(files.Add(WriteConstants(problem, folder)));
  RETURN_IF_ERROR(files.Add(
      WriteTheoreticalSpeedup(TheoreticalSpeedupGrid(), kVersion, folder)));
  ASSIGN_OR_RETURN(const auto clusters,
                   RunModel(ClusterExtrapolationModel(), DefaultExtrapolation(),
                            kVersion, folder));
  return files.Add(clusters.files);
}

std::vector<ResultsOrigin> OriginsOf(const Problem& problem,
                                     const CommonFlags& flags, bool quick,
                                     const MeasuredSpeedupGrid& grid) {
  std::vector<ResultsOrigin> origins = {
      OriginOfConstants(problem), OriginOf(TheoreticalSpeedupGrid()),
      OriginOf(ClusterExtrapolationModel(), DefaultExtrapolation()),
      OriginOf(MeasuredSpeedupExperiment(), problem, grid)};
  for (ResultsOrigin& origin : OriginsOfAll(problem, flags, quick)) {
    origins.push_back(std::move(origin));
  }
  return origins;
}

absl::Status Reproduce(
    const CommonFlags& flags, bool quick, const MeasuredSpeedupGrid& grid,
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
  for (int64_t i = 0; i < grid.seeds; ++i) {
    manifest.seeds.push_back(grid.first_seed + static_cast<uint64_t>(i));
  }
  ASSIGN_OR_RETURN(const auto replaced,
                   MayReplace(OriginsOf(problem, flags, quick, grid), folder,
                              flags.overwrite, std::cerr));

  // Nothing is written before the long work is done, but its journal.
  ASSIGN_OR_RETURN(auto measured,
                   RunExperiment(MeasuredSpeedupExperiment(), problem, grid,
                                 kVersion, folder));
  WrittenFiles files(folder);
  RETURN_IF_ERROR(files.Add(measured.files));
  RETURN_IF_ERROR(WriteModels(problem, folder, files));
  RETURN_IF_ERROR(files.Add(WriteTables(folder, folder, {})));
  RETURN_IF_ERROR(files.Add(WriteFigures(folder, folder, {})));
  ASSIGN_OR_RETURN(WrittenExperiments further,
                   RunAll(problem, flags, quick, kVersion, folder));
  RETURN_IF_ERROR(files.Add(further.files));
  RETURN_IF_ERROR(RemoveReplaced(replaced, folder, std::cerr));
  RETURN_IF_ERROR(files.Add(WriteReports(AllStudies(), folder, folder)));

  manifest.files = files.checksums();
  const std::chrono::duration<double> elapsed =
      std::chrono::steady_clock::now() - start;
  manifest.elapsed_seconds = elapsed.count();
  RETURN_IF_ERROR(
      WriteFileAtomically(folder + "/manifest.json", ManifestJson(manifest)));
  // The report shows the manifest, so it is not in it.
  RETURN_IF_ERROR(WriteReport(AllStudies(), folder, folder, {}).status());
  RETURN_IF_ERROR(EndAll(further));
  RETURN_IF_ERROR(EndResumable(measured.journal));

  ASSIGN_OR_RETURN(const auto text, TextOf(MeasuredSpeedupExperiment(),
                                           measured.records, flags.format));
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
  const bool quick = absl::GetFlag(FLAGS_quick);
  MeasuredSpeedupGrid grid = MeasuredSpeedupExperiment().settings(quick);
  grid.first_seed = flags->seed;
  grid.threads = flags->threads;
  grid.seeds = *seeds;
  grid.build = GetBuildInfo(kVersion);
  if (absl::Status valid = ValidateGridFlags(grid); !valid.ok()) {
    return FailUsage(valid);
  }
  if (absl::Status valid = ValidateSeedOfAll(*flags); !valid.ok()) {
    return FailUsage(valid);
  }
  const absl::Status status =
      Reproduce(*flags, quick, grid,
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
