// The plain meaning of a matrix product: a sum of products, then bias, then activation.

import { roundToHalf } from "../contract/half.ts";
import type { Reference, ReferenceTensor } from "../contract/reference.ts";
import { type Activation, activate } from "./activation.ts";
import { type MatmulAttributes, type MatmulShape, matmulShape } from "./shape.ts";

export const productOf = (
  inputs: readonly ReferenceTensor[],
  attributes: MatmulAttributes,
  shape: MatmulShape,
): Float64Array => {
  const [a, b, bias] = inputs;
  const { batch, m, n, k, aBatchStride, bBatchStride } = shape;
  const result = new Float64Array(batch * m * n);
  const activation: Activation = attributes.activation;
  for (let s = 0; s < batch; s++) {
    for (let row = 0; row < m; row++) {
      for (let column = 0; column < n; column++) {
        let sum = 0;
        for (let i = 0; i < k; i++) {
          const left = a?.data[s * aBatchStride + (attributes.transposeA ? i * m + row : row * k + i)] ?? 0;
          const right = b?.data[s * bBatchStride + (attributes.transposeB ? column * k + i : i * n + column)] ?? 0;
          sum += left * right;
        }
        result[(s * m + row) * n + column] = activate(activation, sum + (bias?.data[column] ?? 0));
      }
    }
  }
  return result;
};

export const matmulReference: Reference<MatmulAttributes> = (inputs, attributes) => {
  const shape = matmulShape(
    inputs.map((input) => input.type),
    attributes,
  );
  const dtype = inputs[0]?.type.dtype ?? "f32";
  const data = productOf(inputs, attributes, shape);
  return [
    {
      type: { dtype, shape: [...shape.batchShape, shape.m, shape.n] },
      data: dtype === "f16" ? data.map(roundToHalf) : data,
    },
  ];
};
