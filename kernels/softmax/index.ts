// Softmax and the loss over it.
export { crossEntropy, crossEntropyGradient } from "./cross-entropy.ts";
export { rowsOf, type SoftmaxAttributes, softmax } from "./softmax.ts";
