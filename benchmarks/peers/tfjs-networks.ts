// The measured networks in operations of TensorFlow.js. Images are [batch, height, width, channels] there, so that weights of
// convolutions, and of the layer behind them, are laid out anew once.
import type { NetworkOperations } from "../workloads/network-functions.ts";
import type { Network, Parameter } from "../workloads/networks.ts";
import { rank4Of, type Tensor, type TensorFlow } from "./tfjs-calls.ts";

/** [..., length, length]: 0 where a query may see a key, and so low elsewhere that softmax gives 0. */
export const causalBias = (tf: TensorFlow, length: number): Tensor =>
  tf.tidy(() => tf.sub(tf.linalg.bandPart(tf.ones([length, length]), -1, 0), 1).mul(1e9));

/** A parameter, or a batch (no name), as the operations below take it. */
export const tfjsLayout = (tf: TensorFlow, network: Network, parameter: Parameter | undefined, value: Tensor): Tensor =>
  tf.tidy(() => {
    if (network.type !== "cnn") return value.clone();
    if (value.rank === 4) return tf.transpose(value, parameter ? [2, 3, 1, 0] : [0, 2, 3, 1]);
    if (parameter?.name !== "2.weight") return value.clone();
    const side = network.size / 4;
    const images = value.reshape([network.channels[1], side, side, network.hidden]);
    return images.transpose([1, 2, 0, 3]).reshape(value.shape);
  });

/** @param biases causal biases by length, kept by the caller */
export const tfjsOperations = (tf: TensorFlow, biases: Map<number, Tensor>): NetworkOperations<Tensor> => ({
  linear: (x, weights, bias) => {
    const [inputs = 0, outputs = 0] = weights.shape;
    const product = tf.matMul(tf.reshape(x, [-1, inputs]), tf.reshape(weights, [inputs, outputs]));
    return (bias ? product.add(bias) : product).reshape([...x.shape.slice(0, -1), outputs]);
  },
  relu: (x) => tf.relu(x),
  gelu: (x) => {
    const inner = x.add(x.mul(x).mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
    return x.mul(0.5).mul(inner.tanh().add(1));
  },
  add: (x, y) => x.add(y),
  layerNorm: (x, scale, shift) => {
    const { mean, variance } = tf.moments(x, -1, true);
    return x.sub(mean).div(variance.add(1e-5).sqrt()).mul(scale).add(shift);
  },
  attention: ([query, key, value], { length, width, heads, causal }) => {
    const split = (x: Tensor): Tensor => x.reshape([-1, length, heads, width / heads]).transpose([0, 2, 1, 3]);
    const scores = tf.matMul(split(query).mul(1 / Math.sqrt(width / heads)), split(key), false, true);
    const bias = causal ? (biases.get(length) ?? tf.keep(causalBias(tf, length))) : undefined;
    if (bias) biases.set(length, bias);
    const weights = tf.softmax(bias ? scores.add(bias) : scores);
    return tf.matMul(weights, split(value)).transpose([0, 2, 1, 3]).reshape([-1, length, width]);
  },
  convolution5: (x, weights, bias) => tf.conv2d(rank4Of(x), rank4Of(weights), 1, "same").add(bias),
  maxPool2: (x) => tf.maxPool(rank4Of(x), 2, 2, "valid"),
  flatten: (x) => x.reshape([x.shape[0] ?? 0, -1]),
});
