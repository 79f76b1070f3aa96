#include "analysis/claim_quantities.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <set>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "experiments/measured_speedup/records.h"
#include "experiments/theoretical_speedup/records.h"
#include "lib/math/portable_log.h"
#include "lib/records/csv_reader.h"
#include "lib/records/finding_record.h"
#include "lib/records/table.h"
#include "lib/statistics/interval.h"
#include "lib/statistics/jackknife.h"
#include "lib/statistics/log_interpolation.h"
#include "lib/statistics/mean.h"
#include "lib/statistics/paired_ratio.h"
#include "lib/statistics/power_law_fit.h"
#include "lib/statistics/student_t.h"
#include "lib/status_macros.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kFindingsSuffix[] = "_findings.csv";

// ---- Records ----

// NotFound without the folder's name: it becomes part of what is published.
absl::StatusOr<CsvFile> ReadRecords(const std::string& folder,
                                    const std::string& name) {
  absl::StatusOr<CsvFile> file = ReadCsv(absl::StrCat(folder, "/", name));
  if (!absl::IsNotFound(file.status())) return file;
  return absl::NotFoundError(absl::StrCat("the results folder has no ", name));
}

absl::StatusOr<MeasuredIterations> ReadMeasured(const std::string& folder) {
  ASSIGN_OR_RETURN(const CsvFile iterations_file,
                   ReadRecords(folder, "measured_iterations.csv"));
  ASSIGN_OR_RETURN(const CsvFile speedups_file,
                   ReadRecords(folder, "measured_speedup.csv"));
  ASSIGN_OR_RETURN(const auto iterations,
                   ParseRecords(IterationsSchema(), iterations_file));
  ASSIGN_OR_RETURN(const auto speedups,
                   ParseRecords(SpeedupSchema(), speedups_file));

  MeasuredIterations measured;
  for (const IterationsRecord& r : iterations) {
    const MeasuredSetting setting = {r.step_size, r.epsilon, r.batch, r.workers,
                                     r.workers == 1 ? 1 : r.period};
    measured.seeds[setting].emplace(r.seed, r.iterations);
  }
  for (size_t i = 0; i < speedups.size(); ++i) {
    const SpeedupRecord& r = speedups[i];
    const std::string place =
        absl::StrCat(speedups_file.path, ":", speedups_file.records[i].line);
    if (i == 0) measured.dataset = r.dataset;
    if (r.dataset != measured.dataset ||
        r.dataset_sha256 != speedups.front().dataset_sha256) {
      return absl::InvalidArgumentError(
          absl::StrCat(place, ": column 'dataset' is '", r.dataset,
                       "', expected the data of the first record, '",
                       measured.dataset, "', with the same checksum"));
    }
    const auto found =
        measured.seeds.find({r.step_size, r.epsilon, r.batch, r.workers,
                             r.workers == 1 ? 1 : r.period});
    if (found == measured.seeds.end()) continue;
    std::vector<double> reached;
    for (const auto& [seed, t] : found->second) {
      if (t) reached.push_back(static_cast<double>(*t));
    }
    const bool same =
        static_cast<int64_t>(found->second.size()) == r.seeds &&
        static_cast<int64_t>(reached.size()) == r.seeds_reached &&
        (!r.iterations ||
         std::abs(Mean(reached) - *r.iterations) <= 1e-9 * *r.iterations);
    if (!same) {
      return absl::InvalidArgumentError(absl::StrCat(
          place, ": seeds and iterations are not those of ",
          iterations_file.path, "; the two files are of different runs"));
    }
  }
  return measured;
}

absl::StatusOr<ModelSpeedups> ReadModel(const std::string& folder) {
  ASSIGN_OR_RETURN(const CsvFile file,
                   ReadRecords(folder, "theoretical_speedup.csv"));
  ASSIGN_OR_RETURN(const auto records,
                   ParseRecords(ModelledSpeedupSchema(), file));
  ModelSpeedups speedups;
  for (const ModelledSpeedup& r : records) {
    speedups[{r.model, r.cost_model, r.rho, r.epsilon, r.workers, r.period}] =
        r.speedup;
  }
  return speedups;
}

