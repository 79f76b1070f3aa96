#include "lib/solver/step_size_search.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/objective/logistic_regression.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/check_points.h"
#include "lib/solver/lane_runs.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"
#include "lib/status_macros.h"
#include "lib/theory/step_size_grid.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {
namespace {

// Candidates that run for the next epsilon: where the best ones for it are
// expected, seen from the best of the family for the epsilon before. A smaller
// epsilon asks for a smaller constant and a longer start of decaying steps.
// Together as many as there are lanes.
struct Expectation {
  StepSizeFamily family;
  int first;
  int last;
};
constexpr Expectation kExpected[] = {{StepSizeFamily::kConstant, -3, -1},
                                     {StepSizeFamily::kDecaying, 0, 4}};

// T is not always unimodal in c: so many candidates on either side of the best
// of a family must be worse.
constexpr int kWorseNeighbours = 2;

// Neighbours that are added at once in one direction: lanes are cheap.
constexpr int kAddedAtOnce = 3;

// An epsilon that two reach within so many iterations does not say where the
// best step size for the next one is.
constexpr int64_t kTooFewIterations = 100;

constexpr int64_t kNotYet = std::numeric_limits<int64_t>::max();

struct Entry {
  StepSizeCandidate candidate;
  StepSize step_size;
  // A decaying candidate has the step sizes of a constant one, the `parent`,
  // before iteration `departure`: of 32, or for one iteration of a smaller one.
  std::optional<size_t> parent;
  int64_t departure = 0;
  bool is_started = false;  // else it is with its parent, or nowhere yet
  LaneRun run;
};

// The coarse point at or after t.
int64_t CoarsePointFrom(int64_t t) {
  int64_t coarse = 1;
  while (coarse < t) coarse = NextCoarsePoint(coarse);
  return coarse;
}

// The first iteration up to `end` whose step size is below that of iteration 0,
// or `end`.
int64_t Departure(const StepSize& step_size, int64_t end) {
  const double about = step_size.numerator / step_size.cap;
  if (about > static_cast<double>(end) + 2.0) return end;
  int64_t t = std::max<int64_t>(0, static_cast<int64_t>(about) - 2);
  while (step_size(t) == step_size(0)) ++t;
  return t;
}

class Search {
 public:
  Search(const LogisticRegression& problem, const StepRows& rows,
         double optimal_value, const StepSizeSearchOptions& options)
      : problem_(problem),
        rows_(rows),
        optimal_value_(optimal_value),
        options_(options),
        max_iterations_(options.max_gradients /
                        (options.workers * options.batch)) {
    MakeEntries();
  }

  // The epsilons in order, from m = 0.
  StepSizeSearch RunEpsilon(size_t m);
  const RunTimes& times() const { return times_; }

 private:
  void MakeEntries();
  // The constant candidate with that step size. The constant ones come first.
  std::optional<size_t> ConstantOf(double step_size) const {
    for (size_t i = 0; i < entries_.size(); ++i) {
      const Entry& entry = entries_[i];
      if (entry.candidate.family != StepSizeFamily::kConstant) break;
      if (entry.step_size(0) == step_size) return i;
    }
    return std::nullopt;
  }
  void ChooseExpected(size_t m, std::vector<bool>& chosen) const;
  bool ChooseMore(size_t m, std::vector<bool>& chosen) const;
  void RunChosen(size_t m, const std::vector<bool>& chosen);
  // Whether a chosen candidate's run is still that of entry i.
  bool HasChosenChild(const std::vector<bool>& chosen, size_t i) const {
    for (size_t j = 0; j < entries_.size(); ++j) {
      if (chosen[j] && IsWithParent(entries_[j]) && *entries_[j].parent == i) {
        return true;
      }
    }
    return false;
  }
  void RunHeat(size_t m, const std::vector<bool>& chosen,
               const std::vector<size_t>& heat, int64_t end);
  StepSizeSearch Result(size_t m) const;

