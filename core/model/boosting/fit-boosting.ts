// Boosting: rounds of trees, each fitted to the derivatives of the loss at the sum of those before it.
import { ArgumentError } from "@millrace/kernels";
import { randomStream, shuffle } from "../../validate/random-stream.ts";
import { breather } from "../breath.ts";
import type { FitContext, FitData, FittedModel } from "../estimator.ts";
import { type EnsembleBuilder, ensembleBuilder, ensembleParameters, ensembleState } from "../tree/ensemble.ts";
import type { BinnedColumn } from "./bin-columns.ts";
import { binTable } from "./bin-table.ts";
import { type BoostedNode, growBoostedTree } from "./grow-boosted-tree.ts";
import { objectiveOf } from "./objective.ts";
import type { GradientBoosting } from "./specification.ts";
import type { BinnedTable, FitRows } from "./tree-work.ts";

/** Purposes of random streams. */
const splitPurpose = 0xb00_0000;
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

/** Those of rising rows that are not among others of them. */
const withoutRows = (rows: Int32Array, others: Int32Array): Int32Array => {
  let next = 0;
  return rows.filter((row) => {
    if (others[next] !== row) return true;
    next++;
    return false;
  });
};

/** Writes a tree as the ensemble keeps it. */
const appendTree = (
  builder: EnsembleBuilder,
  nodes: readonly BoostedNode[],
  values: Float32Array,
  columns: readonly BinnedColumn[],
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
  const { seed } = context;
  const { rows, columns } = data.x;
  if (monotoneConstraints && monotoneConstraints.length !== columns)
    throw new ArgumentError(
      `${specification.kind}: monotoneConstraints are one a column, ${columns}, but got ${monotoneConstraints.length}`,
    );
  const { kernel } = objectiveOf(specification, data);
  const counted = Int32Array.from({ length: rows }, (_, row) => row).filter((row) => (data.weights?.[row] ?? 1) > 0);
  const training =
    patience === null ? counted : drawn(counted, 1 - specification.validationFraction, seed, splitPurpose);
  const held = patience === null ? new Int32Array() : withoutRows(counted, training);
  if (training.length === 0)
    throw new ArgumentError(`${specification.kind}: all rows have weight 0; boosting takes at least one above it`);
  if (patience !== null && held.length === 0)
    throw new ArgumentError(`${specification.kind}: ${counted.length} rows leave none that judge rounds for patience`);
  using table = await binTable(data.x, training, specification.maxBins, context, kernel === "host");
  return await fitBinned(specification, data, context, { training, held }, table);
};

/** The fit behind the bins: see fitBoosting. */
export const fitBinned = async (
  specification: GradientBoosting,
  data: FitData,
  { seed, signal, report }: Pick<FitContext, "seed" | "signal" | "report">,
  { training, held }: FitRows,
  table: BinnedTable,
): Promise<FittedModel> => {
  const { nEstimators, learningRate, patience, baggingFraction, featureFraction, monotoneConstraints } = specification;
  const { columns } = data.x;
  const objective = objectiveOf(specification, data);
  const { groups } = objective;
  const breath = breather(signal);
  const start = Float32Array.from(objective.start(training));
  using work = table.open(objective, { training, held }, specification.numLeaves + 1);
  work.begin(start);
  const options = {
    ...specification,
    l1: specification.lambdaL1,
    l2: specification.lambdaL2,
    maxDepth: specification.maxDepth ?? Number.POSITIVE_INFINITY,
    signs: table.columns.map(({ categories }, column) => (categories ? 0 : (monotoneConstraints?.[column] ?? 0))),
  };
  const allColumns = Int32Array.from({ length: columns }, (_, column) => column);
  const builder = ensembleBuilder(1, groups);
  const trees: { readonly nodes: readonly BoostedNode[]; readonly values: Float32Array }[] = [];
  const losses: number[] = [];
  const validationLosses: number[] = [];
  let best = 0;
  for (let round = 0; round < nEstimators; round++) {
    // Derivatives of all groups are taken at the scores before the round.
    losses.push(await work.derive());
    const purpose = roundPurpose + round * (groups + 1);
    const bag = drawn(training, baggingFraction, seed, purpose);
    const outside = bag.length === training.length ? new Int32Array() : withoutRows(training, bag);
    for (let group = 0; group < groups; group++) {
      const used = drawn(allColumns, featureFraction, seed, purpose + 1 + group);
      work.plant(group, bag, used);
      const nodes = await growBoostedTree(work, bag.length, used, options, breath);
      const values = Float32Array.from(nodes, ({ split, from, to, value }) =>
        split ? 0 : learningRate * (objective.leafValue?.(work.scores(), work.rowsOf(from, to)) ?? value),
      );
      const addedBy = (place: number): number => values[place] ?? 0;
      await work.addLeaves(nodes.flatMap(({ split, from, to }, i) => (split ? [] : [{ from, to, value: addedBy(i) }])));
      const walked = nodes.map(({ split, left }, i) => {
        const { column = 0, goesLeft } = split ?? {};
        return { column, goesLeft, left, value: addedBy(i) };
      });
      for (const rows of [outside, held]) if (rows.length > 0) await work.walk(rows, walked);
      trees.push({ nodes, values });
    }
    const step = { step: round + 1, epoch: round + 1, epochs: nEstimators, fraction: (round + 1) / nEstimators };
    const loss = losses.at(-1) ?? 0;
    if (patience === null) {
      best = round + 1;
      report?.({ ...step, loss });
      continue;
    }
    const validationLoss = await work.heldLoss();
    validationLosses.push(validationLoss);
    if (round === 0 || validationLoss < (validationLosses[best - 1] ?? 0)) best = round + 1;
    report?.({ ...step, loss, validationLoss });
    if (round + 1 - best >= patience) break;
  }

  const gains = new Float64Array(columns);
  for (const { nodes, values } of trees.slice(0, best * groups)) {
    appendTree(builder, nodes, values, table.columns);
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
