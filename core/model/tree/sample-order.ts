// A node's samples in the order of one column: counted where ranks are few, sorted where they are many.
import type { CodedColumn } from "./coded-column.ts";

/** Samples sorted by rank, missing values last. */
export interface SampleOrder {
  readonly samples: Int32Array;
  readonly codes: Uint16Array;
}

/** Up to so many samples inserting beats counting and the sort's call. */
const fewSamples = 24;

/** A function that puts samples [from, to) into `order`; false when they all have one rank. It reuses its arrays. */
export const sampleSorter = (rows: number, mostCodes: number, order: SampleOrder) => {
  const counts = new Int32Array(mostCodes + 2);
  const keys = new Float64Array(rows);
  const { samples: sorted, codes: sortedCodes } = order;

  const insert = (samples: Int32Array, from: number, to: number, codes: Uint16Array): void => {
    for (let i = from; i < to; i++) {
      const sample = samples[i] ?? 0;
      const code = codes[sample] ?? 0;
      let at = i - from;
      for (; at > 0 && (sortedCodes[at - 1] ?? 0) > code; at--) {
        sorted[at] = sorted[at - 1] ?? 0;
        sortedCodes[at] = sortedCodes[at - 1] ?? 0;
      }
      sorted[at] = sample;
      sortedCodes[at] = code;
    }
  };

  const count = (
    samples: Int32Array,
    from: number,
    to: number,
    codes: Uint16Array,
    low: number,
    high: number,
  ): void => {
    counts.fill(0, low, high + 2);
    for (let i = from; i < to; i++) {
      const place = (codes[samples[i] ?? 0] ?? 0) + 1;
      counts[place] = (counts[place] ?? 0) + 1;
    }
    for (let code = low + 1; code <= high; code++) counts[code] = (counts[code] ?? 0) + (counts[code - 1] ?? 0);
    for (let i = from; i < to; i++) {
      const sample = samples[i] ?? 0;
      const code = codes[sample] ?? 0;
      const at = counts[code] ?? 0;
      counts[code] = at + 1;
      sorted[at] = sample;
      sortedCodes[at] = code;
    }
  };

  const sortKeys = (samples: Int32Array, from: number, to: number, codes: Uint16Array): void => {
    const own = keys.subarray(0, to - from);
    for (let i = from; i < to; i++) own[i - from] = (codes[samples[i] ?? 0] ?? 0) * 2 ** 32 + (samples[i] ?? 0);
    own.sort();
    for (let i = 0; i < own.length; i++) {
      const key = own[i] ?? 0;
      const code = Math.floor(key / 2 ** 32);
      sortedCodes[i] = code;
      sorted[i] = key - code * 2 ** 32;
    }
  };

  return (samples: Int32Array, from: number, to: number, { codes }: CodedColumn): boolean => {
    let low = codes[samples[from] ?? 0] ?? 0;
    let high = low;
    for (let i = from + 1; i < to; i++) {
      const code = codes[samples[i] ?? 0] ?? 0;
      if (code < low) low = code;
      else if (code > high) high = code;
    }
    if (low === high) return false;
    if (to - from <= fewSamples) insert(samples, from, to, codes);
    else if (high - low <= 4 * (to - from)) count(samples, from, to, codes, low, high);
    else sortKeys(samples, from, to, codes);
    return true;
  };
};
