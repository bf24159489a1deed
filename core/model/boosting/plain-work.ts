// Growing trees in plain arrays: the reference device's, and everybody's where a table does not fit WASM memory.
import type { Matrix } from "../estimator.ts";
import { type BinnedColumn, binOf, totalBinsOf } from "./bin-columns.ts";
import { deriveRows } from "./derivatives.ts";
import { bestCategories, bestThreshold, type Candidate, splitOf } from "./find-split.ts";
import { nearest } from "./float64.ts";
import type { Objective } from "./objective.ts";
import { type BinnedTable, type FitRows, fixedFactor, gradientBits, hessianBits, type TreeWork } from "./tree-work.ts";
import { weightOfRows } from "./weight-of-rows.ts";

/** Gradient, hessian and rows of each bin: whole numbers below 2^53, which float64 adds exactly. */
const sumsOfBin = 3;

/** Bins a table into an array of its own, row by row. */
export const plainTable = ({ rows, columns: width, data }: Matrix, columns: readonly BinnedColumn[]): BinnedTable => {
  const bins = new Uint8Array(rows * width);
  const hasMissing = columns.map((column, index) => {
    const own = binOf(column);
    let found = false;
    for (let at = index; at < data.length; at += width) {
      const bin = own(data[at] ?? Number.NaN);
      bins[at] = bin;
      found ||= bin === column.bins;
    }
    return found;
  });
  const open = (objective: Objective, fitRows: FitRows, histograms: number): TreeWork =>
    plainWork(bins, { rows, columns, hasMissing }, objective, fitRows, histograms);
  return { rows, columns, hasMissing, open, [Symbol.dispose]: () => {} };
};

const plainWork = (
  bins: Uint8Array,
  { rows, columns, hasMissing }: Omit<BinnedTable, "open" | typeof Symbol.dispose>,
  objective: Objective,
  { training, held }: FitRows,
  histograms: number,
): TreeWork => {
  const { groups, weights, bounds } = objective;
  const width = columns.length;
  const scores = new Float64Array(rows * groups);
  const gradients = Array.from({ length: groups }, () => new Int32Array(rows));
  const hessians = Array.from({ length: groups }, () => new Int32Array(rows));
  const places = Array.from({ length: histograms }, () => new Float64Array(sumsOfBin * totalBinsOf(columns)));
  const placeOf = (index: number): Float64Array => places[index] ?? new Float64Array();
  const { all: trainingWeight, largest: heaviest } = weightOfRows(weights, training);
  const heldWeight = weightOfRows(weights, held).all;
  const hessianFactor = fixedFactor(heaviest * bounds.hessian, hessianBits(training.length));
  let gradientFactor = 1;
  let [own, ownHessians] = [new Int32Array(), new Int32Array()];
  let order = new Int32Array();
  let ownGroup = 0;
  let used = new Int32Array();
  const sumsOf = (place: number, index: number) => {
    const { offset = 0 } = columns[index] ?? {};
    const histogram = placeOf(place);
    const at = (bin: number, k: number): number => histogram[sumsOfBin * (offset + bin) + k] ?? 0;
    return {
      gradient: (bin: number) => at(bin, 0) / gradientFactor,
      hessian: (bin: number) => at(bin, 1) / hessianFactor,
      rows: (bin: number) => at(bin, 2),
    };
  };
  return {
    scores: () => scores,
    begin: (start) => {
      start.forEach((value, group) => {
        scores.fill(value, group * rows, (group + 1) * rows);
      });
    },
    derive: async () => {
      const most = bounds.gradient ?? deriveRows(objective, scores, training).largest / heaviest;
      gradientFactor = fixedFactor(heaviest * most, gradientBits(training.length));
      const { loss } = deriveRows(objective, scores, training, (group, row, gradient, hessian) => {
        const [g = own, h = own] = [gradients[group], hessians[group]];
        g[row] = nearest(gradient * gradientFactor);
        h[row] = nearest(hessian * hessianFactor);
      });
      return loss / trainingWeight;
    },
    heldLoss: async () => deriveRows(objective, scores, held).loss / heldWeight,
    plant: (group, bag, mayUse) => {
      ownGroup = group;
      [own, ownHessians] = [gradients[group] ?? own, hessians[group] ?? own];
      order = bag.slice();
      used = mayUse.slice();
    },
    free: places.map((_, i) => i),
    sum: async (into, from, to) => {
      const histogram = placeOf(into).fill(0);
      const offsets = Int32Array.from(used, (column) => columns[column]?.offset ?? 0);
      for (let i = from; i < to; i++) {
        const row = order[i] ?? 0;
        const gradient = own[row] ?? 0;
        const hessian = ownHessians[row] ?? 0;
        for (let k = 0; k < used.length; k++) {
          const at = sumsOfBin * ((offsets[k] ?? 0) + (bins[row * width + (used[k] ?? 0)] ?? 0));
          histogram[at] = (histogram[at] ?? 0) + gradient;
          histogram[at + 1] = (histogram[at + 1] ?? 0) + hessian;
          histogram[at + 2] = (histogram[at + 2] ?? 0) + 1;
        }
      }
    },
    subtract: async (parent, child) => {
      const [from, less] = [placeOf(parent), placeOf(child)];
      for (let at = 0; at < from.length; at++) from[at] = (from[at] ?? 0) - (less[at] ?? 0);
    },
    total: (of, column) => {
      const sums = sumsOf(of, column);
      const total = { gradient: 0, hessian: 0, rows: 0 };
      for (let bin = 0; bin <= (columns[column]?.bins ?? 0); bin++) {
        total.gradient += sums.gradient(bin);
        total.hessian += sums.hessian(bin);
        total.rows += sums.rows(bin);
      }
      return total;
    },
    split: async (of, node) => {
      let best: { readonly candidate: Candidate; readonly index: number; readonly column: BinnedColumn } | undefined;
      for (const index of used) {
        const column = columns[index];
        if (!column) continue;
        const least = best?.candidate.gain ?? node.options.minGainToSplit;
        const candidate = column.categories
          ? bestCategories(sumsOf(of, index), column, node, least)
          : bestThreshold(
              sumsOf(of, index),
              column,
              hasMissing[index] ?? false,
              node.options.signs[index] ?? 0,
              node,
              least,
            );
        if (candidate) best = { candidate, index, column };
      }
      if (!best) return undefined;
      const { index, column, candidate } = best;
      return splitOf(index, column, candidate, sumsOf(of, index).rows(column.bins), node);
    },
    partition: async (from, to, column, goesLeft) => {
      const right: number[] = [];
      let lefts = from;
      for (const row of order.subarray(from, to)) {
        if (goesLeft[bins[row * width + column] ?? 0]) order[lefts++] = row;
        else right.push(row);
      }
      order.set(right, lefts);
      return lefts;
    },
    rowsOf: (from, to) => order.subarray(from, to),
    addLeaves: async (leaves) => {
      for (const { from, to, value } of leaves)
        for (const row of order.subarray(from, to)) {
          const at = ownGroup * rows + row;
          scores[at] = (scores[at] ?? 0) + value;
        }
    },
    walk: async (walkers, nodes) => {
      for (const row of walkers) {
        let node = nodes[0];
        while (node?.left !== undefined)
          node = nodes[node.goesLeft?.[bins[row * width + node.column] ?? 0] ? node.left : node.left + 1];
        const at = ownGroup * rows + row;
        scores[at] = (scores[at] ?? 0) + (node?.value ?? 0);
      }
    },
    [Symbol.dispose]: () => {},
  };
};