// Every EXPERIMENT_findings.csv of the folder.
absl::StatusOr<Findings> ReadFindings(const std::string& folder) {
  std::error_code error;
  Findings findings;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!absl::EndsWith(name, kFindingsSuffix)) continue;
    const std::string experiment(absl::StripSuffix(name, kFindingsSuffix));
    ASSIGN_OR_RETURN(const CsvFile file, ReadRecords(folder, name));
    ASSIGN_OR_RETURN(std::vector<FindingRecord> records,
                     ParseRecords(FindingSchema(), file));
    for (size_t i = 0; i < records.size(); ++i) {
      if (records[i].experiment != experiment) {
        return absl::InvalidArgumentError(absl::StrCat(
            file.path, ":", file.records[i].line, ": column 'experiment' is '",
            records[i].experiment, "', expected ", experiment,
            ", as in the file's name"));
      }
    }
    findings[experiment] = std::move(records);
  }
  return findings;
}

// ---- Estimates ----

std::string Words(const MeasuredSetting& s) {
  return absl::StrCat(s.step_size, ", eps = ", ShortestText(s.epsilon),
                      ", b = ", s.batch, ", K = ", s.workers,
                      ", H = ", s.period);
}

// iterations[j][i] is T of setting j on the i-th of the seeds that all have.
absl::StatusOr<std::vector<std::vector<double>>> PairedIterations(
    const ClaimRecords& records, std::vector<MeasuredSetting> settings) {
  if (!records.measured.ok()) return records.measured.status();
  std::vector<const std::map<uint64_t, std::optional<int64_t>>*> by_seed;
  for (MeasuredSetting& setting : settings) {
    if (setting.workers == 1) setting.period = 1;
    const auto found = records.measured->seeds.find(setting);
    if (found == records.measured->seeds.end()) {
      return absl::NotFoundError(absl::StrCat("no record of ", Words(setting)));
    }
    by_seed.push_back(&found->second);
  }
  std::vector<std::vector<double>> iterations(settings.size());
  for (const auto& [seed, unused] : *by_seed[0]) {
    const bool is_common = std::all_of(
        by_seed.begin(), by_seed.end(),
        [seed = seed](const auto* seeds) { return seeds->count(seed) > 0; });
    if (!is_common) continue;
    for (size_t j = 0; j < settings.size(); ++j) {
      const std::optional<int64_t> t = by_seed[j]->at(seed);
      if (!t) {
        return absl::FailedPreconditionError(absl::StrCat(
            Words(settings[j]), ": seed ", seed, " did not reach eps"));
      }
      iterations[j].push_back(static_cast<double>(*t));
    }
  }
  if (iterations[0].empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("no seed is common to ", Words(settings.front()), " and ",
                     Words(settings.back())));
  }
  return iterations;
}

Estimate WithError(double value, std::optional<double> standard_error,
                   size_t seeds) {
  const auto m = static_cast<int64_t>(seeds);
  const double half_width =
      standard_error ? StudentTQuantile975(m - 1) * *standard_error : 0;
  return {value, value - half_width, value + half_width, m, "", ""};
}

// T of the numerator over T of the denominator.
absl::StatusOr<Estimate> IterationsRatio(const ClaimRecords& records,
                                         const MeasuredSetting& numerator,
                                         const MeasuredSetting& denominator) {
  ASSIGN_OR_RETURN(const auto paired,
                   PairedIterations(records, {numerator, denominator}));
  const RatioEstimate ratio = PairedRatio(paired[0], paired[1]);
  return WithError(ratio.ratio, ratio.standard_error, paired[0].size());
}

// A function of the mean iterations of the settings, in their order.
absl::StatusOr<Estimate> JackknifeOfMeans(
    const ClaimRecords& records, const std::vector<MeasuredSetting>& settings,
    const std::function<absl::StatusOr<double>(const std::vector<double>&)>&
        function) {
  ASSIGN_OR_RETURN(const auto paired, PairedIterations(records, settings));
  const auto m = static_cast<int64_t>(paired[0].size());
  ASSIGN_OR_RETURN(const Interval interval,
                   Jackknife(m, [&](absl::Span<const int64_t> kept) {
                     std::vector<double> means;
                     for (const std::vector<double>& all : paired) {
                       std::vector<double> samples;
                       for (int64_t i : kept)
                         samples.push_back(all[static_cast<size_t>(i)]);
                       means.push_back(Mean(samples));
                     }
                     return function(means);
                   }));
  return Estimate{interval.value, interval.low, interval.high, m, "", ""};
}

