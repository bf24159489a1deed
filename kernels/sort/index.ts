// Sorting, searching and counting along the last axis.
export { type BinCountAttributes, binCount, type SearchSortedAttributes, searchSorted } from "./search.ts";
export { type SortAttributes, sort } from "./sort.ts";
export { type TopKAttributes, topK } from "./top-k.ts";