  const Reached& ReachedOf(const Entry& entry, size_t m) const {
    return entry.run.reached[m];
  }
  // Whether it is one candidate with its parent as far as epsilon m goes.
  bool IsSame(const Entry& entry, size_t m) const;
  bool HasReached(const Entry& entry, size_t m) const {
    return entry.is_started && !IsSame(entry, m) &&
           ReachedOf(entry, m).iterations > 0;
  }
  // Whether its run is still its parent's: it has none, and the parent's has
  // not gone beyond what they share.
  bool IsWithParent(const Entry& entry) const {
    if (entry.is_started || !entry.parent) return false;
    const Entry& parent = entries_[*entry.parent];
    return !parent.is_started || parent.run.iterations <= entry.departure;
  }
  // Those that reached epsilon m, the first first.
  std::vector<size_t> Ranking(size_t m) const;
  // The coarse point by which two have reached epsilon m, or kNotYet.
  int64_t TwoReachedAt(size_t m) const;
  // The best of a family at epsilon m: the first to reach it, else the one with
  // the smallest gap; nothing when none was tried.
  std::optional<size_t> BestOfFamily(StepSizeFamily family, size_t m) const;

  size_t IndexOf(StepSizeFamily family, int exponent) const {
    const int count =
        options_.largest_exponent - options_.smallest_exponent + 1;
    return static_cast<size_t>(
        (family == StepSizeFamily::kConstant ? 0 : count) + exponent -
        options_.smallest_exponent);
  }
  bool IsInRange(int exponent) const {
    return exponent >= options_.smallest_exponent &&
           exponent <= options_.largest_exponent;
  }

  const LogisticRegression& problem_;
  const StepRows& rows_;
  const double optimal_value_;
  const StepSizeSearchOptions& options_;
  const int64_t max_iterations_;
  std::vector<Entry> entries_;
  RunTimes times_;
};

void Search::MakeEntries() {
  for (const StepSizeFamily family :
       {StepSizeFamily::kConstant, StepSizeFamily::kDecaying}) {
    for (int i = options_.smallest_exponent; i <= options_.largest_exponent;
         ++i) {
      Entry entry;
      entry.candidate = {family, i};
      entry.step_size = StepSizeOf(entry.candidate, problem_.num_samples());
      if (family == StepSizeFamily::kDecaying) {
        entry.parent = ConstantOf(entry.step_size(0));
        entry.departure = Departure(entry.step_size, max_iterations_);
      }
      LocalSgdOptions run;
      run.workers = options_.workers;
      run.batch = options_.batch;
      run.synchronisation = options_.synchronisation;
      run.seed = options_.seed;
      run.step_size = entry.step_size;
      entry.run.options = run;
      entries_.push_back(std::move(entry));
    }
  }
}

bool Search::IsSame(const Entry& entry, size_t m) const {
  if (!entry.parent) return false;
  const Entry& parent = entries_[*entry.parent];
  if (!parent.is_started) return false;
  const int64_t T = ReachedOf(parent, m).iterations;
  return (T > 0 && T <= entry.departure) || IsWithParent(entry);
}

std::vector<size_t> Search::Ranking(size_t m) const {
  std::vector<size_t> ranking;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (HasReached(entries_[i], m)) ranking.push_back(i);
  }
  const auto before = [&](size_t i, size_t j) {
    const int64_t t = ReachedOf(entries_[i], m).iterations;
    const int64_t other = ReachedOf(entries_[j], m).iterations;
    if (t != other) return t < other;
    const double step = entries_[i].step_size(t);
    const double other_step = entries_[j].step_size(t);
    if (step != other_step) return step > other_step;
    return i < j;
  };
  std::sort(ranking.begin(), ranking.end(), before);
  return ranking;
}

int64_t Search::TwoReachedAt(size_t m) const {
  const std::vector<size_t> ranking = Ranking(m);
  if (ranking.size() < 2) return kNotYet;
  return CoarsePointFrom(ReachedOf(entries_[ranking[1]], m).iterations);
}

