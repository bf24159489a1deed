// Scaled dot-product attention, softmax(q k^T / sqrt(depth)) v, over [batch, heads, length, depth].
import { closely, elementOf, input, type Task } from "./task.ts";

export interface Attention {
  readonly kind: "attention";
  readonly batch: number;
  readonly heads: number;
  readonly length: number;
  readonly depth: number;
  /** Each query sees the keys up to its own place. */
  readonly causal: boolean;
}

export const attentionTask = ({ batch, heads, length, depth, causal }: Attention): Task => {
  const shape = [batch, heads, length, depth];
  // What causality hides is not counted: whoever computes it has done it for nothing.
  const pairs = causal ? (length * (length + 1)) / 2 : length * length;
  return {
    measure: {
      unit: "GFLOP/s",
      amount: 4 * batch * heads * pairs * depth,
      roof: "multiply-add",
      bytes: 16 * batch * heads * length * depth,
    },
    inputs: () => [input(shape, 3, -2, 2), input(shape, 5, -2, 2), input(shape, 7)],
    outputShape: shape,
    expected: (inputs) => {
      const query = elementOf(inputs, 0);
      const key = elementOf(inputs, 1);
      const value = elementOf(inputs, 2);
      return (index) => {
        const column = index % depth;
        const row = Math.floor(index / depth);
        const place = row % length;
        const first = (row - place) * depth;
        let sum = 0;
        let weights = 0;
        for (let other = 0; other < (causal ? place + 1 : length); other++) {
          let score = 0;
          for (let i = 0; i < depth; i++) score += query(row * depth + i) * key(first + other * depth + i);
          const weight = Math.exp(score / Math.sqrt(depth));
          weights += weight;
          sum += weight * value(first + other * depth + column);
        }
        return sum / weights;
      };
    },
    tolerance: { ...closely, absolute: 1e-5 },
  };
};
