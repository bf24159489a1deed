// Matrix products.
export { type Activation, activate, activations } from "./activation.ts";
export { type MatmulAttributes, type MatmulShape, matmul, matmulShape } from "./matmul.ts";
