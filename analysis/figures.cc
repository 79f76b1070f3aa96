#include "analysis/figures.h"

#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "experiments/measured_speedup/figures.h"
#include "experiments/measured_speedup/groups.h"
#include "experiments/measured_speedup/records.h"
#include "experiments/measured_speedup/tuning_figure.h"
#include "experiments/theoretical_speedup/figures.h"
#include "experiments/theoretical_speedup/records.h"
#include "lib/records/schema.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

// Nothing where there is no such file.
template <class T>
absl::StatusOr<std::optional<T>> IfThere(absl::StatusOr<T> read) {
  if (absl::IsNotFound(read.status())) return std::nullopt;
  RETURN_IF_ERROR(read.status());
  return std::optional<T>(*std::move(read));
}

}  // namespace

absl::StatusOr<FigureSet> PaperFigures(const std::string& folder,
                                       std::optional<double> rho) {
  ASSIGN_OR_RETURN(const auto modelled,
                   IfThere(ReadRecords(ModelledSpeedupSchema(),
                                       folder + "/theoretical_speedup.csv")));
  ASSIGN_OR_RETURN(const auto measured, IfThere(ReadSpeedups(folder, rho)));
  if (!modelled && !measured) {
    return absl::NotFoundError(absl::StrCat(
        "neither theoretical_speedup.csv nor measured_speedup.csv in ",
        folder));
  }
  FigureSet figures;
  const auto add = [&figures](FigureSet more) {
    std::move(more.begin(), more.end(), std::back_inserter(figures));
  };
  if (modelled) {
    add(MadeFrom({"theoretical_speedup.csv"}, Figure2(*modelled)));
  }
  if (!measured) return figures;
  add(MadeFrom({"measured_speedup.csv"}, Figure3(*measured)));
  ASSIGN_OR_RETURN(
      const auto ledger,
      IfThere(ReadRecords(TuningSchema(), folder + "/tuning_ledger.csv")));
  if (ledger) {
    add(MadeFrom({"measured_speedup.csv", "tuning_ledger.csv"},
                 TuningFigure(*ledger, *measured)));
  }
  return figures;
}

absl::StatusOr<std::vector<std::string>> WriteFigures(
    const std::string& input_dir, const std::string& output_dir,
    std::optional<double> rho) {
  ASSIGN_OR_RETURN(const auto figures, PaperFigures(input_dir, rho));
  return WriteFigureFiles(figures, input_dir, output_dir);
}

}  // namespace local_sgd
