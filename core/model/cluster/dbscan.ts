// DBSCAN (Ester, Kriegel, Sander and Xu 1996). The device finds which rows may be near, by a matrix product with room for its
// rounding; the host measures those in float64, so that a distance of exactly eps counts as in scikit-learn. Time is
// rows^2 x columns; memory is a block's nearness and the neighbours of rows that are no cores.
import { full, type Tensor, tensor } from "../../tensor/tensor.ts";
import { compile } from "../../transform/compile.ts";
import { breather } from "../breath.ts";
import { checkNumber, checkOption } from "../check-option.ts";
import type { EstimatorDefinition, FitContext, FitData, Plain } from "../estimator.ts";
import { nearest, storeRows } from "../neighbours/nearest.ts";
import { originOf, relativeTo } from "../neighbours/origin.ts";
import { parameterOf } from "../parameter-of.ts";
import { Sets } from "./sets.ts";
import type { DBSCAN } from "./specification.ts";
import { smallListOf } from "./state.ts";

/** Pairs whose nearness is worked out at a time: 16 MB of float32. */
const pairsTogether = 2 ** 22;

/** Calls `each` with every row and, ascending, the rows that may be within eps of it; its own is among them. */
const candidates = async (
  relative: Float32Array,
  columns: number,
  eps: number,
  { device, signal, report }: FitContext,
  each: (row: number, near: readonly number[]) => void,
): Promise<void> => {
  const rows = relative.length / columns;
  let longest = 0;
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let at = row * columns; at < (row + 1) * columns; at++) sum += (relative[at] ?? 0) ** 2;
    longest = Math.max(longest, sum);
  }
  // A product of `columns` terms, and the two squares, are each off by at most columns x 2^-24 of the squared lengths.
  const bound = eps * eps * (1 + 2 ** -20) + (columns + 4) * 2 ** -21 * longest;
  const squares = (x: Tensor): Tensor => x.square().sum({ axis: 1 });
  using mayBeNear = compile(
    (some: Tensor, all: Tensor) =>
      squares(some)
        .reshape([some.shape[0] ?? 0, 1])
        .add(squares(all))
        .subtract(some.matmul(all, { transposeB: true }).multiply(2))
        .lessEqual(bound),
    { device },
  );
  using all = tensor(relative, [rows, columns]);
  const size = Math.max(1, Math.floor(pairsTogether / rows));
  const breathe = breather(signal);
  for (let from = 0; from < rows; from += size) {
    const count = Math.min(size, rows - from);
    using some = tensor(relative.subarray(from * columns, (from + count) * columns), [count, columns]);
    using near = await mayBeNear(some, all);
    const mask = await near.data();
    for (let row = 0; row < count; row++) {
      const found: number[] = [];
      const own = mask.subarray(row * rows, (row + 1) * rows);
      for (let other = own.indexOf(1); other >= 0; other = own.indexOf(1, other + 1)) found.push(other);
      each(from + row, found);
    }
    const done = (from + count) / rows;
    report?.({ step: from + count, epoch: 0, epochs: 1, fraction: done });
    await breathe();
  }
};

/** The cluster of each row, -1 for none, and which rows are cores. */
const clusterRows = async ({ eps, minSamples }: DBSCAN, data: FitData, context: FitContext) => {
  const { x, weights } = data;
  const { rows, columns } = x;
  const within = (left: number, right: number): boolean => {
    let sum = 0;
    for (let column = 0; column < columns; column++)
      sum += ((x.data[left * columns + column] ?? 0) - (x.data[right * columns + column] ?? 0)) ** 2;
    return Math.sqrt(sum) <= eps;
  };
  const isCore = new Uint8Array(rows);
  const sets = new Sets(rows);
  /** Neighbours of rows that are no cores: there are few. */
  const border = new Map<number, readonly number[]>();
  await candidates(relativeTo(originOf(x), x), columns, eps, context, (row, near) => {
    const own = near.filter((other) => within(row, other));
    const weight = weights ? own.reduce((sum, other) => sum + (weights[other] ?? 0), 0) : own.length;
    if (weight < minSamples) {
      border.set(row, own);
      return;
    }
    isCore[row] = 1;
    // A core's later neighbours join it when their turn comes.
    for (const other of own) if (other < row && isCore[other] === 1) sets.join(other, row);
  });
  const labels = new Int32Array(rows).fill(-1);
  const codeOf = new Map<number, number>();
  for (let row = 0; row < rows; row++) {
    if (isCore[row] === 0) continue;
    const root = sets.find(row);
    const code = codeOf.get(root) ?? codeOf.size;
    codeOf.set(root, code);
    labels[row] = code;
  }
  // Clusters grow one after another: a row at the border of several is the first one's.
  for (const [row, own] of border)
    for (const other of own) {
      const code = labels[other] ?? -1;
      const before = labels[row] ?? -1;
      if (isCore[other] === 1 && (before < 0 || code < before)) labels[row] = code;
    }
  return { labels, isCore, clusters: codeOf.size };
};

const hasCores = (state: Plain): boolean =>
  state !== null && typeof state === "object" && "clusters" in state && state.clusters !== 0;

export const dbscanDefinition: EstimatorDefinition<DBSCAN> = {
  kind: "DBSCAN",
  task: "clustering",
  takesMissing: false,
  takesCategories: false,
  check: ({ kind, eps, minSamples }) => {
    checkOption(kind, "eps", eps > 0 && Number.isFinite(eps), "a finite number above 0", eps);
    checkNumber(kind, "minSamples", minSamples, 1);
  },
  fit: async (specification, data, context) => {
    const { labels, isCore, clusters } = await clusterRows(specification, data, context);
    const { columns } = data.x;
    const cores = [...isCore.keys()].filter((row) => isCore[row] === 1);
    const core = new Float32Array(cores.length * columns);
    cores.forEach((row, i) => {
      core.set(data.x.data.subarray(row * columns, (row + 1) * columns), i * columns);
    });
    const stored = await storeRows({ ...data.x, rows: cores.length, data: core }, "euclidean", context);
    return {
      parameters:
        clusters === 0
          ? {}
          : {
              ...stored,
              coreClusters: { shape: [cores.length], data: Int32Array.from(cores, (row) => labels[row] ?? -1) },
            },
      state: { clusters, labels: smallListOf(labels), coreRows: smallListOf(cores) },
    };
  },
  /**
   * The cluster of the nearest core if it is within eps, else -1. DBSCAN itself knows no new rows; a training row at the border
   * of several clusters may get another of them than its label, which is the first cluster's.
   */
  apply: ({ eps }, state, features, parameters) => {
    const rows = features.shape[0] ?? 0;
    if (!hasCores(state)) return { cluster: full([rows], -1, "i32") };
    const { distances, indices } = nearest(features, "euclidean", parameters, 1);
    const found = parameterOf(parameters, "coreClusters").gather(indices);
    return {
      cluster: distances
        .lessEqual(Math.fround(eps))
        .where(found, full([rows, 1], -1, "i32"))
        .reshape([rows]),
    };
  },
  work: (_, { rows, columns }) => ({ flops: 2 * rows * rows * columns, bytes: 6 * rows * rows }),
};
