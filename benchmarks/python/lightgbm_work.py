"""LightGBM's part of the suite `tabular`."""

import lightgbm
import numpy as np

version = lightgbm.__version__


def log_loss(chances, y):
    return [float(-np.mean(np.log(np.where(y == 1, chances, 1 - chances))))]


def prepare(workload, inputs, threads):
    if not workload["work"].startswith("boosting"):
        return None
    x, y = inputs
    parameters = {"objective": "binary", "num_leaves": workload["leaves"], "learning_rate": 0.1, "max_bin": 255,
                  "num_threads": threads, "deterministic": True, "force_row_wise": True, "verbose": -1}

    def bins():
        return lightgbm.Dataset(x, y, params=parameters, free_raw_data=False).construct()

    data = bins()
    if workload["work"] == "boosting bins":
        return bins, lambda: [sum(data.feature_num_bin(i) for i in range(x.shape[1]))]

    def fit():
        return lightgbm.train(parameters, data, workload["trees"])

    model = fit()
    if workload["work"] == "boosting trees":
        return fit, lambda: log_loss(model.predict(x), y)
    return lambda: model.predict(x), lambda: log_loss(model.predict(x), y)
