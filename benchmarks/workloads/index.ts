// What is measured, as plain data that every participant understands: each builds it in its own way, from the same inputs.
// A new kind is a file beside this one and a line in each of the two lists below.
import { type Attention, attentionTask } from "./attention.ts";
import { type SmallAdd, type SmallMatmuls, smallAddTask, smallMatmulsTask } from "./dispatch.ts";
import { type Encoder, encoderTask } from "./encoder.ts";
import { type Images, imagesTask } from "./images.ts";
import { type Chain, chainTask, type ElementFunction, functionTask } from "./map.ts";
import { type Matmul, matmulTask } from "./matmul.ts";
import { type Random, randomTask } from "./random.ts";
import { type Softmax, type Sum, softmaxTask, sumTask } from "./reduce.ts";
import {
  type ArgMax,
  argMaxTask,
  type LayerNorm,
  layerNormTask,
  type Scan,
  type Sort,
  scanTask,
  sortTask,
  type TopK,
  topKTask,
  type Variance,
  varianceTask,
} from "./rows.ts";
import { type Tabular, tabularTask } from "./tabular/index.ts";
import type { Task } from "./task.ts";
import { type TrainingStep, trainingStepTask } from "./training-step.ts";

/** One piece of work. Matrices are row-major f32. */
export type Workload =
  | Matmul
  | ElementFunction
  | Chain
  | Sum
  | Softmax
  | LayerNorm
  | Variance
  | ArgMax
  | Scan
  | Sort
  | TopK
  | Random
  | Images
  | SmallAdd
  | SmallMatmuls
  | Attention
  | TrainingStep
  | Encoder
  | Tabular;

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
    case "layer-norm":
      return layerNormTask(workload);
    case "variance":
      return varianceTask(workload);
    case "argmax":
      return argMaxTask(workload);
    case "scan":
      return scanTask(workload);
    case "sort":
      return sortTask(workload);
    case "top-k":
      return topKTask(workload);
    case "random":
      return randomTask(workload);
    case "convolution":
    case "pool":
    case "resize":
      return imagesTask(workload);
    case "small-add":
      return smallAddTask();
    case "small-matmuls":
      return smallMatmulsTask(workload);
    case "attention":
      return attentionTask(workload);
    case "training-step":
      return trainingStepTask(workload);
    case "encoder":
      return encoderTask(workload);
    case "tabular":
      return tabularTask(workload);
  }
};
