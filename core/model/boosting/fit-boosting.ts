// Boosting: rounds of trees, each fitted to the derivatives of the loss at the sum of those before it.
import { ArgumentError } from "@millrace/kernels";
import { randomStream, shuffle } from "../../validate/random-stream.ts";
import { breather } from "../breath.ts";
import type { FitContext, FitData, FittedModel } from "../estimator.ts";
import { type EnsembleBuilder, ensembleBuilder, ensembleParameters, ensembleState } from "../tree/ensemble.ts";
import { type BinnedMatrix, binMatrix } from "./binned-matrix.ts";
import { type BoostedNode, growBoostedTree } from "./grow-boosted-tree.ts";
import { toFixedPoint } from "./histogram.ts";
import { plainHistograms, wasmHistograms } from "./histogram-memory.ts";
import { objectiveOf } from "./objective.ts";
import type { GradientBoosting } from "./specification.ts";

/** Purposes of random streams. */
const splitPurpose = 0xb00_0000;
const binPurpose = splitPurpose + 1;
const roundPurpose = 0xb10_0000;

/** Some of the values, as many as the part says but at least one, in the order they had. */
const drawn = (values: Int32Array, part: number, seed: number, purpose: number): Int32Array => {
  if (part >= 1) return values.slice();
  const order = shuffle(
    Uint32Array.from(values, (_, i) => i),
    randomStream(seed, purpose),
  );
  const count = Math.max(1, Math.round(part * values.length));
  return Int32Array.from(order.subarray(0, count).sort(), (i) => values[i] ?? 0);
};

/** The leaf that a row of the binned matrix reaches. */
const leafOf = ({ bins, columns }: BinnedMatrix, nodes: readonly BoostedNode[], row: number): number => {
  let place = 0;
  for (;;) {
    const { split, left } = nodes[place] ?? {};
    if (!split || left === undefined) return place;
    place = split.goesLeft[bins[row * columns.length + split.column] ?? 0] ? left : left + 1;
  }
};

/** Writes a tree as the ensemble keeps it. */
const appendTree = (
  builder: EnsembleBuilder,
  nodes: readonly BoostedNode[],
  values: Float32Array,
  { columns }: BinnedMatrix,
): void => {
  const open = [0, builder.root()];
  while (open.length > 0) {
    const [from = 0, to = 0] = open.splice(-2);
    const node = nodes[from];
    builder.setValue(to, 0, values[from] ?? 0);
    builder.setCover(to, node?.sums.rows ?? 0);
    if (!node?.split || node.left === undefined) continue;
    const { column, goesLeft, lastBin } = node.split;
    const binned = columns[column];
    if (!binned) continue;
    // Behind the last edge stand all values.
    const side =
      lastBin === undefined
        ? { categories: binned.categories?.filter((_, bin) => goesLeft[bin]) ?? [] }
        : { threshold: binned.edges[lastBin] ?? Number.POSITIVE_INFINITY };
    const left = builder.split(to, { column, ...side, missingLeft: goesLeft[binned.bins] === 1 });
    open.push(node.left + 1, left + 1, node.left, left);
  }
};

/** Rows of a fit. */
export interface FitRows {
  /** Rows that trees are grown over, at least one. */
  readonly training: Int32Array;
  /** Rows that judge rounds where the specification has patience. */
  readonly held: Int32Array;
}

/**
 * Fits boosted trees. The state holds `rounds` kept, `importances` (gain by column, which sum to 1), and the `curve`: the
 * training loss before each round, and after each round the validation loss where rows were kept for it.
 */
export const fitBoosting = async (
  specification: GradientBoosting,
  data: FitData,
  context: FitContext,
): Promise<FittedModel> => {
  const { patience, monotoneConstraints } = specification;
  const { seed, signal } = context;
  const { rows, columns } = data.x;
  if (monotoneConstraints && monotoneConstraints.length !== columns)
    throw new ArgumentError(
      `${specification.kind}: monotoneConstraints are one a column, ${columns}, but got ${monotoneConstraints.length}`,
    );
  objectiveOf(specification, data);
  const counted = Int32Array.from({ length: rows }, (_, row) => row).filter((row) => (data.weights?.[row] ?? 1) > 0);
  const training =
    patience === null ? counted : drawn(counted, 1 - specification.validationFraction, seed, splitPurpose);
  const isTraining = new Uint8Array(rows);
  for (const row of training) isTraining[row] = 1;
  const held = counted.filter((row) => !isTraining[row]);
  if (training.length === 0)
    throw new ArgumentError(`${specification.kind}: all rows have weight 0; boosting takes at least one above it`);
  if (patience !== null && held.length === 0)
    throw new ArgumentError(`${specification.kind}: ${counted.length} rows leave none that judge rounds for patience`);

  const matrix = await binMatrix(
    data.x,
    training,
    specification.maxBins,
    randomStream(seed, binPurpose),
    breather(signal),
  );
  return fitBinned(specification, data, context, { training, held }, matrix);
};

