// Each kind of work as a call of TensorFlow.js, whatever its backend.
import type { Images } from "../workloads/images.ts";
import { taskOf, type Workload } from "../workloads/index.ts";
import { applyBlocks } from "../workloads/network-functions.ts";
import { blockParameters, namedParameters } from "../workloads/networks.ts";
import type { Tabular } from "../workloads/tabular/index.ts";
import type { TrainingStep } from "../workloads/training-step.ts";
import { causalBias, tfjsOperations } from "./tfjs-networks.ts";

export type TensorFlow = typeof import("@tensorflow/tfjs");
export type Tensor = import("@tensorflow/tfjs").Tensor;

/** A tensor of rank 4: images, or the weights of a convolution. */
export const rank4Of = (x: Tensor | undefined): import("@tensorflow/tfjs").Tensor4D => {
  const isRank4 = (own: Tensor): own is import("@tensorflow/tfjs").Tensor4D => own.rank === 4;
  if (x === undefined || !isRank4(x)) throw new Error("a convolution takes images and weights of rank 4");
  return x;
};

/** A call on inputs that stay, and what makes the workload's result of what it gives. */
export interface TensorFlowCall {
  readonly inputs: readonly Tensor[];
  readonly call: () => Tensor;
  readonly restore?: (result: Tensor) => Tensor;
}

/** The call of a workload; undefined where tfjs has no way to do it. Images and training have files of their own. */
export const tfjsCallOf = (
  tf: TensorFlow,
  workload: Exclude<Workload, Images | TrainingStep | Tabular>,
): TensorFlowCall | undefined => {
  const inputs = taskOf(workload)
    .inputs()
    .map(({ shape, data }) => tf.tensor(data, [...shape]));
  const call = callOn(tf, workload, inputs);
  return call && { inputs, call };
};

const callOn = (
  tf: TensorFlow,
  workload: Exclude<Workload, Images | TrainingStep | Tabular>,
  inputs: readonly Tensor[],
): (() => Tensor) | undefined => {
  const x = inputs[0] ?? tf.scalar(0);
  const y = inputs[1] ?? x;
  const z = inputs[2] ?? x;
  switch (workload.kind) {
    case "matmul":
      return () => tf.matMul(x, y);
    case "function":
      return () => tf[workload.function](x);
    case "chain":
      return () => x.mul(1.5).add(0.25).maximum(0).mul(0.5).sub(1).minimum(3);
    case "sum":
      return () => tf.sum(x, workload.axis);
    case "softmax":
      return () => tf.softmax(x);
    case "layer-norm":
      return () => {
        const { mean, variance } = tf.moments(x, 1, true);
        return x.sub(mean).div(variance.add(1e-5).sqrt()).mul(y).add(z);
      };
    case "variance":
      return () => tf.moments(x, 1).variance;
    case "argmax":
      return () => tf.argMax(x, 1);
    case "scan":
      return () => tf.cumsum(x, 1);
    case "top-k":
      return () => tf.topk(x, workload.k).values;
    case "sort":
      return undefined;
    case "random":
      return () => (workload.distribution === "normal" ? tf.randomNormal : tf.randomUniform)([workload.size]);
    case "small-add":
      return () => tf.add(x, y);
    case "small-matmuls":
      return () => {
        let result = x;
        for (let step = 0; step < workload.steps; step++) result = tf.matMul(result, y);
        return result;
      };
    case "attention": {
      const bias = workload.causal ? causalBias(tf, workload.length) : undefined;
      return () => {
        const scores = tf.matMul(x.mul(1 / Math.sqrt(workload.depth)), y, false, true);
        return tf.matMul(tf.softmax(bias ? scores.add(bias) : scores), z);
      };
    }
    case "encoder": {
      const parameter = namedParameters(blockParameters(workload), inputs.slice(1));
      const operations = tfjsOperations(tf, new Map());
      return () => applyBlocks(operations, workload, false, parameter, x);
    }
  }
};
