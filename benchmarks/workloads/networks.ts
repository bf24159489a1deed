// The networks whose training and inference are measured, as lists of parameters; each participant writes their functions.
import { type Input, input } from "./task.ts";

/** Fully connected layers with relu between them; `widths` from the input's to the classes'. */
export interface Mlp {
  readonly type: "mlp";
  readonly widths: readonly number[];
}

/**
 * For images [batch, 1, size, size], after LeNet-5 (LeCun and others 1998): twice a 5 x 5 convolution that keeps the size,
 * relu and a maximum over 2 x 2, then two fully connected layers with relu between them.
 */
export interface Cnn {
  readonly type: "cnn";
  /** Divisible by 4. */
  readonly size: number;
  readonly channels: readonly [number, number];
  readonly hidden: number;
  readonly classes: number;
}

/** The blocks of a transformer (norm first, gelu in its tanh form, 4 * width inside), with a norm behind the last. */
export interface Blocks {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly length: number;
}

/**
 * A causal language model: one-hot tokens [batch, length, vocabulary] times an embedding, plus one of the places, blocks, and
 * a product to the logits. Tokens are one-hot since not every peer can differentiate a look-up.
 */
export interface Transformer extends Blocks {
  readonly type: "transformer";
  readonly vocabulary: number;
}

export type Network = Mlp | Cnn | Transformer;

export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly low: number;
  readonly high: number;
}

/** A weight, of variance 1 / fanIn; each is laid out as x * weight takes it: [inputs, outputs]. */
const weight = (name: string, shape: readonly number[], fanIn: number): Parameter => {
  const bound = Math.sqrt(3 / fanIn);
  return { name, shape, low: -bound, high: bound };
};
const bias = (name: string, width: number): Parameter => ({ name, shape: [width], low: -0.1, high: 0.1 });
const linear = (name: string, inputs: number, outputs: number): Parameter[] => [
  weight(`${name}.weight`, [inputs, outputs], inputs),
  bias(`${name}.bias`, outputs),
];
const norm = (name: string, width: number): Parameter[] => [
  { name: `${name}.scale`, shape: [width], low: 0.9, high: 1.1 },
  bias(`${name}.shift`, width),
];

/** Parameters of transformer blocks, and of the norm behind them. */
export const blockParameters = ({ layers, width }: Blocks): Parameter[] => [
  ...Array.from({ length: layers }, (_, layer) => [
    ...norm(`${layer}.attention.norm`, width),
    ...["query", "key", "value", "output"].flatMap((name) => linear(`${layer}.${name}`, width, width)),
    ...norm(`${layer}.forward.norm`, width),
    ...linear(`${layer}.inner`, width, 4 * width),
    ...linear(`${layer}.outer`, 4 * width, width),
  ]).flat(),
  ...norm("norm", width),
];

export const parametersOf = (network: Network): Parameter[] => {
  switch (network.type) {
    case "mlp":
      return network.widths.slice(1).flatMap((width, i) => linear(String(i), network.widths[i] ?? 0, width));
    case "cnn": {
      const { size, channels, hidden, classes } = network;
      const [first, second] = channels;
      return [
        weight("0.weight", [first, 1, 5, 5], 25),
        bias("0.bias", first),
        weight("1.weight", [second, first, 5, 5], 25 * first),
        bias("1.bias", second),
        // Its inputs are [second, size / 4, size / 4] in that order.
        ...linear("2", second * (size / 4) ** 2, hidden),
        ...linear("3", hidden, classes),
      ];
    }
    case "transformer": {
      const { width, length, vocabulary } = network;
      return [
        weight("tokens", [vocabulary, width], 1),
        weight("places", [length, width], 1),
        ...blockParameters(network),
        ...linear("logits", width, vocabulary),
      ];
    }
  }
};

/** First values, the same in every process. */
export const parameterInputs = (parameters: readonly Parameter[]): Input[] =>
  parameters.map(({ shape, low, high }, i) => input(shape, 101 + 2 * i, low, high));

/** A look-up by name in what a participant has made of the parameters, in their order. */
export const namedParameters = <T>(parameters: readonly Parameter[], values: readonly T[]): ((name: string) => T) => {
  const byName = new Map(parameters.map(({ name }, i) => [name, values[i]]));
  return (name) => {
    const value = byName.get(name);
    if (value === undefined) throw new Error(`the network has no parameter "${name}"`);
    return value;
  };
};

/** Multiply-adds of the blocks for one sequence, those of attention's two products among them. */
export const blockMultiplyAdds = ({ layers, width, length }: Blocks, causal: boolean): number => {
  const pairs = causal ? (length * (length + 1)) / 2 : length * length;
  return layers * (12 * length * width * width + 2 * pairs * width);
};

/** Multiply-adds of one example forward, and those whose input needs no gradient when it is trained. */
export const multiplyAddsOf = (network: Network): { readonly forward: number; readonly first: number } => {
  switch (network.type) {
    case "mlp": {
      const products = network.widths.slice(1).map((width, i) => width * (network.widths[i] ?? 0));
      return { forward: products.reduce((sum, size) => sum + size, 0), first: products[0] ?? 0 };
    }
    case "cnn": {
      const { size, channels, hidden, classes } = network;
      const [one, two] = channels;
      const first = 25 * one * size ** 2;
      const second = 25 * one * two * (size / 2) ** 2;
      return { forward: first + second + two * (size / 4) ** 2 * hidden + hidden * classes, first };
    }
    case "transformer": {
      const { width, length, vocabulary } = network;
      const first = length * width * vocabulary;
      return { forward: 2 * first + blockMultiplyAdds(network, true), first };
    }
  }
};
