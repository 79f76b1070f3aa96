// How ranks agree that something went well on all of them: whatever is
// collective afterwards would wait forever for one that has given up.

#ifndef LIB_COMM_AGREEMENT_H_
#define LIB_COMM_AGREEMENT_H_

#include "absl/status/status.h"
#include "lib/comm/exchange.h"

namespace local_sgd {

// Collective; exchange.Gather. OK on every rank when `here` is OK on every
// rank. Otherwise an error on every rank: on the first one that failed its own,
// on the others Cancelled, "rank R failed", since one message is enough.
absl::Status AgreeOn(Exchange& exchange, const absl::Status& here);

// Collective. The same where only rank 0 does something, `work()`.
template <class Work>
absl::Status AgreeOnFirst(Exchange& exchange, const Work& work) {
  return AgreeOn(exchange, exchange.rank() == 0 ? work() : absl::OkStatus());
}

}  // namespace local_sgd

#endif  // LIB_COMM_AGREEMENT_H_
