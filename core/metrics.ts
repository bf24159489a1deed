// @millrace/core/metrics: every metric by name over all rows, batches or slices, with intervals; curves; figures by class.
// A door of its own: a page that only computes or predicts pays nothing for it. The same modules as @millrace/core otherwise.
export * from "./validate/metric/index.ts";
