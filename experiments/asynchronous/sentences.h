// What the slowest straggler costs the synchronous method, in a sentence.

#ifndef EXPERIMENTS_ASYNCHRONOUS_SENTENCES_H_
#define EXPERIMENTS_ASYNCHRONOUS_SENTENCES_H_

#include "analysis/finding_sentences.h"

namespace local_sgd {

Sentences AsynchronousSentences(const Evidence& evidence);

}  // namespace local_sgd

#endif  // EXPERIMENTS_ASYNCHRONOUS_SENTENCES_H_
