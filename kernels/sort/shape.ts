// The rows that a sort and other ops along the last axis walk.
import { sizeOf, type TensorType } from "../contract/tensor-type.ts";

/** Number of rows, and elements of each. */
export const rowsAlong = (type: TensorType | undefined): { rows: number; length: number } => ({
  rows: sizeOf(type?.shape.slice(0, -1) ?? []),
  length: type?.shape[type.shape.length - 1] ?? 0,
});
