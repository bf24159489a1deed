// Each kind of work as a function of jax-js, for its jit. Every call takes ownership of its arguments, so what is used again
// is passed as `.ref`.
import type { Workload } from "../workloads/index.ts";
import { applyBlocks } from "../workloads/network-functions.ts";
import { blockParameters, namedParameters } from "../workloads/networks.ts";
import { imageFunctionOf } from "./jax-images.ts";
import { jaxOperations } from "./jax-js-networks.ts";

export type Jax = typeof import("@jax-js/jax");
export type JaxArray = InstanceType<Jax["Array"]>;

/** The function that jit compiles, of a list of arrays. Each use of an argument but its last is a `.ref`. Undefined where it has no way. */
export const jaxFunctionOf = (jax: Jax, workload: Workload): ((inputs: JaxArray[]) => JaxArray) | undefined => {
  const { numpy: np, nn, lax, random } = jax;
  const unary =
    (f: (x: JaxArray) => JaxArray) =>
    ([x]: JaxArray[]): JaxArray => {
      if (x === undefined) throw new Error(`no input for ${workload.kind}`);
      return f(x);
    };
  const binary =
    (f: (x: JaxArray, y: JaxArray) => JaxArray) =>
    ([x, y]: JaxArray[]): JaxArray => {
      if (x === undefined || y === undefined) throw new Error(`too few inputs for ${workload.kind}`);
      return f(x, y);
    };
  switch (workload.kind) {
    case "matmul":
      return binary((x, y) => np.matmul(x, y));
    case "function":
      return unary({ exp: np.exp, log: np.log, tanh: np.tanh, erf: lax.erf, sigmoid: nn.sigmoid }[workload.function]);
    case "chain":
      return unary((x) => np.minimum(np.maximum(x.mul(1.5).add(0.25), 0).mul(0.5).sub(1), 3));
    case "sum":
      return unary((x) => np.sum(x, workload.axis));
    case "softmax":
      return unary((x) => nn.softmax(x));
    case "layer-norm":
      return ([x, scale, shift]) => {
        if (x === undefined || scale === undefined || shift === undefined)
          throw new Error(`too few inputs for ${workload.kind}`);
        const distance = x.ref.sub(np.mean(x, 1, { keepdims: true }));
        const variance = np.mean(np.square(distance.ref), 1, { keepdims: true });
        return distance
          .div(np.sqrt(variance.add(1e-5)))
          .mul(scale)
          .add(shift);
      };
    case "variance":
      return unary((x) => np.var_(x, 1));
    case "argmax":
      return unary((x) => np.argmax(x, 1));
    case "scan":
      return unary((x) => np.cumsum(x, 1));
    case "sort":
      return unary((x) => np.sort(x, 1));
    case "top-k":
      return unary((x) => {
        const [values, places] = lax.topK(x, workload.k);
        places.dispose();
        return values;
      });
    case "random":
      return unary((seed) => random[workload.distribution](seed.astype(np.uint32), [workload.size]));
    case "convolution":
    case "pool":
    case "resize":
      return imageFunctionOf(jax, workload);
    case "small-add":
      return binary((x, y) => x.add(y));
    case "small-matmuls":
      return binary((x, y) => {
        let result = x;
        for (let step = 0; step < workload.steps; step++) result = np.matmul(result, y.ref);
        y.dispose();
        return result;
      });
    case "attention":
      return ([query, key, value]) => {
        if (!query || !key || !value) throw new Error("attention takes queries, keys and values");
        const scores = np.matmul(query.mul(1 / Math.sqrt(workload.depth)), key.transpose([0, 1, 3, 2]));
        const { length, causal } = workload;
        const visible = causal ? np.where(np.tri(length).astype(np.bool), scores, -1e30) : scores;
        return np.matmul(nn.softmax(visible), value);
      };
    case "encoder":
      return ([x, ...weights]) => {
        if (!x) throw new Error("an encoder takes sequences");
        const parameter = namedParameters(blockParameters(workload), weights);
        return applyBlocks(jaxOperations(jax), workload, false, parameter, x);
      };
    case "training-step":
    case "tabular":
      return undefined;
  }
};
