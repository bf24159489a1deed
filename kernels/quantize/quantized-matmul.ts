// A product with weights of 8 or 4 bits, summed in f32: exactly x times the dequantised weights, read at a quarter or an
// eighth of their bytes. Symmetric bytes as in llama.cpp's Q8_0, and halves of bytes with a zero point as in ONNX's
// MatMulNBits and GPTQ: 16 steps are too few to spend half of them on a side where a group has no weights.
import { op } from "../contract/op.ts";
import { byteSizeOf } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { matmulReference } from "../matmul/matmul.reference.ts";
import { quantizedMatmulWasm } from "./quantized.launch.ts";
import { dequantized } from "./quantized.reference.ts";
import { quantizedMatmulWebGPU } from "./quantized.wgsl.ts";
import { quantizedMatmulCases } from "./quantized-matmul.cases.ts";
import { biasInput, type QuantizedMatmulAttributes, quantizedMatmulShape } from "./shape.ts";

/** activation(x weights^T + bias): x f32 [..., k], weights as dequantize's with k columns, bias f32 [n] give f32 [..., n]. */
export const quantizedMatmul = op<QuantizedMatmulAttributes>({
  name: "quantizedMatmul",
  inputs: ["x", "codes", "scales", "zeros?", "bias?"],
  outputs: (inputs, attributes) => [{ dtype: "f32", shape: quantizedMatmulShape(inputs, attributes).shape }],
  work: (inputs, attributes) => {
    const { m, n, k, hasBias } = quantizedMatmulShape(inputs, attributes);
    return {
      flops: 2 * m * n * k + (hasBias ? m * n : 0),
      bytes: inputs.reduce((sum, type) => sum + byteSizeOf(type), 0) + 4 * m * n,
    };
  },
  // As matmul's, times the size of the weights where codes and zero points are uniform and scales lie between 0 and 1: a
  // root mean square of 43 with 8 bits and 4 with 4.
  tolerance: (inputs, attributes) =>
    within(4e-6, 1.2e-7 * (attributes.bits === 8 ? 43 : 4) * (20 + quantizedMatmulShape(inputs, attributes).k)),
  reference: (inputs, attributes) => {
    const { m, n, k, shape } = quantizedMatmulShape(
      inputs.map((input) => input.type),
      attributes,
    );
    const [x, ...tables] = inputs;
    const weights = { type: { dtype: "f32", shape: [n, k] }, data: dequantized(tables, n, k, attributes) } as const;
    const operands = [x, weights, inputs[biasInput(attributes.bits)]].filter((operand) => operand !== undefined);
    const options = { transposeA: false, transposeB: true, activation: attributes.activation };
    const sizes = { batch: 1, m, n, k, aBatchStride: 0, bBatchStride: 0, batchShape: [] };
    return [{ type: { dtype: "f32", shape }, data: matmulReference(operands, options, sizes) }];
  },
  kernels: [...quantizedMatmulWasm, ...quantizedMatmulWebGPU],
  cases: quantizedMatmulCases,
});
