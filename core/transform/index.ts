export { type CompiledFunction, type CompileOptions, compile } from "./compile.ts";
export { grad, valueAndGrad } from "./gradient.ts";
