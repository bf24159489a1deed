// Matrix product over batches with either operand transposed without a copy, a bias row and an activation.
import { op } from "../contract/op.ts";
import { byteSizeOf } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { matmulCases } from "./matmul.cases.ts";
import { matmulWasm } from "./matmul.launch.ts";
import { matmulReference } from "./matmul.reference.ts";
import { matmulWebGPU } from "./matmul.wgsl.ts";
import { type MatmulAttributes, matmulShape } from "./shape.ts";

/** a @ b + bias, then the activation: f32 [..., m, k] and [..., k, n] give [..., m, n]; bias is [n]. */
export const matmul = op<MatmulAttributes>({
  name: "matmul",
  inputs: ["a", "b", "bias?"],
  outputs: (inputs, attributes) => {
    const { batchShape, m, n } = matmulShape(inputs, attributes);
    return [{ dtype: "f32", shape: [...batchShape, m, n] }];
  },
  work: (inputs, attributes) => {
    const { batch, m, n, k } = matmulShape(inputs, attributes);
    return {
      flops: 2 * batch * m * n * k + (inputs.length > 2 ? batch * m * n : 0),
      bytes: inputs.reduce((sum, type) => sum + byteSizeOf(type), 0) + 4 * batch * m * n,
    };
  },
  // A sum of k products of standard normals has partial sums of about sqrt(k), each rounded by 2^-24 of itself: k roundings
  // add up to about 2^-24 k / 2.5, and the largest of a hundred thousand elements lies 4.5 deviations out.
  tolerance: (inputs, attributes) => within(4e-6, 1.2e-7 * (20 + matmulShape(inputs, attributes).k)),
  reference: (inputs, attributes) => {
    const shape = matmulShape(
      inputs.map((input) => input.type),
      attributes,
    );
    return [
      {
        type: { dtype: "f32", shape: [...shape.batchShape, shape.m, shape.n] },
        data: matmulReference(inputs, attributes, shape),
      },
    ];
  },
  kernels: [...matmulWasm, ...matmulWebGPU],
  cases: matmulCases,
});
