// Scaled dot-product attention (Vaswani and others 2017) and its gradient without a matrix of weights in memory: tiles of
// scores are made, used and forgotten, and the gradient makes them again from the logarithm of each row's sum
// (T. Dao, FlashAttention-2, 2023).
import { op } from "../contract/op.ts";
import { byteSizeOf, type TensorType } from "../contract/tensor-type.ts";
import { type AttentionAttributes, attentionShape, gradientShape, pairsOf } from "./shape.ts";

const bytesOf = (types: readonly TensorType[]): number => types.reduce((sum, type) => sum + byteSizeOf(type), 0);

/** As softmax counts an element: its maximum, exponential and division. */
const perScore = 14;

/**
 * softmax(q k^T scale) v over the keys that a query sees: q f32 [..., tokens, width], k [..., keys, width],
 * v [..., keys, valueWidth], and perhaps a bool mask of [..., tokens, keys] or 1 along an axis; see maskLayout. Gives
 * [..., tokens, valueWidth] and, for the gradient, the logarithm of each row's sum of exponentials [..., tokens]. A query
 * that sees no key, or scores of -Infinity alone, gives zeros and -Infinity. What is not finite in a key or value that is
 * hidden from a query may or may not make that query's row NaN.
 */
export const attention = op<AttentionAttributes>({
  name: "attention",
  inputs: ["q", "k", "v", "mask?"],
  outputs: (inputs, attributes) => {
    const { batchShape, tokens, valueWidth } = attentionShape("attention", inputs, inputs[3], attributes);
    return [
      { dtype: "f32", shape: [...batchShape, tokens, valueWidth] },
      { dtype: "f32", shape: [...batchShape, tokens] },
    ];
  },
  work: (inputs, attributes) => {
    const sizes = attentionShape("attention", inputs, inputs[3], attributes);
    const { batch, tokens, width, valueWidth } = sizes;
    return {
      flops: pairsOf(sizes, attributes.causal) * (2 * (width + valueWidth) + perScore),
      bytes: bytesOf(inputs) + 4 * batch * tokens * (valueWidth + 1),
    };
  },
});

/**
 * Gradients of q, k and v from what attention took and gave and the upstream gradient g of its result. With weights
 * p = exp(scores - logarithm), 0 in a row whose logarithm is -Infinity, and s = p (g v^T - sum(g o)) scale:
 * dv = p^T g, dq = s k, dk = s^T q.
 */
export const attentionGradient = op<AttentionAttributes>({
  name: "attentionGradient",
  inputs: ["q", "k", "v", "o", "logarithms", "upstream", "mask?"],
  outputs: (inputs, attributes) => {
    gradientShape(inputs, attributes);
    return inputs.slice(0, 3);
  },
  work: (inputs, attributes) => {
    const sizes = gradientShape(inputs, attributes);
    return {
      flops: pairsOf(sizes, attributes.causal) * (6 * sizes.width + 4 * sizes.valueWidth + perScore),
      bytes: bytesOf(inputs) + bytesOf(inputs.slice(0, 3)),
    };
  },
});
