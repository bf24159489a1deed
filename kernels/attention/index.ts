// Attention in one op, and its gradient.
export { attention, attentionGradient } from "./attention.ts";
export { type AttentionAttributes, attentionWidth, maskLayout } from "./shape.ts";
