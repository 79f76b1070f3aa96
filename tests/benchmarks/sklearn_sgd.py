"""Gradients per second of scikit-learn's averaged SGDClassifier on a LIBSVM file.

Prints one JSON object; seconds are the processor's. Like one worker of local SGD
with b = 1 in what it computes (log loss, alpha = 1/n, no intercept), but with one
running average where local SGD keeps three.
"""

import json
import statistics
import sys
import time

from sklearn.datasets import load_svmlight_file
from sklearn.linear_model import SGDClassifier


def main():
    data, labels = load_svmlight_file(sys.argv[1])
    passes = 10
    seconds = []
    for _ in range(7):
        model = SGDClassifier(
            loss="log_loss",
            alpha=1.0 / data.shape[0],
            fit_intercept=False,
            average=True,
            max_iter=passes,
            tol=None,
            random_state=1,
        )
        start = time.process_time()
        model.fit(data, labels)
        seconds.append(time.process_time() - start)
    print(
        json.dumps(
            {
                "gradients_per_second": passes
                * data.shape[0]
                / statistics.median(seconds),
            }
        )
    )


main()
