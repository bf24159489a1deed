// Rows by index, their adjoint, and one-hot rows.
export { type ScatterAddAlongAttributes, scatterAddAlong, takeAlong } from "./along.ts";
export { gather, scatterAdd } from "./gather.ts";
export { type OneHotAttributes, oneHot } from "./one-hot.ts";
export { type ScatterAttributes, type ScatterFunction, scatter } from "./scatter.ts";
export { type GatherShape, gatherShape, type ScatterAddAttributes } from "./shape.ts";
