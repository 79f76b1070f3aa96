// The largest speedups of each data set and choice of step sizes, what seldom
// synchronising costs, and the best under ring, in sentences.

#ifndef EXPERIMENTS_MEASURED_SPEEDUP_SENTENCES_H_
#define EXPERIMENTS_MEASURED_SPEEDUP_SENTENCES_H_

#include "analysis/finding_sentences.h"

namespace local_sgd {

Sentences MeasuredSpeedupSentences(const Evidence& evidence);

}  // namespace local_sgd

#endif  // EXPERIMENTS_MEASURED_SPEEDUP_SENTENCES_H_