std::optional<size_t> Search::BestOfFamily(StepSizeFamily family,
                                           size_t m) const {
  for (const size_t i : Ranking(m)) {
    if (entries_[i].candidate.family == family) return i;
  }
  std::optional<size_t> best;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (entry.candidate.family != family || !entry.is_started ||
        IsSame(entry, m) || !std::isfinite(entry.run.gap)) {
      continue;
    }
    // Those left behind at an earlier point are no match.
    if (!best || entry.run.iterations > entries_[*best].run.iterations ||
        (entry.run.iterations == entries_[*best].run.iterations &&
         entry.run.gap < entries_[*best].run.gap)) {
      best = i;
    }
  }
  return best;
}

void Search::ChooseExpected(size_t m, std::vector<bool>& chosen) const {
  for (const Expectation& expected : kExpected) {
    const std::optional<size_t> best = BestOfFamily(expected.family, m - 1);
    if (!best) continue;
    const int exponent = entries_[*best].candidate.exponent;
    for (int i = exponent + expected.first; i <= exponent + expected.last;
         ++i) {
      if (IsInRange(i)) chosen[IndexOf(expected.family, i)] = true;
    }
  }
}

// Adds the neighbours that the best of each family lacks, and some beyond.
// Returns whether there were any.
bool Search::ChooseMore(size_t m, std::vector<bool>& chosen) const {
  bool is_more = false;
  for (const Expectation& expected : kExpected) {
    const std::optional<size_t> best = BestOfFamily(expected.family, m);
    if (!best) continue;
    if (!chosen[*best]) {
      chosen[*best] = true;
      is_more = true;
    }
    const int exponent = entries_[*best].candidate.exponent;
    for (const int direction : {-1, 1}) {
      const auto is_missing = [&](int distance) {
        const int i = exponent + direction * distance;
        return IsInRange(i) && !chosen[IndexOf(expected.family, i)];
      };
      bool is_enough = true;
      for (int distance = 1; distance <= kWorseNeighbours; ++distance) {
        is_enough &= !is_missing(distance);
      }
      if (is_enough) continue;
      is_more = true;
      for (int distance = 1; distance <= kAddedAtOnce; ++distance) {
        if (!is_missing(distance)) continue;
        chosen[IndexOf(expected.family, exponent + direction * distance)] =
            true;
      }
    }
  }
  return is_more;
}

// Brings every chosen candidate to the point where it has reached epsilon m or
// two others have.
void Search::RunChosen(size_t m, const std::vector<bool>& chosen) {
  for (;;) {
    const int64_t enough = TwoReachedAt(m);
    int64_t earliest = kNotYet;
    int64_t next = enough;
    std::vector<size_t> heat;
    for (size_t i = 0; i < entries_.size(); ++i) {
      Entry& entry = entries_[i];
      if (!chosen[i]) continue;
      // Those still with their parent go where it goes.
      const size_t runner = IsWithParent(entry) ? *entry.parent : i;
      const Entry& running = entries_[runner];
      if (running.is_started && (running.run.outcome != RunOutcome::kRunning ||
                                 ReachedOf(running, m).iterations > 0)) {
        continue;
      }
      const int64_t t = running.is_started ? running.run.iterations : 0;
      if (t >= enough) continue;
      if (t < earliest) {
        if (earliest != kNotYet) next = std::min(next, earliest);
        earliest = t;
        heat.clear();
      } else if (t > earliest) {
        next = std::min(next, t);
        continue;
      }
      if (std::find(heat.begin(), heat.end(), runner) == heat.end()) {
        heat.push_back(runner);
      }
    }
    if (heat.empty()) return;
    RunHeat(m, chosen, heat, next);
  }
}

