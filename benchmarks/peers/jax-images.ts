// Work over images for jax-js, whose layout is ours. It pools without padding and does not resize. It convolves at 0.1 to 0.3
// GFLOP/s, so that a layer of ResNet takes it seconds a call: larger convolutions are left out, not to wait minutes for them.
import {
  type Convolution,
  type Images,
  imageShapesOf,
  multiplyAddsOf,
  type Pool,
  paddingOf,
} from "../workloads/images.ts";

import type { Jax, JaxArray } from "./jax-js-functions.ts";

type Call = (inputs: JaxArray[]) => JaxArray;

const pairOf =
  (f: (x: JaxArray, y: JaxArray) => JaxArray): Call =>
  ([x, y]) => {
    if (x === undefined || y === undefined) throw new Error("too few inputs");
    return f(x, y);
  };

const mostMultiplyAdds = 3e7;

const convolution = ({ grad, lax, numpy: np }: Jax, workload: Convolution): Call | undefined => {
  if (multiplyAddsOf(workload) > mostMultiplyAdds) return undefined;
  const { stride, groups, pass } = workload;
  const pad: [number, number] = [paddingOf(workload), paddingOf(workload)];
  const forward = (x: JaxArray, weights: JaxArray): JaxArray =>
    lax.convGeneralDilated(x, weights, [stride, stride], [pad, pad], { featureGroupCount: groups });
  if (pass === "forward") return pairOf(forward);
  const zeros = (): JaxArray => np.zeros([...imageShapesOf(workload).result]);
  return pass === "image gradient"
    ? pairOf((g, weights) => grad((x: JaxArray) => np.sum(forward(x, weights).mul(g)))(zeros()))
    : pairOf((x, g) => grad((weights: JaxArray) => np.sum(forward(x, weights).mul(g)))(zeros()));
};

const pool = ({ grad, lax, numpy: np }: Jax, workload: Pool): Call | undefined => {
  if (paddingOf(workload) > 0) return undefined;
  const { function: kind, window, stride, pass } = workload;
  const forward = (x: JaxArray): JaxArray =>
    lax.reduceWindow(
      x,
      (values) => (kind === "maximum" ? np.max(values) : np.mean(values)),
      [window, window],
      [stride, stride],
    );
  if (pass === "forward")
    return ([x]) => {
      if (x === undefined) throw new Error("no input");
      return forward(x);
    };
  return pairOf((g, image) => grad((x: JaxArray) => np.sum(forward(x).mul(g)))(image));
};

/** The function that jit compiles; undefined where it has no way to do the work. */
export const imageFunctionOf = (jax: Jax, workload: Images): Call | undefined => {
  switch (workload.kind) {
    case "convolution":
      return convolution(jax, workload);
    case "pool":
      return pool(jax, workload);
    case "resize":
      return undefined;
  }
};
