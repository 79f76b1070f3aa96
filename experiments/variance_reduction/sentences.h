// How the variance of the last iterate falls with K, at the largest H, in a
// sentence.

#ifndef EXPERIMENTS_VARIANCE_REDUCTION_SENTENCES_H_
#define EXPERIMENTS_VARIANCE_REDUCTION_SENTENCES_H_

#include "analysis/finding_sentences.h"

namespace local_sgd {

Sentences VarianceSentences(const Evidence& evidence);

}  // namespace local_sgd

#endif  // EXPERIMENTS_VARIANCE_REDUCTION_SENTENCES_H_
