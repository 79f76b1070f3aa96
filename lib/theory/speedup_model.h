// The speedup of local SGD as Section 4 models it, equation (9): K workers
// over the steps they still need, over what communication adds to a step.

#ifndef LIB_THEORY_SPEEDUP_MODEL_H_
#define LIB_THEORY_SPEEDUP_MODEL_H_

#include <cstdint>

namespace local_sgd {

// Readings of the first factor, iterations:
//   kPrinted    1/2 + 1/2 sqrt(1 + epsilon (1 + H + H^2 K)), as printed
//   kCorollary  1/2 + 1/2 sqrt(1 + 4 epsilon K (1 + H + H^2 K)), what (6)
//               with unit constants gives
enum class IterationModel { kPrinted, kCorollary };

// Readings of the second factor, communication; a round exchanges
//   kStar  2 (K - 1) vectors, one after another through one link
//   kRing  2 (K - 1) / K vectors a worker, as in ring all-reduce
//   kFree  nothing that costs time
enum class CostModel { kStar, kRing, kFree };

inline constexpr IterationModel kIterationModels[] = {
    IterationModel::kPrinted, IterationModel::kCorollary};
inline constexpr CostModel kCostModels[] = {CostModel::kStar, CostModel::kRing,
                                            CostModel::kFree};

// "printed", "corollary"; "star", "ring", "free": as in every record.
const char* Name(IterationModel model);
const char* Name(CostModel cost_model);

// Everywhere below: workers K >= 1, period H >= 1, batch b >= 1, epsilon >= 0,
// and rho >= 0, the cost of exchanging one vector in gradients.

// The first factor of (9): iterations of K workers with period H, times
// K epsilon.
double IterationFactor(IterationModel model, double epsilon, int64_t workers,
                       int64_t period);

// What a period may lose against H = 1 by its definition: error f - f* after
// the same T, or iterations to the error that H = 1 has after T.
enum class LossCriterion { kError, kIterations };

// "error", "iterations": as in every record.
const char* Name(LossCriterion criterion);

// The admissible period of (9): the H, a real number of at least 1, that loses
// the fraction `loss` >= 0 against H = 1 with T = `iterations` > 0. (9) says
// that the error after T iterations is
//
//   epsilon = 1/(K T) (1 + (1 + H + H^2 K)/(c T)),  c = 1 (corollary), 4 K
//                                                       (printed)
//
// so H is about sqrt(loss T / K) and sqrt(4 loss T). With mini-batches
// `workers` is K b: that is what divides the variance in (6).
double AdmissiblePeriod(IterationModel model, LossCriterion criterion,
                        double loss, double iterations, int64_t workers);

// What a round costs a worker, in vectors exchanged one after another.
double VectorsPerRound(CostModel cost_model, int64_t workers);

// The second factor of (9): the time of a step, communication included, over
// that of its b gradients alone: (b + rho VectorsPerRound / H) / b. The model
// has b = 1; measured runs are priced with their own b.
double CommunicationFactor(CostModel cost_model, double rho, int64_t workers,
                           int64_t period, int64_t batch);

// What `iterations` steps of a measured run with `rounds` synchronisations
// cost, in gradients of one worker, one after another: T b + rho
// VectorsPerRound rounds. With a synchronisation every H steps it is T b times
// the second factor of (9).
double ModelledTime(CostModel cost_model, double rho, int64_t workers,
                    int64_t batch, double iterations, double rounds);

// S(K) of (9). It is relative to 1/epsilon, not to one worker: S(1) < 1 at
// H = 1 and epsilon > 0.
double ModelSpeedup(IterationModel model, CostModel cost_model, double rho,
                    double epsilon, int64_t workers, int64_t period);

}  // namespace local_sgd

#endif  // LIB_THEORY_SPEEDUP_MODEL_H_
