// Sorting along the last axis.
export { type SortAttributes, sort } from "./sort.ts";