// (m_0 / m_1) / (m_2 / m_3).
absl::StatusOr<Estimate> RatioOfRatios(
    const ClaimRecords& records, const std::vector<MeasuredSetting>& settings) {
  return JackknifeOfMeans(records, settings,
                          [](const std::vector<double>& means) {
                            return means[0] / means[1] / (means[2] / means[3]);
                          });
}

absl::StatusOr<Estimate> Scaled(absl::StatusOr<Estimate> estimate,
                                double factor) {
  if (!estimate.ok()) return estimate;
  estimate->value *= factor;
  estimate->low *= factor;
  estimate->high *= factor;
  return estimate;
}

// Of at least one. Its place is the first of equal ones.
Estimate Extreme(const std::string& take,
                 const std::vector<Estimate>& estimates) {
  const auto before = [&take](double a, double b) {
    return take == "smallest" ? a < b : a > b;
  };
  Estimate extreme = estimates[0];
  for (const Estimate& estimate : estimates) {
    if (before(estimate.value, extreme.value)) {
      extreme.value = estimate.value;
      extreme.at = estimate.at;
    }
    if (before(estimate.low, extreme.low)) extreme.low = estimate.low;
    if (before(estimate.high, extreme.high)) extreme.high = estimate.high;
    extreme.seeds = std::min(extreme.seeds, estimate.seeds);
  }
  return extreme;
}

using SettingFunction =
    std::function<absl::StatusOr<Estimate>(const MeasuredSetting&)>;

// The extreme over the lists of the quantity. A list that is empty leaves its
// part of the setting at 0.
absl::StatusOr<Estimate> OverSettings(const Quantity& q,
                                      const SettingFunction& function) {
  // The words of one part of the setting, if the quantity has it.
  const auto words = [](const auto& list, const char* name, auto value) {
    std::vector<std::string> parts;
    if (!list.empty()) {
      parts.push_back(
          absl::StrCat(name, " = ", ShortestText(static_cast<double>(value))));
    }
    return parts;
  };
  const auto or_zero = [](auto list) {
    if (list.empty()) list.push_back(0);
    return list;
  };
  std::vector<Estimate> estimates;
  for (double epsilon : or_zero(q.epsilon)) {
    for (int64_t batch : or_zero(q.batch)) {
      for (int64_t workers : or_zero(q.workers)) {
        for (int64_t period : or_zero(q.period)) {
          absl::StatusOr<Estimate> estimate =
              function({q.step_size, epsilon, batch, workers, period});
          if (!estimate.ok()) return estimate;
          std::vector<std::string> at;
          for (const auto& part :
               {words(q.epsilon, "eps", epsilon), words(q.batch, "b", batch),
                words(q.workers, "K", workers), words(q.period, "H", period)}) {
            at.insert(at.end(), part.begin(), part.end());
          }
          // What the function itself chose comes last.
          if (!estimate->at.empty()) at.push_back(estimate->at);
          estimate->at = absl::StrJoin(at, ", ");
          estimates.push_back(*std::move(estimate));
        }
      }
    }
  }
  return Extreme(q.take, estimates);
}

// ---- Measured quantities ----

MeasuredSetting OneWorker(MeasuredSetting setting) {
  setting.workers = 1;
  setting.period = 1;
  return setting;
}

MeasuredSetting WithPeriod(MeasuredSetting setting, int64_t period) {
  setting.period = period;
  return setting;
}

double Communication(const Quantity& q, const MeasuredSetting& s) {
  return CommunicationFactor(q.cost_model, q.rho, s.workers, s.period, s.batch);
}

absl::StatusOr<Estimate> SpeedupPerWorker(const Quantity& q,
                                          const ClaimRecords& records) {
  return OverSettings(q, [&](const MeasuredSetting& s) {
    return Scaled(IterationsRatio(records, OneWorker(s), s),
                  1 / (Communication(q, s) * static_cast<double>(s.workers)));
  });
}

absl::StatusOr<Estimate> PeriodCost(const Quantity& q,
                                    const ClaimRecords& records) {
  return OverSettings(q, [&](const MeasuredSetting& s) {
    return IterationsRatio(records, s, WithPeriod(s, 1));
  });
}

// S(K, H) / S(K, 1) of one setting.
absl::StatusOr<Estimate> GainOf(const Quantity& q, const ClaimRecords& records,
                                const MeasuredSetting& s) {
  const MeasuredSetting every_step = WithPeriod(s, 1);
  return Scaled(IterationsRatio(records, every_step, s),
                Communication(q, every_step) / Communication(q, s));
}