// Runs candidates that stand at one point up to coarse point `end`, or until
// two have reached epsilon m.
void Search::RunHeat(size_t m, const std::vector<bool>& chosen,
                     const std::vector<size_t>& heat, int64_t end) {
  std::vector<LaneRun> runs;
  std::vector<size_t> entry_of = heat;
  for (const size_t i : heat) {
    Entry& entry = entries_[i];
    if (!entry.is_started) {
      entry.run = StartLaneRun(rows_, problem_.lambda, entry.run.options,
                               options_.epsilons);
      entry.is_started = true;
    }
    runs.push_back(std::move(entry.run));
  }
  LaneRuns lanes(problem_, rows_, optimal_value_, max_iterations_,
                 std::move(runs));
  const auto note_progress = [&] {
    for (size_t r = 0; r < entry_of.size(); ++r) {
      Entry& entry = entries_[entry_of[r]];
      entry.run.reached = lanes.runs()[r].reached;
    }
  };
  note_progress();
  bool is_running = true;
  while (is_running && lanes.iterations() < end &&
         lanes.iterations() < TwoReachedAt(m)) {
    const int64_t coarse =
        lanes.iterations() == 0 ? 1 : NextCoarsePoint(lanes.iterations());
    for (size_t i = 0; i < entries_.size(); ++i) {
      Entry& entry = entries_[i];
      if (!chosen[i] || !IsWithParent(entry) || entry.departure >= coarse) {
        continue;
      }
      const auto parent =
          std::find(entry_of.begin(), entry_of.end(), *entry.parent);
      if (parent == entry_of.end()) continue;
      const size_t r = static_cast<size_t>(parent - entry_of.begin());
      if (lanes.runs()[r].outcome != RunOutcome::kRunning) continue;
      lanes.Fork(r, entry.step_size);
      entry.is_started = true;
      entry_of.push_back(i);
    }
    for (size_t r = 0; r < heat.size(); ++r) {
      if (!chosen[heat[r]] && !HasChosenChild(chosen, heat[r])) lanes.Stop(r);
    }
    is_running = lanes.AdvanceInterval();
    note_progress();
  }
  lanes.LookAtRunning();
  AddTimes(lanes.times(), times_);
  std::vector<LaneRun> ended = lanes.Take();
  for (size_t r = 0; r < ended.size(); ++r) {
    LaneRun& run = entries_[entry_of[r]].run;
    run = std::move(ended[r]);
    // It may be chosen later, or a child of it.
    if (run.outcome == RunOutcome::kStopped) run.outcome = RunOutcome::kRunning;
  }
}

StepSizeSearch Search::RunEpsilon(size_t m) {
  const bool all =
      m == 0 || options_.exhaustive || TwoReachedAt(m - 1) <= kTooFewIterations;
  std::vector<bool> chosen(entries_.size(), all);
  if (!all) ChooseExpected(m, chosen);
  do {
    RunChosen(m, chosen);
  } while (ChooseMore(m, chosen));
  StepSizeSearch result = Result(m);
  for (Entry& entry : entries_) {
    if (entry.is_started && entry.run.reached[m].iterations == 0) {
      entry.run.reached[m].iterations = kGivenUp;
    }
  }
  return result;
}

StepSizeSearch Search::Result(size_t m) const {
  StepSizeSearch result;
  result.epsilon = options_.epsilons[m];
  for (const Entry& entry : entries_) {
    CandidateResult candidate;
    candidate.candidate = entry.candidate;
    if (IsSame(entry, m)) {
      candidate.outcome = CandidateOutcome::kSame;
      candidate.same_as = entries_[*entry.parent].candidate;
    } else if (HasReached(entry, m)) {
      candidate.outcome = CandidateOutcome::kReached;
      candidate.iterations = ReachedOf(entry, m).iterations;
      candidate.iterate = ReachedOf(entry, m).iterate;
      candidate.gap = entry.run.gap;
    } else if (entry.is_started) {
      candidate.iterations = entry.run.outcome == RunOutcome::kLimit
                                 ? entry.run.end
                                 : entry.run.iterations;
      candidate.gap = entry.run.gap;
      switch (entry.run.outcome) {
        case RunOutcome::kDiverged:
          candidate.outcome = CandidateOutcome::kDiverged;
          break;
        case RunOutcome::kLimit:
          candidate.outcome = CandidateOutcome::kLimit;
          break;
        default:
          candidate.outcome = entry.run.iterations >= TwoReachedAt(m)
                                  ? CandidateOutcome::kDropped
                                  : CandidateOutcome::kNotTried;
      }
    }
    result.ledger.push_back(candidate);
  }
  const std::vector<size_t> ranking = Ranking(m);
  if (ranking.empty()) return result;
  result.winner = ranking[0];
  if (ranking.size() > 1) result.runner_up = ranking[1];
  const StepSizeCandidate& winner = entries_[ranking[0]].candidate;
  const auto has_lost = [&](int exponent) {
    return IsInRange(exponent) &&
           result.ledger[IndexOf(winner.family, exponent)].outcome !=
               CandidateOutcome::kNotTried;
  };
  result.interior =
      has_lost(winner.exponent - 1) && has_lost(winner.exponent + 1);
  return result;
}

}  // namespace