/** The fit behind the bins: see fitBoosting. */
export const fitBinned = async (
  specification: GradientBoosting,
  data: FitData,
  { device, seed, signal, report }: FitContext,
  { training, held }: FitRows,
  matrix: BinnedMatrix,
): Promise<FittedModel> => {
  const { nEstimators, learningRate, patience, baggingFraction, featureFraction } = specification;
  const { rows, columns } = data.x;
  const objective = objectiveOf(specification, data);
  const { groups } = objective;
  const breath = breather(signal);
  const start = Float32Array.from(objective.start(training));
  const scores = Float64Array.from({ length: rows * groups }, (_, at) => start[at % groups] ?? 0);
  const gradients = new Float64Array(rows);
  const hessians = new Float64Array(rows);
  const open = device.kind === "reference" ? plainHistograms : wasmHistograms;
  const memory = await open(matrix, specification.numLeaves + 1);
  const fixedGradients = { values: memory.gradients, unit: 1 };
  const fixedHessians = { values: memory.hessians, unit: 1 };
  const options = {
    ...specification,
    l1: specification.lambdaL1,
    l2: specification.lambdaL2,
    maxDepth: specification.maxDepth ?? Number.POSITIVE_INFINITY,
  };
  const allColumns = Int32Array.from({ length: columns }, (_, column) => column);
  const builder = ensembleBuilder(1, groups);
  const trees: { readonly nodes: readonly BoostedNode[]; readonly values: Float32Array }[] = [];
  const losses: number[] = [];
  const validationLosses: number[] = [];
  let best = 0;
  for (let round = 0; round < nEstimators; round++) {
    losses.push(objective.loss(scores, training));
    const purpose = roundPurpose + round * (groups + 1);
    const bag = drawn(training, baggingFraction, seed, purpose);
    // Derivatives of all groups are taken at the scores before the round.
    const before = groups > 1 ? scores.slice() : scores;
    for (let group = 0; group < groups; group++) {
      objective.derive(before, group, training, gradients, hessians);
      toFixedPoint(gradients, fixedGradients);
      toFixedPoint(hessians, fixedHessians);
      const used = drawn(allColumns, featureFraction, seed, purpose + 1 + group);
      const order = memory.order.subarray(0, bag.length);
      order.set(bag);
      const nodes = await growBoostedTree(matrix, used, fixedGradients, fixedHessians, order, options, memory, breath);
      const values = Float32Array.from(nodes, (node) => {
        if (node.split) return 0;
        const own = objective.leafValue?.(scores, order.subarray(node.from, node.to)) ?? node.value;
        return learningRate * own;
      });
      const add = (row: number, place: number): void => {
        scores[row * groups + group] = (scores[row * groups + group] ?? 0) + (values[place] ?? 0);
      };
      if (bag.length === training.length)
        nodes.forEach((node, place) => {
          if (!node.split) for (let i = node.from; i < node.to; i++) add(order[i] ?? 0, place);
        });
      else for (const row of training) add(row, leafOf(matrix, nodes, row));
      for (const row of held) add(row, leafOf(matrix, nodes, row));
      trees.push({ nodes, values });
    }
    const step = { step: round + 1, epoch: round + 1, epochs: nEstimators, fraction: (round + 1) / nEstimators };
    const loss = losses.at(-1) ?? 0;
    if (patience === null) {
      best = round + 1;
      report?.({ ...step, loss });
      continue;
    }
    const validationLoss = objective.loss(scores, held);
    validationLosses.push(validationLoss);
    if (round === 0 || validationLoss < (validationLosses[best - 1] ?? 0)) best = round + 1;
    report?.({ ...step, loss, validationLoss });
    if (round + 1 - best >= patience) break;
  }

  const gains = new Float64Array(columns);
  for (const { nodes, values } of trees.slice(0, best * groups)) {
    appendTree(builder, nodes, values, matrix);
    for (const { split } of nodes) if (split) gains[split.column] = (gains[split.column] ?? 0) + split.gain;
  }
  const ensemble = builder.build();
  const total = gains.reduce((sum, gain) => sum + gain, 0);
  return {
    parameters: { ...ensembleParameters(ensemble), base: { shape: [groups], data: start } },
    state: {
      ...ensembleState(ensemble),
      rounds: best,
      importances: [...gains].map((gain) => (total > 0 ? gain / total : 0)),
      curve: { loss: losses, validationLoss: validationLosses },
    },
  };
};
