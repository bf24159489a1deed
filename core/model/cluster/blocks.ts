// The rows of a clustering on the device, relative to their middle, in blocks: what an iteration needs beside the rows is a
// block's distances, and sums of blocks are added in float64.
import type { Device } from "../../device/device.ts";
import { type Tensor, tensor } from "../../tensor/tensor.ts";
import type { FitData } from "../estimator.ts";
import { originOf, relativeTo } from "../neighbours/origin.ts";

/** Rows of a block: 8,192 rows by 8 clusters are 256 KB, which a second-level cache holds. */
const blockRows = 8192;

/** Some rows that are worked on together. */
export interface Block {
  /** f32 [rows, columns], relative to the origin. */
  readonly x: Tensor;
  /** f32 [rows, 1]. */
  readonly weights: Tensor;
}

/** A table's rows in blocks. */
export class Blocks implements Disposable {
  readonly rows: number;
  readonly columns: number;
  readonly origin: Float32Array;
  /** f32 [rows, columns] on the host, relative to the origin. */
  readonly data: Float32Array;
  readonly weights: Float64Array;
  readonly device: Device;
  readonly all: readonly Block[];

  constructor({ x, weights }: FitData, device: Device, origin = originOf(x)) {
    const { rows, columns } = x;
    this.rows = rows;
    this.columns = columns;
    this.device = device;
    this.origin = origin;
    this.data = relativeTo(origin, x);
    this.weights = weights ?? new Float64Array(rows).fill(1);
    const all: Block[] = [];
    for (let from = 0; from < rows; from += blockRows) {
      const to = Math.min(rows, from + blockRows);
      all.push({
        x: tensor(this.data.subarray(from * columns, to * columns), [to - from, columns]),
        weights: tensor(Float32Array.from(this.weights.subarray(from, to)), [to - from, 1]),
      });
    }
    this.all = all;
  }

  /** One row on the host. */
  row(at: number): Float32Array {
    return this.data.subarray(at * this.columns, (at + 1) * this.columns);
  }

  /** Mean over the columns of their variance, every row counting once. */
  meanVariance(): number {
    const { rows, columns } = this;
    let total = 0;
    for (let column = 0; column < columns; column++) {
      let mean = 0;
      for (let at = column; at < this.data.length; at += columns) mean += (this.data[at] ?? 0) / rows;
      for (let at = column; at < this.data.length; at += columns) total += ((this.data[at] ?? 0) - mean) ** 2 / rows;
    }
    return total / columns;
  }

  [Symbol.dispose](): void {
    for (const { x, weights } of this.all) {
      x.dispose();
      weights.dispose();
    }
  }
}