absl::StatusOr<Estimate> PeriodGain(const Quantity& q,
                                    const ClaimRecords& records) {
  return OverSettings(
      q, [&](const MeasuredSetting& s) { return GainOf(q, records, s); });
}

absl::StatusOr<Estimate> BestPeriodGain(const Quantity& q,
                                        const ClaimRecords& records) {
  Quantity outer = q;
  outer.period.clear();
  return OverSettings(
      outer, [&](const MeasuredSetting& s) -> absl::StatusOr<Estimate> {
        std::vector<Estimate> gains;
        for (int64_t period : q.period) {
          absl::StatusOr<Estimate> gain =
              GainOf(q, records, WithPeriod(s, period));
          if (!gain.ok()) return gain;
          gain->at = absl::StrCat("H = ", period);
          gains.push_back(*std::move(gain));
        }
        return Extreme("largest", gains);
      });
}

absl::StatusOr<Estimate> StepSizeCost(const Quantity& q,
                                      const ClaimRecords& records) {
  return OverSettings(q, [&](const MeasuredSetting& s) {
    MeasuredSetting reference = s;
    reference.step_size = q.reference_step_size;
    return IterationsRatio(records, s, reference);
  });
}

absl::StatusOr<Estimate> PeriodCostRatio(const Quantity& q,
                                         const ClaimRecords& records) {
  return OverSettings(q, [&](const MeasuredSetting& s) {
    MeasuredSetting reference = s;
    reference.epsilon = q.reference_epsilon;
    reference.workers = q.reference_workers;
    return RatioOfRatios(
        records, {s, WithPeriod(s, 1), reference, WithPeriod(reference, 1)});
  });
}

absl::StatusOr<Estimate> SpeedupRatio(const Quantity& q,
                                      const ClaimRecords& records) {
  return OverSettings(q, [&](const MeasuredSetting& s) {
    MeasuredSetting reference = s;
    reference.epsilon = q.reference_epsilon;
    return RatioOfRatios(records,
                         {OneWorker(s), s, OneWorker(reference), reference});
  });
}

// The smallest H at which T, whose log is linear in log H between the periods,
// is `allowance` times what it is at the first.
std::optional<double> AdmissiblePeriodOf(const std::vector<int64_t>& periods,
                                         const double* iterations,
                                         double allowance) {
  for (size_t i = 1; i < periods.size(); ++i) {
    if (iterations[i] / iterations[0] < allowance) continue;
    return InterpolateLogs(iterations[i - 1] / iterations[0],
                           static_cast<double>(periods[i - 1]),
                           iterations[i] / iterations[0],
                           static_cast<double>(periods[i]), allowance);
  }
  return std::nullopt;
}

absl::StatusOr<Estimate> AdmissiblePeriodSlope(const Quantity& q,
                                               const ClaimRecords& records) {
  Quantity outer = q;
  outer.workers.clear();
  outer.period.clear();
  return OverSettings(outer, [&](const MeasuredSetting& s) {
    std::vector<MeasuredSetting> settings;
    for (int64_t workers : q.workers) {
      for (int64_t period : q.period) {
        settings.push_back({s.step_size, s.epsilon, s.batch, workers, period});
      }
    }
    return JackknifeOfMeans(
        records, settings,
        [&](const std::vector<double>& means) -> absl::StatusOr<double> {
          std::vector<double> workers, admissible;
          for (size_t i = 0; i < q.workers.size(); ++i) {
            const auto period = AdmissiblePeriodOf(
                q.period, means.data() + i * q.period.size(), q.allowance);
            if (!period) {
              return absl::OutOfRangeError(absl::StrCat(
                  "at K = ", q.workers[i], " no period up to ", q.period.back(),
                  " costs ", ShortestText(q.allowance),
                  " times the iterations: the admissible H is only known to be "
                  "larger"));
            }
            workers.push_back(static_cast<double>(q.workers[i]));
            admissible.push_back(*period);
          }
          ASSIGN_OR_RETURN(const auto fit, FitPowerLaw({workers}, admissible));
          return fit.exponents[0].value;
        });
  });
}

// ---- Quantities of the model ----

Estimate Exactly(double value) { return {value, value, value, 0, "", ""}; }

