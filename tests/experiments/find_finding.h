// One finding of those of an experiment, for a test that looks at it.

#ifndef TESTS_EXPERIMENTS_FIND_FINDING_H_
#define TESTS_EXPERIMENTS_FIND_FINDING_H_

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "lib/records/finding_record.h"

namespace local_sgd {

// The finding of that name and setting. Without one the test fails, and an
// empty one is returned.
inline FindingRecord Find(const std::vector<FindingRecord>& findings,
                          const std::string& name, const std::string& setting) {
  for (const FindingRecord& r : findings) {
    if (r.name == name && r.setting == setting) return r;
  }
  ADD_FAILURE() << "no " << name << ", " << setting;
  return {};
}

}  // namespace local_sgd

#endif  // TESTS_EXPERIMENTS_FIND_FINDING_H_
