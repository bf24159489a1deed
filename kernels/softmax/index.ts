// Softmax and the loss over it.
export { crossEntropy, crossEntropyGradient } from "./cross-entropy.ts";
export { rowsOf, type SoftmaxAttributes } from "./shape.ts";
export { softmax } from "./softmax.ts";
