// Convolutions over images, and the windows that pooling shares with them.
export { convolution, convolutionInputGradient, convolutionWeightGradient } from "./convolution.ts";
export type {
  ConvolutionAttributes,
  ConvolutionInputGradientAttributes,
  ConvolutionWeightGradientAttributes,
} from "./shape.ts";
