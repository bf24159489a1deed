"""scikit-learn's part of the suite `tabular`."""

import sklearn

version = sklearn.__version__


def prepare(workload, inputs, threads):
    return None
