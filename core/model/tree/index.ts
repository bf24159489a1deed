// Trees and forests as plain values; fitting them is loaded when it is first asked for.
export * from "./specification.ts";
