// Matrix products.
export { type Activation, activate, activations } from "./activation.ts";
export { matmul } from "./matmul.ts";
export { type MatmulAttributes, type MatmulShape, matmulShape } from "./shape.ts";
