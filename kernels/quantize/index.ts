// Weights of 8 and 4 bits.
export { type DequantizeAttributes, dequantize } from "./dequantize.ts";
export { quantizedMatmul } from "./quantized-matmul.ts";
export {
  blockSize as quantizedBlockSize,
  type QuantizedAttributes,
  type QuantizedMatmulAttributes,
  type QuantizedSizes,
  quantizedSizes,
} from "./shape.ts";
