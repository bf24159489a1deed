// Normalisation of rows.
export { normalise, normaliseGradient } from "./normalise.ts";
export type { NormaliseAttributes } from "./shape.ts";
