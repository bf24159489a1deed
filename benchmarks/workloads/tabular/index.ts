// Work on tables: whole estimators and steps, not kernels. A new kind is a file beside this one and a line here.
import type { Task } from "../task.ts";
import { type Boosting, boostingTask } from "./boosting.ts";
import { type Preprocess, preprocessTask } from "./preprocess.ts";

export type Tabular = Boosting | Preprocess;

/** What a workload on a table means. */
export const tabularTask = (workload: Tabular): Task => {
  switch (workload.work) {
    case "boosting bins":
    case "boosting trees":
    case "boosting predict":
      return boostingTask(workload);
    case "preprocess":
      return preprocessTask(workload);
  }
};
