// Weights of 8 and 4 bits.
export { dequantize } from "./dequantize.ts";
export { quantizedMatmul } from "./quantized-matmul.ts";
export {
  type DequantizeAttributes,
  type QuantizedAttributes,
  type QuantizedMatmulAttributes,
  type QuantizedSizes,
  quantizedSizes,
} from "./shape.ts";