absl::StatusOr<double> SpeedupOfModel(const Quantity& q,
                                      const ClaimRecords& records,
                                      double epsilon, int64_t workers,
                                      int64_t period) {
  if (!records.model.ok()) return records.model.status();
  const auto found = records.model->find(
      {Name(q.model), Name(q.cost_model), q.rho, epsilon, workers, period});
  if (found == records.model->end()) {
    return absl::NotFoundError(absl::StrCat(
        "no record of model ", Name(q.model), ", ", Name(q.cost_model),
        ", rho = ", ShortestText(q.rho), ", eps = ", ShortestText(epsilon),
        ", K = ", workers, ", H = ", period));
  }
  return found->second;
}

// The best of the periods, the smallest of equally good ones.
struct BestPeriod {
  int64_t period = 0;
  double speedup = 0;
};
absl::StatusOr<BestPeriod> FindBestPeriod(const Quantity& q,
                                          const ClaimRecords& records,
                                          double epsilon, int64_t workers,
                                          const std::vector<int64_t>& periods) {
  BestPeriod best;
  for (int64_t period : periods) {
    ASSIGN_OR_RETURN(const auto speedup,
                     SpeedupOfModel(q, records, epsilon, workers, period));
    if (speedup > best.speedup) best = {period, speedup};
  }
  return best;
}

absl::StatusOr<Estimate> SpeedupOfModelQuantity(const Quantity& q,
                                                const ClaimRecords& records) {
  return OverSettings(
      q, [&](const MeasuredSetting& s) -> absl::StatusOr<Estimate> {
        ASSIGN_OR_RETURN(
            const auto speedup,
            SpeedupOfModel(q, records, s.epsilon, s.workers, s.period));
        return Exactly(speedup);
      });
}

absl::StatusOr<Estimate> PeriodGainOfModel(const Quantity& q,
                                           const ClaimRecords& records) {
  return OverSettings(
      q, [&](const MeasuredSetting& s) -> absl::StatusOr<Estimate> {
        ASSIGN_OR_RETURN(
            const auto speedup,
            SpeedupOfModel(q, records, s.epsilon, s.workers, s.period));
        ASSIGN_OR_RETURN(const auto rival, FindBestPeriod(q, records, s.epsilon,
                                                          s.workers, q.rivals));
        Estimate gain = Exactly(speedup / rival.speedup);
        gain.at = absl::StrCat("best rival H = ", rival.period);
        return gain;
      });
}

absl::StatusOr<Estimate> BestPeriodsOfModel(const Quantity& q,
                                            const ClaimRecords& records) {
  Quantity outer = q;
  outer.workers.clear();
  outer.period.clear();
  return OverSettings(
      outer, [&](const MeasuredSetting& s) -> absl::StatusOr<Estimate> {
        std::set<int64_t> periods;
        for (int64_t workers : q.workers) {
          ASSIGN_OR_RETURN(
              const auto best,
              FindBestPeriod(q, records, s.epsilon, workers, q.period));
          periods.insert(best.period);
        }
        Estimate count = Exactly(static_cast<double>(periods.size()));
        count.at = absl::StrCat("best H: ", absl::StrJoin(periods, " "));
        return count;
      });
}

absl::StatusOr<Estimate> ScalingExponentOfModel(const Quantity& q,
                                                const ClaimRecords& records) {
  Quantity outer = q;
  outer.workers.clear();
  return OverSettings(
      outer, [&](const MeasuredSetting& s) -> absl::StatusOr<Estimate> {
        const int64_t few = q.workers.front();
        const int64_t many = q.workers.back();
        ASSIGN_OR_RETURN(const auto from,
                         SpeedupOfModel(q, records, s.epsilon, few, s.period));
        ASSIGN_OR_RETURN(const auto to,
                         SpeedupOfModel(q, records, s.epsilon, many, s.period));
        return Exactly(
            PortableLog(to / from) /
            PortableLog(static_cast<double>(many) / static_cast<double>(few)));
      });
}

// ---- Findings of other experiments ----

absl::StatusOr<Estimate> Finding(const Quantity& q,
                                 const ClaimRecords& records) {
  const std::string file = absl::StrCat(q.experiment, kFindingsSuffix);
  const auto found = records.findings.find(q.experiment);
  if (found == records.findings.end()) {
    return absl::NotFoundError(
        absl::StrCat("the results folder has no ", file));
  }
  for (const FindingRecord& r : found->second) {
    if (r.name != q.finding || r.setting != q.setting) continue;
    if (r.seeds > 1 && !r.low) {
      return absl::FailedPreconditionError(absl::StrCat(
          file, " has no interval of ", q.finding, ", ", q.setting));
    }
    return Estimate{r.value,
                    r.low.value_or(r.value),
                    r.high.value_or(r.value),
                    r.seeds,
                    r.setting,
                    r.dataset};
  }
  return absl::NotFoundError(
      absl::StrCat(file, " has no ", q.finding, ", ", q.setting));
}

