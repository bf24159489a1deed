// The door to measuring. What it takes is loaded at the first call: a page that only computes or predicts does without.

/**
 * Everything that measures: every metric by name over all rows, batches or slices, with intervals; curves; figures by class.
 * @example
 * const { measure, rocCurve } = await loadMetrics();
 * const value = measure("matthewsCorrelation", { truth, predictions });
 */
export const loadMetrics = (): Promise<typeof import("./metric/index.ts")> => import("./metric/index.ts");
