// What findings say, in sentences of plain text: what the studies' sentences
// have in common. Every number in them is computed from what is given.

#ifndef ANALYSIS_FINDING_SENTENCES_H_
#define ANALYSIS_FINDING_SENTENCES_H_

#include <string>
#include <utility>
#include <vector>

#include "experiments/measured_speedup/records.h"
#include "lib/records/finding_record.h"
#include "lib/records/table.h"

namespace local_sgd {

// What a folder has that sentences are made of.
struct Evidence {
  std::vector<SpeedupRecord> speedups;
  std::vector<FindingRecord> findings;
};
using Sentences = std::vector<std::string>;

// "163 [131, 180]".
std::string WithInterval(const FindingRecord& finding, Precision precision);

// The parts of a setting: {"K", "16"} of "K=16", {"theory", ""} of "theory".
std::vector<std::pair<std::string, std::string>> PartsOf(
    const FindingRecord& finding);

// The value of a part; empty, or 0 as a number, where there is none.
std::string PartOf(const FindingRecord& finding, const std::string& name);
double NumberOf(const FindingRecord& finding, const std::string& name);

// The findings of that study and name.
std::vector<const FindingRecord*> Named(const Evidence& evidence,
                                        const std::string& experiment,
                                        const std::string& name);

}  // namespace local_sgd

#endif  // ANALYSIS_FINDING_SENTENCES_H_
