// Linear models.
export * from "./specification.ts";
