// f at the iterates of a run whose workers live on several ranks.

#ifndef LIB_SOLVER_RANK_VALUES_H_
#define LIB_SOLVER_RANK_VALUES_H_

#include <array>

#include "absl/types/span.h"
#include "lib/objective/logistic_regression.h"
#include "lib/solver/local_sgd.h"

namespace local_sgd {

// Like ValuesAtFour, bit for bit, with the chunks of the data shared out among
// the ranks of options.exchange, if there is one; collective. With
// options.sharded_data, f of the data of all ranks, in the order of the ranks.
std::array<double, 4> ValuesOnRanks(const LogisticRegression& problem,
                                    const LocalSgdOptions& options,
                                    absl::Span<const double> points);

}  // namespace local_sgd

#endif  // LIB_SOLVER_RANK_VALUES_H_
