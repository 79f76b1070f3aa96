// What records and findings say, in sentences of plain text. Every number in
// them is computed from what is given.

#ifndef ANALYSIS_FINDING_SENTENCES_H_
#define ANALYSIS_FINDING_SENTENCES_H_

#include <string>
#include <vector>

#include "experiments/measured_speedup/speedup_record.h"
#include "lib/records/finding_record.h"

namespace local_sgd {

struct FindingSentences {
  std::vector<std::string> first;  // two or three that a reader must know
  std::vector<std::string> more;
};

// About the measured speedups of each data set and choice of step sizes, and
// from the findings of the experiments about bound (5), the variance of the
// last iterate, the admissible period, the cheapest schedule and
// asynchrony, whichever are there.
FindingSentences SentencesOf(const std::vector<SpeedupRecord>& records,
                             const std::vector<FindingRecord>& findings);

}  // namespace local_sgd

#endif  // ANALYSIS_FINDING_SENTENCES_H_
