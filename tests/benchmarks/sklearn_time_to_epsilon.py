"""Processor seconds until scikit-learn's averaged SGDClassifier reaches eps.

    sklearn_time_to_epsilon.py FILE F_STAR EPS...    (eps descending)

Reached means f - f* <= eps, f that of local SGD (log loss, alpha = 1/n, no
intercept), for the average or the last coefficients, at the check points of
T(eps) in rows. The best of a set of step sizes is found on one seed and measured
on others. Clocked is a run to that many rows with nothing evaluated on the way:
one partial_fit a pass. The passes are shuffled beforehand, off the clock, so that
rows lie in memory in the order in which they are used. Prints one JSON object.
"""

import copy
import json
import statistics
import sys
import time

import numpy as np
import sklearn
from sklearn.datasets import load_svmlight_file
from sklearn.linear_model import SGDClassifier

MAX_PASSES = 60
SELECTION_SEED = 0
MEASURING_SEEDS = [1, 2, 3, 4, 5]
SETTINGS = (
    [{"learning_rate": "optimal"}]
    + [{"learning_rate": "constant", "eta0": 2.0**i} for i in range(-5, 3)]
    + [
        {"learning_rate": "invscaling", "power_t": 0.5, "eta0": 2.0**i}
        for i in range(2, 8)
    ]
)


def next_coarse_point(c):
    return max(c + 1, c + c // 10)


def next_fine_point(p, coarse):
    return min(coarse, max(p + 1, p + p // 100))


class Problem:
    def __init__(self, path, optimal_value):
        self.data, self.labels = load_svmlight_file(path)
        self.n = self.data.shape[0]
        self.optimal_value = optimal_value
        self.signed_data = self.data.multiply(self.labels[:, np.newaxis]).tocsr()

    def gaps(self, model):
        """f - f* by the name of the iterate."""
        points = {"average": model.coef_.ravel()}
        if hasattr(model, "_standard_coef"):
            points["last"] = model._standard_coef.ravel()
        x = np.column_stack(list(points.values()))
        f = np.logaddexp(0.0, -(self.signed_data @ x)).mean(axis=0)
        f += 0.5 / self.n * (x * x).sum(axis=0)
        return dict(zip(points, f - self.optimal_value))

    def shuffled_passes(self, seed):
        """The rows in the order in which a run of MAX_PASSES uses them."""
        generator = np.random.default_rng(seed)
        return np.concatenate(
            [generator.permutation(self.n) for _ in range(MAX_PASSES)]
        )

    def model(self, setting):
        return SGDClassifier(
            loss="log_loss",
            alpha=1.0 / self.n,
            fit_intercept=False,
            average=True,
            shuffle=False,
            **setting
        )

    def advance(self, model, rows):
        """Takes a step for each of the rows; returns the seconds."""
        data, labels = self.data[rows], self.labels[rows]
        start = time.process_time()
        model.partial_fit(data, labels, classes=[-1.0, 1.0])
        return time.process_time() - start

    def rows_to(self, epsilons, setting, order, limit):
        """{eps: (rows, iterate)} of those reached within `limit` rows."""
        model = self.model(setting)
        reached = {}
        begin, coarse = 0, 1
        while begin < limit:
            replay = copy.deepcopy(model)
            self.advance(model, order[begin:coarse])
            coarse_gaps = self.gaps(model)
            missing = [
                epsilon
                for epsilon in epsilons
                if epsilon not in reached and min(coarse_gaps.values()) <= epsilon
            ]
            p = begin
            while missing:
                fine = next_fine_point(p, coarse)
                self.advance(replay, order[p:fine])
                gaps = coarse_gaps if fine == coarse else self.gaps(replay)
                iterate = min(gaps, key=gaps.get)
                for epsilon in [e for e in missing if gaps[iterate] <= e]:
                    reached[epsilon] = (fine, iterate)
                    missing.remove(epsilon)
                p = fine
            if len(reached) == len(epsilons):
                break
            begin, coarse = coarse, min(limit, next_coarse_point(coarse))
        return reached

    def seconds_of(self, rows, setting, order):
        model = self.model(setting)
        return sum(
            self.advance(model, order[begin : min(rows, begin + self.n)])
            for begin in range(0, rows, self.n)
        )

    def best_settings(self, epsilons):
        """{eps: setting} by fewest rows."""
        order = self.shuffled_passes(SELECTION_SEED)
        best = {}
        limit = len(order)
        for setting in SETTINGS:
            reached = self.rows_to(epsilons, setting, order, limit)
            for epsilon, (rows, _) in reached.items():
                if epsilon not in best or rows < best[epsilon][0]:
                    best[epsilon] = (rows, setting)
            if epsilons[-1] in best:  # None that needs more can be the best.
                limit = best[epsilons[-1]][0]
        return {epsilon: setting for epsilon, (_, setting) in best.items()}

    def measure(self, epsilon, setting):
        """Medians over the measuring seeds; empty when one misses epsilon."""
        counts, seconds = [], []
        for seed in MEASURING_SEEDS:
            order = self.shuffled_passes(seed)
            reached = self.rows_to([epsilon], setting, order, len(order))
            if epsilon not in reached:
                return {}
            counts.append(reached[epsilon])
            seconds.append(self.seconds_of(counts[-1][0], setting, order))
        rows, iterate = statistics.median_low(counts)
        return {
            "rows": rows,
            "iterate": iterate,
            "seconds": statistics.median(seconds),
        }


def main():
    problem = Problem(sys.argv[1], float(sys.argv[2]))
    epsilons = [float(argument) for argument in sys.argv[3:]]
    # Spares every call a look at all values.
    sklearn.set_config(assume_finite=True)
    settings = problem.best_settings(epsilons)
    results = []
    for epsilon in epsilons:
        setting = settings.get(epsilon)
        result = {"epsilon": epsilon}
        if setting is not None:
            result["setting"] = ", ".join(f"{k}={v}" for k, v in setting.items())
            result.update(problem.measure(epsilon, setting))
        results.append(result)
    print(
        json.dumps(
            {
                "settings": len(SETTINGS),
                "max_passes": MAX_PASSES,
                "results": results,
            }
        )
    )


main()