// ---- The vocabulary ----

struct Definition {
  bool is_measured = false;
  absl::StatusOr<Estimate> (*evaluate)(const Quantity&, const ClaimRecords&);
};

const std::map<std::string, Definition>& Vocabulary() {
  static const auto& vocabulary = *new std::map<std::string, Definition>{
      {"speedup_per_worker", {true, SpeedupPerWorker}},
      {"period_cost", {true, PeriodCost}},
      {"period_gain", {true, PeriodGain}},
      {"best_period_gain", {true, BestPeriodGain}},
      {"step_size_cost", {true, StepSizeCost}},
      {"period_cost_ratio", {true, PeriodCostRatio}},
      {"speedup_ratio", {true, SpeedupRatio}},
      {"admissible_period_slope", {true, AdmissiblePeriodSlope}},
      {"model_speedup", {false, SpeedupOfModelQuantity}},
      {"model_period_gain", {false, PeriodGainOfModel}},
      {"model_best_periods", {false, BestPeriodsOfModel}},
      {"model_scaling_exponent", {false, ScalingExponentOfModel}},
      {"finding", {false, Finding}}};
  return vocabulary;
}

// ---- Parsing ----

// A list, or one element in place of a list of one.
template <typename T>
void Read(const Json& json, std::vector<T>& list) {
  list = json.is_array() ? json.get<std::vector<T>>()
                         : std::vector<T>{json.get<T>()};
}

template <typename T>
void Read(const Json& json, T& value) {
  json.get_to(value);
}

// The one of `values` with that name.
template <typename T, size_t kSize>
void ReadNamed(const Json& json, const T (&values)[kSize], T& value) {
  for (const T candidate : values) {
    if (json == Name(candidate)) value = candidate;
  }
}

}  // namespace

absl::StatusOr<Quantity> ParseQuantity(const Json& json) {
  Quantity quantity;
  const auto read = [&json](const char* parameter, auto& value) {
    if (json.contains(parameter)) Read(json[parameter], value);
  };
  read("name", quantity.name);
  if (Vocabulary().count(quantity.name) == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("no quantity has the name '", quantity.name, "'"));
  }
  read("take", quantity.take);
  read("step_size", quantity.step_size);
  read("reference_step_size", quantity.reference_step_size);
  ReadNamed(json.value("model", Json()), kIterationModels, quantity.model);
  ReadNamed(json.value("cost_model", Json()), kCostModels, quantity.cost_model);
  read("rho", quantity.rho);
  read("allowance", quantity.allowance);
  read("epsilon", quantity.epsilon);
  read("reference_epsilon", quantity.reference_epsilon);
  read("batch", quantity.batch);
  read("workers", quantity.workers);
  read("reference_workers", quantity.reference_workers);
  read("period", quantity.period);
  read("rivals", quantity.rivals);
  read("experiment", quantity.experiment);
  read("finding", quantity.finding);
  read("setting", quantity.setting);
  return quantity;
}

std::vector<std::string> QuantityNames() {
  std::vector<std::string> names;
  for (const auto& [name, unused] : Vocabulary()) names.push_back(name);
  return names;
}

absl::StatusOr<ClaimRecords> ReadClaimRecords(const std::string& folder) {
  ASSIGN_OR_RETURN(Findings findings, ReadFindings(folder));
  ClaimRecords records = {ReadMeasured(folder), ReadModel(folder),
                          std::move(findings)};
  for (const absl::Status& status :
       {records.measured.status(), records.model.status()}) {
    if (!status.ok() && !absl::IsNotFound(status)) return status;
  }
  return records;
}

absl::StatusOr<Estimate> EvaluateQuantity(const Quantity& quantity,
                                          const ClaimRecords& records) {
  return Vocabulary().at(quantity.name).evaluate(quantity, records);
}

bool IsMeasured(const Quantity& quantity) {
  return Vocabulary().at(quantity.name).is_measured;
}

}  // namespace local_sgd
