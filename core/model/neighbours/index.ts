// Nearest neighbours: of classes and of quantities.
export * from "./specification.ts";