const char* OutcomeName(CandidateOutcome outcome) {
  switch (outcome) {
    case CandidateOutcome::kReached:
      return "reached";
    case CandidateOutcome::kDiverged:
      return "diverged";
    case CandidateOutcome::kLimit:
      return "limit";
    case CandidateOutcome::kDropped:
      return "dropped";
    case CandidateOutcome::kSame:
      return "same";
    case CandidateOutcome::kNotTried:
      return "not_tried";
  }
  return "";
}

absl::Status ValidateSearch(const StepRows& rows,
                            const StepSizeSearchOptions& options) {
  const auto invalid = [](auto... parts) {
    return absl::InvalidArgumentError(absl::StrCat(parts...));
  };
  LocalSgdOptions run;
  run.workers = options.workers;
  run.batch = options.batch;
  run.synchronisation = options.synchronisation;
  run.step_size = ConstantStepSize(1.0);
  RETURN_IF_ERROR(ValidateOptions(rows, run));
  if (options.epsilons.empty()) return invalid("no epsilon to tune for");
  double previous = std::numeric_limits<double>::infinity();
  for (const double epsilon : options.epsilons) {
    if (!(epsilon > 0.0) || !(epsilon < previous)) {
      return invalid("epsilons must be positive and strictly descending, but ",
                     epsilon, " follows ", previous);
    }
    previous = epsilon;
  }
  if (options.max_gradients < options.workers * options.batch) {
    return invalid("max_gradients must allow one iteration, ",
                   options.workers * options.batch, " gradients, but is ",
                   options.max_gradients);
  }
  if (options.smallest_exponent > options.largest_exponent ||
      options.smallest_exponent < -1000 || options.largest_exponent > 1000) {
    return invalid("exponents of c must ascend within -1000 and 1000, but are ",
                   options.smallest_exponent, " to ", options.largest_exponent);
  }
  const StepSize second_largest =
      StepSizeOf({StepSizeFamily::kDecaying, options.largest_exponent - 1},
                 rows.num_rows());
  if ((options.smallest_exponent > 0 || options.largest_exponent < 0) &&
      options.smallest_exponent < options.largest_exponent &&
      second_largest(0) == second_largest.cap) {
    return invalid(
        "exponents of c, where several decaying steps begin at 32, must "
        "include 0, but are ",
        options.smallest_exponent, " to ", options.largest_exponent);
  }
  const int64_t candidates =
      2 * (int64_t{1} + options.largest_exponent - options.smallest_exponent);
  return ValidateLaneRuns(rows, run, candidates);
}

std::vector<StepSizeSearch> SearchStepSizes(
    const LogisticRegression& problem, const StepRows& rows,
    double optimal_value, const StepSizeSearchOptions& options,
    RunTimes* times) {
  Search search(problem, rows, optimal_value, options);
  std::vector<StepSizeSearch> results;
  for (size_t m = 0; m < options.epsilons.size(); ++m) {
    results.push_back(search.RunEpsilon(m));
  }
  if (times != nullptr) AddTimes(search.times(), *times);
  return results;
}

}  // namespace local_sgd
