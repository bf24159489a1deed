// The measured networks in operations of jax-js. An operation takes ownership of its arguments, and the networks may use a
// value twice, so that each argument is passed as `.ref`; all this runs once, while jit traces.
import type { NetworkOperations } from "../workloads/network-functions.ts";
import type { Jax, JaxArray } from "./jax-js-functions.ts";

export const jaxOperations = ({ numpy: np, nn, lax }: Jax): NetworkOperations<JaxArray> => ({
  linear: (x, weights, bias) => {
    const product = np.matmul(x.ref, weights.ref);
    return bias ? product.add(bias.ref) : product;
  },
  relu: (x) => nn.relu(x.ref),
  gelu: (x) => nn.gelu(x.ref),
  add: (x, y) => x.ref.add(y.ref),
  layerNorm: (x, scale, shift) => nn.standardize(x.ref, -1, { epsilon: 1e-5 }).mul(scale.ref).add(shift.ref),
  attention: ([query, key, value], { length, width, heads, causal }) => {
    const split = (x: JaxArray): JaxArray => x.ref.reshape([-1, length, heads, width / heads]);
    return nn
      .dotProductAttention(split(query), split(key), split(value), { isCausal: causal })
      .reshape([-1, length, width]);
  },
  convolution5: (x, weights, bias) => lax.conv(x.ref, weights.ref, [1, 1], "SAME").add(bias.ref.reshape([-1, 1, 1])),
  maxPool2: (x, size) => {
    const [batch = 0, channels = 0] = x.shape;
    return np.max(x.ref.reshape([batch, channels, size / 2, 2, size / 2, 2]), [3, 5]);
  },
  flatten: (x) => x.ref.reshape([x.shape[0] ?? 0, -1]),
});
