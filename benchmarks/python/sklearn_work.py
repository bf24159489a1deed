"""scikit-learn's part of the suite `tabular`."""

import numpy as np
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

version = sklearn.__version__


def preprocess(inputs):
    """Categories are given as numbers, which scikit-learn sorts faster than texts."""
    x = np.concatenate(inputs, axis=1)
    encoder = OneHotEncoder(max_categories=20, handle_unknown="infrequent_if_exist", sparse_output=False, dtype=np.float32)

    def run():
        steps = [("numbers", make_pipeline(SimpleImputer(), StandardScaler()), [0, 1, 2]), ("categories", encoder, [3, 4])]
        return ColumnTransformer(steps).fit_transform(x)

    def digest():
        features = run()
        return np.concatenate([features.mean(axis=0, dtype=np.float64), np.square(features).mean(axis=0, dtype=np.float64)])

    return run, digest


def prepare(workload, inputs, threads):
    return preprocess(inputs) if workload["work"] == "preprocess" else None
