#include "lib/theory/speedup_model.h"

#include <cmath>

#include "lib/check.h"

namespace local_sgd {

const char* Name(IterationModel model) {
  return model == IterationModel::kPrinted ? "printed" : "corollary";
}

const char* Name(CostModel cost_model) {
  switch (cost_model) {
    case CostModel::kStar:
      return "star";
    case CostModel::kRing:
      return "ring";
    case CostModel::kFree:
      break;
  }
  return "free";
}

double IterationFactor(IterationModel model, double epsilon, int64_t workers,
                       int64_t period) {
  LOCAL_SGD_CHECK(workers >= 1 && period >= 1);
  const double k = static_cast<double>(workers);
  const double h = static_cast<double>(period);
  const double drift = 1 + h + h * h * k;
  const double scale = model == IterationModel::kPrinted ? 1 : 4 * k;
  return 0.5 + 0.5 * std::sqrt(1 + epsilon * scale * drift);
}

const char* Name(LossCriterion criterion) {
  return criterion == LossCriterion::kError ? "error" : "iterations";
}

double AdmissiblePeriod(IterationModel model, LossCriterion criterion,
                        double loss, double iterations, int64_t workers) {
  LOCAL_SGD_CHECK(loss >= 0 && iterations > 0 && workers >= 1);
  const double k = static_cast<double>(workers);
  const double c = model == IterationModel::kPrinted ? 4 * k : 1;
  const bool more_iterations = criterion == LossCriterion::kIterations;
  // drift = 1 + H + H^2 K of a period H. H = 1 has drift 2 + K and, times K T,
  // the error 1 + (2 + K)/(c T) after T. H loses the fraction `loss` when
  //   (1 + drift/(c T'))/T' = (1 + loss) (1 + (2 + K)/(c T))/T, T' = T, or
  //   (1 + drift/(c T'))/T' = (1 + (2 + K)/(c T))/T, T' = (1 + loss) T,
  // so drift = 2 + K and the following, in which nothing cancels.
  const double horizon = c * iterations;
  const double added =
      more_iterations ? loss * ((1 + loss) * horizon + (2 + loss) * (2 + k))
                      : loss * (horizon + (2 + k));
  // H + H^2 K = q, by the quadratic formula without its subtraction.
  const double q = 1 + k + added;
  return 2 * q / (1 + std::sqrt(1 + 4 * k * q));
}

double VectorsPerRound(CostModel cost_model, int64_t workers) {
  const double k = static_cast<double>(workers);
  switch (cost_model) {
    case CostModel::kStar:
      return 2 * (k - 1);
    case CostModel::kRing:
      return 2 * (k - 1) / k;
    case CostModel::kFree:
      break;
  }
  return 0;
}

double CommunicationFactor(CostModel cost_model, double rho, int64_t workers,
                           int64_t period, int64_t batch) {
  LOCAL_SGD_CHECK(workers >= 1 && period >= 1 && batch >= 1);
  const double b = static_cast<double>(batch);
  const double h = static_cast<double>(period);
  return (b + rho * VectorsPerRound(cost_model, workers) / h) / b;
}

double ModelledTime(CostModel cost_model, double rho, int64_t workers,
                    int64_t batch, double iterations, double rounds) {
  return iterations * static_cast<double>(batch) +
         rounds * rho * VectorsPerRound(cost_model, workers);
}

double ModelSpeedup(IterationModel model, CostModel cost_model, double rho,
                    double epsilon, int64_t workers, int64_t period) {
  return static_cast<double>(workers) /
         (IterationFactor(model, epsilon, workers, period) *
          CommunicationFactor(cost_model, rho, workers, period, 1));
}

}  // namespace local_sgd
