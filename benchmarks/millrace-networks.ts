// The measured networks in operations of @millrace/core, and their training steps as an app would write them.
import {
  type AdamState,
  adamWStep,
  conv2d,
  crossEntropyLoss,
  geluTanh,
  layerNorm,
  maxPool2d,
  scaledDotProductAttention,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@millrace/core";
import { adamSettings, applyNetwork, type NetworkOperations, weightDecayOf } from "./workloads/network-functions.ts";
import type { Network } from "./workloads/networks.ts";

export const millraceOperations: NetworkOperations<Tensor> = {
  linear: (x, weights, bias) => (bias ? x.matmul(weights).add(bias) : x.matmul(weights)),
  relu: (x) => x.relu(),
  gelu: geluTanh,
  add: (x, y) => x.add(y),
  layerNorm: (x, scale, shift) => layerNorm(x, { scale, shift, epsilon: 1e-5 }),
  attention: ([query, key, value], { length, width, heads, causal }) => {
    const split = (x: Tensor): Tensor => x.reshape([-1, length, heads, width / heads]).transpose([0, 2, 1, 3]);
    return scaledDotProductAttention(split(query), split(key), split(value), { causal })
      .transpose([0, 2, 1, 3])
      .reshape([-1, length, width]);
  },
  convolution5: (x, weights, bias) => conv2d(x, weights, { padding: 2, bias }),
  maxPool2: (x) => maxPool2d(x, 2),
  flatten: (x) => x.reshape([x.shape[0] ?? 0, -1]),
};

export type Parameters = Readonly<Record<string, Tensor>>;

/** A step: the state after it, and the loss before it. */
export const trainingStepOf =
  (network: Network) =>
  (state: AdamState<Parameters>, x: Tensor, labels: Tensor): { state: AdamState<Parameters>; loss: Tensor } => {
    const named = (parameters: Parameters) => (name: string) => {
      const found = parameters[name];
      if (found === undefined) throw new Error(`the network has no parameter "${name}"`);
      return found;
    };
    const { value, gradient } = valueAndGrad((parameters: Parameters) =>
      crossEntropyLoss(applyNetwork(millraceOperations, network, named(parameters), x), labels),
    )(state.parameters);
    const after = adamWStep(state, gradient, tensor(adamSettings.rate), {
      ...adamSettings,
      weightDecay: weightDecayOf(network, [1, 1]),
      decays: ({ shape }) => weightDecayOf(network, shape) > 0,
    });
    return { state: after, loss: value };
  };
