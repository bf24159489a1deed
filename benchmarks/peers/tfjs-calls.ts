// Each kind of work as a call of TensorFlow.js, whatever its backend.
import type { Images } from "../workloads/images.ts";
import { taskOf, type Workload } from "../workloads/index.ts";

export type TensorFlow = typeof import("@tensorflow/tfjs");
export type Tensor = import("@tensorflow/tfjs").Tensor;

/** A call on inputs that stay, and what makes the workload's result of what it gives. */
export interface TensorFlowCall {
  readonly inputs: readonly Tensor[];
  readonly call: () => Tensor;
  readonly restore?: (result: Tensor) => Tensor;
}

/** The call of a workload; undefined where tfjs has no way to do it. Images have a file of their own. */
export const tfjsCallOf = (tf: TensorFlow, workload: Exclude<Workload, Images>): TensorFlowCall | undefined => {
  const inputs = taskOf(workload)
    .inputs()
    .map(({ shape, data }) => tf.tensor(data, [...shape]));
  const call = callOn(tf, workload, inputs);
  return call && { inputs, call };
};

const callOn = (
  tf: TensorFlow,
  workload: Exclude<Workload, Images>,
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
  }
};
