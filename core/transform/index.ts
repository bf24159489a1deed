export { type BatchOptions, batch } from "./batch.ts";
export { type CompiledFunction, type CompileOptions, compile, type WarmUpOptions } from "./compile.ts";
export { customGradient, recompute, stopGradient } from "./custom-gradient.ts";
export { grad, valueAndGrad, valueAndGradWithAuxiliary } from "./gradient.ts";
export { jvp } from "./jvp.ts";
