// A product with weights of 8 or 4 bits, summed in f32: exactly x times the dequantised weights, read at a quarter or an
// eighth of their bytes. Symmetric bytes as in llama.cpp's Q8_0, and halves of bytes with a zero point as in ONNX's
// MatMulNBits and GPTQ: 16 steps are too few to spend half of them on a side where a group has no weights.
import { op } from "../contract/op.ts";
import { byteSizeOf } from "../contract/tensor-type.ts";
import { type QuantizedMatmulAttributes, quantizedMatmulShape } from "./shape.ts";

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
});
