// How far bound (5) is above the error, in a sentence.

#ifndef EXPERIMENTS_CONVERGENCE_BOUND_SENTENCES_H_
#define EXPERIMENTS_CONVERGENCE_BOUND_SENTENCES_H_

#include "analysis/finding_sentences.h"

namespace local_sgd {

Sentences ConvergenceBoundSentences(const Evidence& evidence);

}  // namespace local_sgd

#endif  // EXPERIMENTS_CONVERGENCE_BOUND_SENTENCES_H_
