// Running sums, products, maxima and minima along an axis.
export { scan } from "./scan.ts";
export type { ScanAttributes } from "./shape.ts";
