// Images at another size.
export { resize, resizeGradient } from "./resize.ts";
export type { ResizeAttributes, ResizeGradientAttributes, ResizeRule } from "./shape.ts";
