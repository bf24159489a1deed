// Matrix product over batches with either operand transposed without a copy, a bias row and an activation.
import { op } from "../contract/op.ts";
import { byteSizeOf, elementBytes } from "../contract/tensor-type.ts";
import { type MatmulAttributes, matmulShape } from "./shape.ts";

/**
 * a @ b + bias, then the activation: [..., m, k] and [..., k, n] give [..., m, n]; bias is [n]. All are f32, or all f16: then
 * sums are f32 and the result is rounded once.
 */
export const matmul = op<MatmulAttributes>({
  name: "matmul",
  inputs: ["a", "b", "bias?"],
  outputs: (inputs, attributes) => {
    const { batchShape, m, n } = matmulShape(inputs, attributes);
    return [{ dtype: inputs[0]?.dtype ?? "f32", shape: [...batchShape, m, n] }];
  },
  work: (inputs, attributes) => {
    const { batch, m, n, k } = matmulShape(inputs, attributes);
    return {
      flops: 2 * batch * m * n * k + (inputs.length > 2 ? batch * m * n : 0),
      bytes:
        inputs.reduce((sum, type) => sum + byteSizeOf(type), 0) +
        elementBytes[inputs[0]?.dtype ?? "f32"] * batch * m * n,
    };
  },
  packed: "native",
});
