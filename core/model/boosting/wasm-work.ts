// Growing trees in the memory of a WASM device, by the kernels of kernels/boosting, on all of its threads: bins, scores and
// derivatives stay there for the whole fit.
import type { WasmWorkspace } from "../../device/wasm/wasm-device.ts";
import type { Matrix } from "../estimator.ts";
import { type BinnedColumn, binOf, totalBinsOf } from "./bin-columns.ts";
import { stretchRows } from "./derivatives.ts";
import { bestCategories, type Candidate, gainOfNode, splitOf } from "./find-split.ts";
import type { Objective } from "./objective.ts";
import {
  type BinnedTable,
  bitsOfRows,
  type FitRows,
  fixedFactor,
  gradientBits,
  hessianBits,
  type TreeWork,
} from "./tree-work.ts";
import { weightOfRows } from "./weight-of-rows.ts";

/** Bytes of a bin's sums. */
const binBytes = 16;
/** Rows of a unit of the kernels that bin and that put rows to sides. */
const binUnit = 64;
const partitionUnit = 16_384;
/** Bytes of a column's edges, and of a node as rows walk through it. */
const edgeBytes = 1024;
const nodeBytes = 272;
/** Values that are copied in at once to be binned. */
const stagedValues = 1 << 19;
/** Numbers that the search for splits takes, and those that it gives by column. */
const splitNumbers = 11;
const foundNumbers = 6;

/** Where a table's bins lie: by row, vectors apart, and by column. */
interface PlacedBins {
  readonly byRow: number;
  readonly stride: number;
  readonly byColumn: number;
  /** Bytes of a column. */
  readonly height: number;
}

const views = (space: WasmWorkspace) => ({
  i32: (at: number, length: number): Int32Array => new Int32Array(space.buffer, at, length),
  u8: (at: number, length: number): Uint8Array => new Uint8Array(space.buffer, at, length),
  f64: (at: number, length: number): Float64Array => new Float64Array(space.buffer, at, length),
  f32: (at: number, length: number): Float32Array => new Float32Array(space.buffer, at, length),
});

/**
 * Bins a table in a workspace, which it owns.
 * @throws OutOfMemoryError
 */
export const wasmTable = async (
  space: WasmWorkspace,
  { rows, columns: width, data }: Matrix,
  columns: readonly BinnedColumn[],
): Promise<BinnedTable> => {
  const { i32, u8, f32 } = views(space);
  // A row of up to 16 bytes never lies across two cache lines; longer ones begin at a vector.
  const stride = width > 8 ? Math.ceil(width / 16) * 16 : width > 4 ? 8 : 4;
  const height = Math.ceil(rows / 16) * 16;
  const bins = {
    byRow: space.allocate(rows * stride + 16),
    stride,
    byColumn: space.allocate(width * height),
    height,
  };
  const staged = Math.max(1, Math.min(rows, Math.floor(stagedValues / width)));
  const [stage, edges, counts, missing] = [
    space.allocate(4 * staged * width),
    space.allocate(edgeBytes * width),
    space.allocate(4 * width),
    space.allocate(4 * width),
  ];
  f32(edges, (edgeBytes / 4) * width).fill(Number.POSITIVE_INFINITY);
  i32(missing, width).fill(0);
  columns.forEach(({ edges: own, bins: count, categories }, column) => {
    f32(edges + edgeBytes * column, own.length).set(own);
    i32(counts, width)[column] = categories ? 0 : count;
  });
  for (let from = 0; from < rows; from += staged) {
    const count = Math.min(staged, rows - from);
    f32(stage, count * width).set(data.subarray(from * width, (from + count) * width));
    const words = [stage, count, width, edges, counts, missing, bins.byRow + from * stride, stride];
    const units = Math.ceil(count / binUnit);
    await space.launch("boostingBins", [...words, bins.byColumn + from, height], units, 8);
  }
  const found = Array.from(i32(missing, width), (flag) => flag === 1);
  columns.forEach((column, index) => {
    if (!column.categories) return;
    const own = binOf(column);
    const [byRow, byColumn] = [u8(bins.byRow, rows * stride), u8(bins.byColumn + index * height, rows)];
    for (let row = 0; row < rows; row++) {
      const bin = own(data[row * width + index] ?? Number.NaN);
      byRow[row * stride + index] = bin;
      byColumn[row] = bin;
      if (bin === column.bins) found[index] = true;
    }
  });
  for (const at of [stage, edges, counts, missing]) space.release(at);
  return {
    rows,
    columns,
    hasMissing: found,
    open: (objective, fitRows, histograms) =>
      wasmWork(space, bins, { rows, columns, hasMissing: found }, objective, fitRows, histograms),
    [Symbol.dispose]: () => space[Symbol.dispose](),
  };
};

