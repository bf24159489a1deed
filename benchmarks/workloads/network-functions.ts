// The measured networks as functions, written once over whatever a participant calls a tensor: its own operations come in,
// its own graph, tape or call comes out.
import type { Blocks, Network } from "./networks.ts";

/** What the networks are made of. Values used twice are passed twice: operations keep their arguments. */
export interface NetworkOperations<T> {
  /** x [..., inputs] times weights [inputs, outputs], plus a bias [outputs] if there is one. */
  readonly linear: (x: T, weights: T, bias?: T) => T;
  readonly relu: (x: T) => T;
  /** In its tanh form (Hendrycks and Gimpel 2016). */
  readonly gelu: (x: T) => T;
  /** x + y of one shape, or y of x's last axes. */
  readonly add: (x: T, y: T) => T;
  /** Over the last axis, epsilon 1e-5. */
  readonly layerNorm: (x: T, scale: T, shift: T) => T;
  /** Queries, keys and values [batch, length, width], cut into heads along the width. */
  readonly attention: (parts: readonly [query: T, key: T, value: T], sizes: AttentionSizes) => T;
  /** Images with rows of `size`, weights [outputs, inputs, 5, 5] and a bias; zeros around keep the size. */
  readonly convolution5: (x: T, weights: T, bias: T, size: number) => T;
  /** The largest of each 2 x 2 of images with rows of `size`. */
  readonly maxPool2: (x: T, size: number) => T;
  /** Images to rows of numbers. */
  readonly flatten: (x: T) => T;
}

export interface AttentionSizes {
  readonly length: number;
  readonly width: number;
  readonly heads: number;
  readonly causal: boolean;
}

type Named<T> = (name: string) => T;

const linearIn =
  <T>(operations: NetworkOperations<T>, parameter: Named<T>) =>
  (name: string | number, x: T): T =>
    operations.linear(x, parameter(`${name}.weight`), parameter(`${name}.bias`));

/** Transformer blocks and the norm behind them, on [batch, length, width]. */
export const applyBlocks = <T>(
  operations: NetworkOperations<T>,
  sizes: Blocks,
  causal: boolean,
  parameter: Named<T>,
  x: T,
): T => {
  const { add, gelu, attention, layerNorm } = operations;
  const linear = linearIn(operations, parameter);
  const norm = (name: string, own: T): T => layerNorm(own, parameter(`${name}.scale`), parameter(`${name}.shift`));
  let stream = x;
  for (let layer = 0; layer < sizes.layers; layer++) {
    const seen = norm(`${layer}.attention.norm`, stream);
    const part = (name: string): T => linear(`${layer}.${name}`, seen);
    const mixed = attention([part("query"), part("key"), part("value")], { ...sizes, causal });
    stream = add(stream, linear(`${layer}.output`, mixed));
    const inner = linear(`${layer}.inner`, norm(`${layer}.forward.norm`, stream));
    stream = add(stream, linear(`${layer}.outer`, gelu(inner)));
  }
  return norm("norm", stream);
};

/** Logits of a batch: [batch, classes], or [batch, length, vocabulary]. */
export const applyNetwork = <T>(operations: NetworkOperations<T>, network: Network, parameter: Named<T>, x: T): T => {
  const { add, relu, convolution5, maxPool2, flatten } = operations;
  const linear = linearIn(operations, parameter);
  switch (network.type) {
    case "mlp": {
      const layers = network.widths.length - 1;
      let hidden = x;
      for (let i = 0; i < layers; i++) hidden = i < layers - 1 ? relu(linear(i, hidden)) : linear(i, hidden);
      return hidden;
    }
    case "cnn": {
      const { size } = network;
      const part = (name: number, own: T, side: number): T =>
        maxPool2(relu(convolution5(own, parameter(`${name}.weight`), parameter(`${name}.bias`), side)), side);
      return linear(3, relu(linear(2, flatten(part(1, part(0, x, size), size / 2)))));
    }
    case "transformer": {
      const embedded = add(operations.linear(x, parameter("tokens")), parameter("places"));
      return linear("logits", applyBlocks(operations, network, true, parameter, embedded));
    }
  }
};

/** Adam's settings in every participant (Kingma and Ba 2015), and the decay of AdamW, for matrices alone. */
export const adamSettings = { rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Share of a parameter that AdamW takes away at a step, over the rate. Only transformers are trained so, and only their matrices. */
export const weightDecayOf = (network: Network, shape: readonly number[]): number =>
  network.type === "transformer" && shape.length > 1 ? 0.01 : 0;
