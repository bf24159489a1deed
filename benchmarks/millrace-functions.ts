// Each kind of work as a function of @millrace/core, written as an app would write it.
import {
  argMax,
  cumulativeSum,
  erf,
  layerNorm,
  randomNormal,
  randomUniform,
  scaledDotProductAttention,
  sort,
  type Tensor,
  topK,
  variance,
} from "@millrace/core";
import { imageFunctionOf } from "./millrace-images.ts";
import { millraceOperations } from "./millrace-networks.ts";
import type { Workload } from "./workloads/index.ts";
import { applyBlocks } from "./workloads/network-functions.ts";
import { blockParameters, namedParameters } from "./workloads/networks.ts";
import type { Tabular } from "./workloads/tabular/index.ts";
import type { TrainingStep } from "./workloads/training-step.ts";

/** Work that gives its result from its inputs, and changes nothing. */
export type Computation = Exclude<Workload, TrainingStep | Tabular>;

/** What a program of ours does for a workload; it is compiled by whoever runs it. */
export const millraceFunctionOf = (workload: Computation): ((inputs: readonly Tensor[]) => Tensor) => {
  const on =
    (f: (x: Tensor, y: Tensor, z: Tensor) => Tensor) =>
    ([x, y, z]: readonly Tensor[]): Tensor => {
      if (x === undefined) throw new Error(`no inputs for ${workload.kind}`);
      return f(x, y ?? x, z ?? x);
    };
  switch (workload.kind) {
    case "matmul":
      return on((x, y) => x.matmul(y));
    case "function":
      return on((x) => (workload.function === "erf" ? erf(x) : x[workload.function]()));
    case "chain":
      return on((x) => x.multiply(1.5).add(0.25).maximum(0).multiply(0.5).subtract(1).minimum(3));
    case "sum":
      return on((x) => x.sum({ axis: workload.axis }));
    case "softmax":
      return on((x) => x.softmax());
    case "layer-norm":
      return on((x, scale, shift) => layerNorm(x, { scale, shift }));
    case "variance":
      return on((x) => variance(x, { axis: 1 }));
    case "argmax":
      return on((x) => argMax(x, { axis: 1 }));
    case "scan":
      return on((x) => cumulativeSum(x, { axis: 1 }));
    case "sort":
      return on((x) => sort(x));
    case "top-k":
      return on((x) => topK(x, workload.k).values);
    case "random": {
      const draw = workload.distribution === "normal" ? randomNormal : randomUniform;
      return on((seed) => draw(seed.to("u32"), [workload.size]));
    }
    case "convolution":
    case "pool":
    case "resize":
      return imageFunctionOf(workload);
    case "small-add":
      return on((x, y) => x.add(y));
    case "small-matmuls":
      return on((x, y) => {
        let result = x;
        for (let step = 0; step < workload.steps; step++) result = result.matmul(y);
        return result;
      });
    case "attention":
      return ([query, key, value]) => {
        if (!query || !key || !value) throw new Error("attention takes queries, keys and values");
        return scaledDotProductAttention(query, key, value, { causal: workload.causal });
      };
    case "encoder":
      return ([x, ...weights]) => {
        if (!x) throw new Error("an encoder takes sequences");
        const parameter = namedParameters(blockParameters(workload), weights);
        return applyBlocks(millraceOperations, workload, false, parameter, x);
      };
  }
};
