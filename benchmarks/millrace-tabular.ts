// Our own side of work on tables. A new kind is a file beside this one and a line here.
import type { Device } from "@millrace/core";
import { prepareBoosting } from "./millrace-boosting.ts";
import { preparePreprocess } from "./millrace-preprocess.ts";
import type { Prepared } from "./participant.ts";
import { type Tabular, tabularTask } from "./workloads/tabular/index.ts";

/** Work on a table, made ready. */
export const prepareTabular = async (device: Device, workload: Tabular): Promise<Prepared> => {
  const inputs = tabularTask(workload).inputs();
  switch (workload.work) {
    case "boosting bins":
    case "boosting trees":
    case "boosting predict":
      return prepareBoosting(device, workload, inputs);
    case "preprocess":
      return preparePreprocess(device, workload, inputs);
  }
};
