// Weights of 8 and 4 bits.
export type { QuantizationError } from "./quantize-matrix.ts";
export {
  dequantizeWeights,
  type Quantization,
  type QuantizedMatmulOptions,
  type QuantizedWeights,
  type QuantizeOptions,
  type QuantizeWeightsOptions,
  quantizedMatmul,
  quantizeWeights,
} from "./quantize-weights.ts";
