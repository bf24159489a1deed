// Tables: estimators and steps as a whole, against the libraries that data scientists use.
import type { Boosting } from "../workloads/tabular/boosting.ts";
import type { Suite } from "./suite.ts";

const higgs = { kind: "tabular", rows: 1_000_000, columns: 28, leaves: 63 } as const;
const ten: Omit<Boosting, "work"> = { ...higgs, trees: 10, loss: 0.6024 };
const hundred: Omit<Boosting, "work"> = { ...higgs, trees: 100, loss: 0.47872 };

export const tabularSuite: Suite = {
  name: "tabular",
  about: "cells of a table a second, a whole fit or transform over it; the roof copies the table once",
  peers: ["lightgbm", "scikit-learn"],
  scripts: ["arquero"],
  cases: [
    { name: "boosting bins, 1M x 28", workload: { ...ten, work: "boosting bins" } },
    { name: "boosting 10 trees of 63 leaves, 1M x 28", workload: { ...ten, work: "boosting trees" } },
    { name: "boosting 100 trees of 63 leaves, 1M x 28", workload: { ...hundred, work: "boosting trees" } },
    { name: "boosting predict, 100 trees, 1M x 28", workload: { ...hundred, work: "boosting predict" } },
    {
      name: "impute, scale, one-hot, fit and transform, 3M flights",
      workload: { kind: "tabular", work: "preprocess", rows: 3_000_000 },
    },
  ],
};