const wasmWork = (
  space: WasmWorkspace,
  bins: PlacedBins,
  { rows, columns, hasMissing }: Omit<BinnedTable, "open" | typeof Symbol.dispose>,
  objective: Objective,
  { training, held }: FitRows,
  histograms: number,
): TreeWork => {
  const { groups, weights, bounds, target, slopes, kernel } = objective;
  const { threads } = space;
  const { i32, u8, f64 } = views(space);
  const owned: number[] = [];
  const take = (bytes: number): number => {
    const at = space.allocate(Math.max(8, bytes));
    owned.push(at);
    return at;
  };
  const width = columns.length;
  const totalBins = totalBinsOf(columns);
  const shift = bitsOfRows(training.length);
  const stretches = Math.ceil(Math.max(training.length, held.length) / stretchRows);
  const scores = take(8 * rows * groups);
  const derivatives = take(8 * rows * groups);
  const [order, right] = [take(4 * rows), take(4 * rows)];
  const targets = take(8 * rows);
  const ownWeights = weights ? take(8 * rows) : 0;
  const [trainingRows, heldRows] = [take(4 * training.length), take(4 * held.length)];
  const [walkers, lossSums] = [take(4 * rows), take(16 * stretches)];
  const parameters = take(32);
  const places = take(binBytes * totalBins * histograms);
  const placeOf = (index: number): number => places + binBytes * totalBins * index;
  const [summed, searched] = [take(8 * width), take(16 * width)];
  const [numbers, found] = [take(8 * splitNumbers), take(8 * foundNumbers * width)];
  const [sides, counts] = [take(256), take(4 * Math.ceil(rows / partitionUnit))];
  const nodesAt = take(nodeBytes * 2 * histograms);
  const leavesAt = take(16 * histograms);
  f64(targets, rows).set(target);
  if (weights) f64(ownWeights, rows).set(weights);
  i32(trainingRows, training.length).set(training);
  i32(heldRows, held.length).set(held);
  const { all: trainingWeight, largest: heaviest } = weightOfRows(weights, training);
  const heldWeight = weightOfRows(weights, held).all;
  const hessianFactor = fixedFactor(heaviest * bounds.hessian, hessianBits(training.length));
  let gradientFactor = 1;
  let ownGroup = 0;
  let used = new Int32Array();
  let isWhole = false;

  /** Losses of rows and their largest gradient; writes derivatives where asked to. */
  const derive = async (at: number, count: number, into: number): Promise<{ loss: number; largest: number }> => {
    const units = Math.ceil(count / stretchRows);
    f64(parameters, 4).set([gradientFactor, hessianFactor, slopes.below, slopes.above]);
    const words = [at, count, scores, targets, ownWeights, into, lossSums, parameters, rows, groups];
    await space.launch(kernel, words, units, 1);
    const sums = { loss: 0, largest: 0 };
    const own = f64(lossSums, 2 * units);
    for (let unit = 0; unit < units; unit++) {
      sums.loss += own[2 * unit] ?? 0;
      sums.largest = Math.max(sums.largest, own[2 * unit + 1] ?? 0);
    }
    return sums;
  };

  const sumsOf = (place: number, index: number) => {
    const { offset = 0, bins: count = 0 } = columns[index] ?? {};
    const words = i32(placeOf(place) + binBytes * offset, 4 * (count + 1));
    const low = (at: number): number => (words[at] ?? 0) >>> 0;
    return {
      gradient: (bin: number) => ((words[4 * bin + 1] ?? 0) * 2 ** 32 + low(4 * bin)) / gradientFactor,
      hessian: (bin: number) =>
        (low(4 * bin + 3) * 2 ** (32 - shift) + Math.floor(low(4 * bin + 2) / 2 ** shift)) / hessianFactor,
      rows: (bin: number) => low(4 * bin + 2) % 2 ** shift,
    };
  };

  return {
    scores: () => f64(scores, rows * groups),
    begin: (start) => {
      start.forEach((value, group) => {
        f64(scores, rows * groups).fill(value, group * rows, (group + 1) * rows);
      });
    },
    derive: async () => {
      const most = bounds.gradient ?? (await derive(trainingRows, training.length, 0)).largest / heaviest;
      gradientFactor = fixedFactor(heaviest * most, gradientBits(training.length));
      return (await derive(trainingRows, training.length, derivatives)).loss / trainingWeight;
    },
    heldLoss: async () => (await derive(heldRows, held.length, 0)).loss / heldWeight,
    plant: (group, bag, mayUse) => {
      ownGroup = group;
      i32(order, bag.length).set(bag);
      isWhole = bag.length === rows;
      used = mayUse.slice();
      const [own, search] = [i32(summed, 2 * width), i32(searched, 4 * width)];
      used.forEach((column, i) => {
        const { offset = 0 } = columns[column] ?? {};
        own.set([column, binBytes * offset], 2 * i);
      });
      used.forEach((index, i) => {
        const { offset = 0, bins: count = 0, categories } = columns[index] ?? {};
        search.set([binBytes * offset, count, (categories ? 1 : 0) + (hasMissing[index] ? 2 : 0)], 4 * i);
      });
    },
    free: Array.from({ length: histograms }, (_, i) => i),
    sum: async (into, from, to) => {
      const at = placeOf(into);
      u8(at, binBytes * totalBins).fill(0);
      // Rows in their own order are read where they lie.
      const inPlace = isWhole && to - from === rows ? 1 : 0;
      const words = [bins.byRow, bins.stride, summed, derivatives + 8 * rows * ownGroup, order, from, to, at, shift];
      const grain = Math.ceil(used.length / threads);
      await space.launch("boostingHistogram", [...words, inPlace], used.length, grain);
    },
    subtract: async (parent, child) => {
      const grain = Math.max(4096, Math.ceil(totalBins / threads));
      await space.launch("boostingSubtract", [placeOf(parent), placeOf(child)], totalBins, grain);
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
      const { sums, bounds: within, options } = node;
      const { l1, l2, minSumHessianInLeaf, minGainToSplit, minDataInLeaf, signs } = options;
      const [unit, hessianUnit] = [1 / gradientFactor, 1 / hessianFactor];
      const search = i32(searched, 4 * width);
      used.forEach((index, i) => {
        search[4 * i + 3] = signs[index] ?? 0;
      });
      const { lower, upper } = within;
      const given = [unit, hessianUnit, l1, l2, minSumHessianInLeaf, sums.gradient, sums.hessian, lower, upper];
      f64(numbers, splitNumbers).set([...given, gainOfNode(node), minGainToSplit]);
      const words = [searched, placeOf(of), numbers, Math.min(minDataInLeaf, 2 ** 31), sums.rows, shift, found];
      await space.launch("boostingSplit", words, used.length, Math.ceil(used.length / threads));
      const results = f64(found, foundNumbers * width);
      const candidateOf = (i: number): Candidate => {
        const [gain = 0, gradient = 0, hessian = 0, count = 0, place = 0, missingLeft = 0] = results.subarray(
          foundNumbers * i,
        );
        return {
          gain,
          gradient,
          hessian,
          rows: count,
          count: place,
          missingLeft: missingLeft === 1,
          penalties: options,
        };
      };
      let best: { readonly candidate: Candidate; readonly index: number; readonly column: BinnedColumn } | undefined;
      for (const [i, index] of used.entries()) {
        const column = columns[index];
        const least = best?.candidate.gain ?? minGainToSplit;
        if (!column) continue;
        const candidate = column.categories
          ? bestCategories(sumsOf(of, index), column, node, least)
          : (results[foundNumbers * i] ?? 0) > least
            ? candidateOf(i)
            : undefined;
        if (candidate) best = { candidate, index, column };
      }
      if (!best) return undefined;
      const { index, column, candidate } = best;
      return splitOf(index, column, candidate, sumsOf(of, index).rows(column.bins), node);
    },
    partition: async (from, to, column, goesLeft) => {
      u8(sides, goesLeft.length).set(goesLeft);
      const words = [order, from, to, bins.byColumn + column * bins.height, sides, right, counts];
      const units = Math.ceil((to - from) / partitionUnit);
      await space.launch("boostingPartition", words, units, 1);
      await space.launch("boostingJoin", words, 1, 1);
      return i32(counts, units).reduce((sum, count) => sum + count, from);
    },
    rowsOf: (from, to) => i32(order, to).subarray(from),
    addLeaves: async (leaves) => {
      const [ends, values] = [i32(leavesAt, 4 * leaves.length), f64(leavesAt, 2 * leaves.length)];
      leaves.forEach(({ from, to, value }, i) => {
        ends.set([from, to], 4 * i);
        values[2 * i + 1] = value;
      });
      await space.launch("boostingAddLeaves", [order, scores + 8 * rows * ownGroup, leavesAt], leaves.length, 1);
    },
    walk: async (own, nodes) => {
      i32(walkers, own.length).set(own);
      nodes.forEach(({ column, left = 0, value, goesLeft }, i) => {
        const at = nodesAt + nodeBytes * i;
        i32(at, 2).set([column, left]);
        f64(at + 8, 1)[0] = value;
        if (goesLeft) u8(at + 16, goesLeft.length).set(goesLeft);
      });
      const words = [walkers, bins.byRow, bins.stride, nodesAt, scores + 8 * rows * ownGroup];
      await space.launch("boostingWalk", words, own.length, 4096);
    },
    [Symbol.dispose]: () => {
      for (const at of owned) space.release(at);
    },
  };
};
