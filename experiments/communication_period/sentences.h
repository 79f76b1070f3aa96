// How the largest admissible period grows, and the cheapest schedule, in
// sentences.

#ifndef EXPERIMENTS_COMMUNICATION_PERIOD_SENTENCES_H_
#define EXPERIMENTS_COMMUNICATION_PERIOD_SENTENCES_H_

#include "analysis/finding_sentences.h"

namespace local_sgd {

Sentences CommunicationPeriodSentences(const Evidence& evidence);

}  // namespace local_sgd

#endif  // EXPERIMENTS_COMMUNICATION_PERIOD_SENTENCES_H_
