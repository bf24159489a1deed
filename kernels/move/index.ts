// Ops that move elements.
export * from "./move.ts";
