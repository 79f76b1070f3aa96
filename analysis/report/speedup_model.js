// Equation (9) and its cost models: the formulas of lib/theory/speedup_model.cc
// with the same operations in the same order, so that the numbers are the same.

"use strict";

const speedupModel = {
  // The first factor of (9).
  iterationFactor(model, epsilon, workers, period) {
    const drift = 1 + period + period * period * workers;
    const scale = model === "printed" ? 1 : 4 * workers;
    return 0.5 + 0.5 * Math.sqrt(1 + epsilon * scale * drift);
  },

  // What a round costs a worker, in vectors exchanged one after another.
  vectorsPerRound(costModel, workers) {
    if (costModel === "star") return 2 * (workers - 1);
    if (costModel === "ring") return (2 * (workers - 1)) / workers;
    return 0;
  },

  // The second factor of (9).
  communicationFactor(costModel, rho, workers, period, batch) {
    const vectors = speedupModel.vectorsPerRound(costModel, workers);
    return (batch + (rho * vectors) / period) / batch;
  },

  // S(K) of (9), which has batch = 1.
  speedup(model, costModel, rho, epsilon, workers, period, batch) {
    return (
      workers /
      (speedupModel.iterationFactor(model, epsilon, workers, period) *
        speedupModel.communicationFactor(
          costModel,
          rho,
          workers,
          period,
          batch,
        ))
    );
  },

  // The cost of exchanging one vector of d doubles in gradients: latency and
  // gradient time in microseconds, bandwidth in gigabits a second.
  rhoOfNetwork(latency, bandwidth, gradientTime, d) {
    return (latency + (64 * d) / (1000 * bandwidth)) / gradientTime;
  },
};
