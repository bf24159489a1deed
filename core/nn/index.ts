// Layers and first weights.
export { glorotUniform, heUniform } from "./initialise.ts";
