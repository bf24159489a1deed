// Rows by index, their adjoint, and one-hot rows.
export { type GatherShape, gather, gatherShape, type ScatterAddAttributes, scatterAdd } from "./gather.ts";
export { type OneHotAttributes, oneHot } from "./one-hot.ts";
