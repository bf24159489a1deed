// Metric points as bytes: int32 steps and float64 values, little endian whatever the machine, so that a chunk can be
// handed to a browser's typed arrays as it is. Twelve bytes a point and one row for a second's worth of them.

/** A run of points. */
export type Points = { readonly steps: readonly number[]; readonly values: readonly number[] };

/** Packs points; steps and values have the same length. */
export function packPoints(points: Points): { steps: Buffer; values: Buffer } {
  const steps = Buffer.alloc(points.steps.length * 4);
  const values = Buffer.alloc(points.values.length * 8);
  points.steps.forEach((step, index) => {
    steps.writeInt32LE(step, index * 4);
  });
  points.values.forEach((value, index) => {
    values.writeDoubleLE(value, index * 8);
  });
  return { steps, values };
}

/** Reads packed points. */
export function unpackPoints(chunk: { steps: Uint8Array; values: Uint8Array }): {
  steps: number[];
  values: number[];
} {
  const steps = new DataView(chunk.steps.buffer, chunk.steps.byteOffset, chunk.steps.byteLength);
  const values = new DataView(chunk.values.buffer, chunk.values.byteOffset, chunk.values.byteLength);
  const count = steps.byteLength / 4;
  return {
    steps: Array.from({ length: count }, (_, index) => steps.getInt32(index * 4, true)),
    values: Array.from({ length: count }, (_, index) => values.getFloat64(index * 8, true)),
  };
}
