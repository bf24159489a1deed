// What is measured, as plain data that every participant understands: each builds it in its own way, from the same inputs.
// A new kind is a file beside this one and a line in each of the two lists below.
import { type SmallAdd, type SmallMatmuls, smallAddTask, smallMatmulsTask } from "./dispatch.ts";
import { type Chain, chainTask, type ElementFunction, functionTask } from "./map.ts";
import { type Matmul, matmulTask } from "./matmul.ts";
import { type Softmax, type Sum, softmaxTask, sumTask } from "./reduce.ts";
import type { Task } from "./task.ts";

/** One piece of work. Matrices are row-major f32. */
export type Workload = Matmul | ElementFunction | Chain | Sum | Softmax | SmallAdd | SmallMatmuls;

/** What a workload means. */
export const taskOf = (workload: Workload): Task => {
  switch (workload.kind) {
    case "matmul":
      return matmulTask(workload);
    case "function":
      return functionTask(workload);
    case "chain":
      return chainTask(workload);
    case "sum":
      return sumTask(workload);
    case "softmax":
      return softmaxTask(workload);
    case "small-add":
      return smallAddTask();
    case "small-matmuls":
      return smallMatmulsTask(workload);
  }
};
