// The plain float64 meaning of attention and of its gradient, row by row.
import { type Reference, type ReferenceTensor, referenceArray } from "../contract/reference.ts";
import type { TensorType } from "../contract/tensor-type.ts";
import { type AttentionAttributes, type AttentionShape, attentionShape, gradientShape } from "./shape.ts";

type Row = (row: number, column: number) => number;

const matrix = (tensor: ReferenceTensor | undefined, first: number, columns: number): Row => {
  const data = tensor?.data ?? [];
  return (row, column) => data[(first + row) * columns + column] ?? Number.NaN;
};

const dot = (count: number, x: (i: number) => number, y: (i: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += x(i) * y(i);
  return sum;
};

const result = (type: TensorType, size: number): { type: TensorType; data: Float64Array } => ({
  type,
  data: Float64Array.from(referenceArray("f32", size)),
});

/** Scores of one matrix of the batch; -Infinity where a key is hidden. */
const scoresOf = (
  inputs: readonly ReferenceTensor[],
  mask: ReferenceTensor | undefined,
  sizes: AttentionShape,
  { scale, causal }: AttentionAttributes,
  batch: number,
): Row => {
  const q = matrix(inputs[0], batch * sizes.tokens, sizes.width);
  const k = matrix(inputs[1], batch * sizes.keys, sizes.width);
  const { repeat = 1, count = 1, matrix: step = 0, row = 0, column = 0 } = sizes.mask ?? {};
  const base = (Math.floor(batch / repeat) % count) * step;
  return (token, key) =>
    (causal && key > token) || (mask && mask.data[base + token * row + key * column] === 0)
      ? Number.NEGATIVE_INFINITY
      : scale *
        dot(
          sizes.width,
          (i) => q(token, i),
          (i) => k(key, i),
        );
};

export const attentionReference: Reference<AttentionAttributes> = (inputs, attributes) => {
  const sizes = attentionShape(
    "attention",
    inputs.map(({ type }) => type),
    inputs[3]?.type,
    attributes,
  );
  const { batchShape, batch, tokens, keys, valueWidth } = sizes;
  const o = result({ dtype: "f32", shape: [...batchShape, tokens, valueWidth] }, batch * tokens * valueWidth);
  const logarithms = result({ dtype: "f32", shape: [...batchShape, tokens] }, batch * tokens);
  for (let b = 0; b < batch; b++) {
    const scores = scoresOf(inputs, inputs[3], sizes, attributes, b);
    const v = matrix(inputs[2], b * keys, valueWidth);
    for (let token = 0; token < tokens; token++) {
      const row = Array.from({ length: keys }, (_, key) => scores(token, key));
      const largest = row.reduce((x, y) => Math.max(x, y), Number.NEGATIVE_INFINITY);
      // Above 0 where nothing is to be seen, so that -Infinity less -Infinity does not make NaN of it.
      const base = largest === Number.NEGATIVE_INFINITY ? 0 : largest;
      const weights = row.map((score) => Math.exp(score - base));
      const total = weights.reduce((x, y) => x + y, 0);
      const at = b * tokens + token;
      logarithms.data[at] = largest + Math.log(total);
      for (let column = 0; column < valueWidth; column++) {
        const sum = dot(
          keys,
          (key) => weights[key] ?? 0,
          (key) => v(key, column),
        );
        o.data[at * valueWidth + column] = total === 0 ? 0 : sum / total;
      }
    }
  }
  return [o, logarithms];
};

export const attentionGradientReference: Reference<AttentionAttributes> = (inputs, attributes) => {
  const types = inputs.map(({ type }) => type);
  const sizes = gradientShape(types, attributes);
  const { batch, tokens, keys, width, valueWidth } = sizes;
  const [dq, dk, dv] = inputs.slice(0, 3).map(({ type, data }) => result(type, data.length));
  if (!dq || !dk || !dv) return [];
  for (let b = 0; b < batch; b++) {
    const scores = scoresOf(inputs, inputs[6], sizes, attributes, b);
    const [q, k, v] = [
      matrix(inputs[0], b * tokens, width),
      matrix(inputs[1], b * keys, width),
      matrix(inputs[2], b * keys, valueWidth),
    ];
    const [o, logarithm, g] = [
      matrix(inputs[3], b * tokens, valueWidth),
      matrix(inputs[4], b * tokens, 1),
      matrix(inputs[5], b * tokens, valueWidth),
    ];
    for (let token = 0; token < tokens; token++) {
      const total = logarithm(token, 0);
      const level = dot(
        valueWidth,
        (i) => g(token, i),
        (i) => o(token, i),
      );
      for (let key = 0; key < keys; key++) {
        const weight = total === Number.NEGATIVE_INFINITY ? 0 : Math.exp(scores(token, key) - total);
        const along = dot(
          valueWidth,
          (i) => g(token, i),
          (i) => v(key, i),
        );
        const slope = attributes.scale * weight * (along - level);
        const add = (to: Float64Array, at: number, term: number): void => {
          to[at] = (to[at] ?? 0) + term;
        };
        for (let i = 0; i < width; i++) {
          add(dq.data, (b * tokens + token) * width + i, slope * k(key, i));
          add(dk.data, (b * keys + key) * width + i, slope * q(token, i));
        }
        for (let i = 0; i < valueWidth; i++) add(dv.data, (b * keys + key) * valueWidth + i, weight * g(token, i));
      }
    }
  }
  return [dq, dk, dv];
};
