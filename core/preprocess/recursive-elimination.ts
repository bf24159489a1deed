// RFE: the definition. Fits an estimator over the columns that are left, again and again, from all rows.
import { ArgumentError } from "@millrace/kernels";
import { defaultDevice } from "../device/default-device.ts";
import type { FitData, FittedModel } from "../model/estimator.ts";
import { definitionOf } from "../model/estimators.ts";
import { checkData } from "../model/fit-estimator.ts";
import { checkSeed } from "../validate/random-stream.ts";
import { type KeptBatches, keepBatch, mergeBatches } from "./column-values.ts";
import { FitError } from "./error.ts";
import type { NumericStepDefinition } from "./numeric-step.ts";
import { pickColumns } from "./pick-columns.ts";
import type { RFE } from "./selection-specification.ts";

/** What each column matters to a model. @throws ArgumentError for a model that does not tell */
const importancesOf = ({ parameters, state }: FittedModel, columns: number, kind: string): Float64Array => {
  const told = state !== null && typeof state === "object" && "importances" in state ? state.importances : undefined;
  if (Array.isArray(told) && told.length === columns) return Float64Array.from(told, Number);
  const { coefficients } = parameters;
  if (coefficients?.shape[0] !== columns)
    throw new ArgumentError(`RFE takes an estimator with coefficients or importances, and ${kind} has neither`);
  const width = coefficients.data.length / columns;
  const squares = new Float64Array(columns);
  coefficients.data.forEach((value, at) => {
    const column = Math.floor(at / width);
    squares[column] = (squares[column] ?? 0) + value * value;
  });
  return squares;
};

const dataOf = (kept: KeptBatches, columns: readonly number[], names: readonly string[]): FitData => {
  const rows = kept.reduce((sum, batch) => sum + batch.rows, 0);
  const data = new Float32Array(rows * columns.length);
  const codes = kept.every((batch) => batch.codes) ? new Int32Array(rows) : undefined;
  const target = kept.every((batch) => batch.target) ? new Float64Array(rows) : undefined;
  let [place, from] = [0, 0];
  for (const batch of kept) {
    for (let row = 0; row < batch.rows; row++)
      for (const column of columns) data[place++] = batch.values[row * batch.width + column] ?? 0;
    if (batch.codes) codes?.set(batch.codes, from);
    if (batch.target) target?.set(batch.target, from);
    from += batch.rows;
  }
  return {
    x: { rows, columns: columns.length, data, names: columns.map((k) => names[k] ?? ""), categorical: [] },
    codes,
    classCount: codes?.reduce((most, code) => Math.max(most, code + 1), 0),
    target,
  };
};

/** How many columns shall stay, and what they may cost. */
const goalOf = (
  { nFeaturesToSelect, budget }: RFE,
  width: number,
): { readonly count: number; readonly cost: number } => {
  const half = budget === null ? Math.max(1, Math.floor(width / 2)) : width;
  const wanted = nFeaturesToSelect ?? half;
  return {
    count: Math.max(1, Math.min(width, wanted < 1 ? Math.floor(width * wanted) : wanted)),
    cost: budget ?? Infinity,
  };
};

/** See RFE. */
export const rfeDefinition: NumericStepDefinition<RFE, KeptBatches> = {
  takesMissing: false,
  check: async ({ estimator, nFeaturesToSelect, step, costs, budget, seed }) => {
    const definition = await definitionOf(estimator.kind);
    definition.check(estimator);
    if (definition.task !== "classification" && definition.task !== "regression")
      throw new ArgumentError(`RFE takes a classifier or a regression, and ${estimator.kind} does ${definition.task}`);
    const wholeOrShare = (value: number): boolean =>
      (value > 0 && value < 1) || (Number.isInteger(value) && value >= 1);
    if (nFeaturesToSelect !== null && !wholeOrShare(nFeaturesToSelect))
      throw new ArgumentError(
        `nFeaturesToSelect takes a whole number from 1 on, a share between 0 and 1, or null, but got ${nFeaturesToSelect}`,
      );
    if (!wholeOrShare(step))
      throw new ArgumentError(`step takes a whole number from 1 on, or a share between 0 and 1, but got ${step}`);
    for (const [name, cost] of Object.entries(costs))
      if (!(cost > 0 && Number.isFinite(cost)))
        throw new ArgumentError(`the cost of "${name}" is above 0 and finite, but got ${cost}`);
    if (budget !== null && !(budget > 0)) throw new ArgumentError(`budget is above 0, but got ${budget}`);
    checkSeed(seed);
  },
  start: () => [],
  add: keepBatch,
  merge: mergeBatches,
  finish: async (specification, kept, names, { device, signal }) => {
    const { estimator, costs, seed } = specification;
    const definition = await definitionOf(estimator.kind);
    if (!kept.every(definition.task === "classification" ? ({ codes }) => codes : ({ target }) => target))
      throw new ArgumentError(
        `RFE by ${estimator.kind} takes a label of ${definition.task === "classification" ? "classes" : "quantities"}`,
      );
    const unknown = Object.keys(costs).find((name) => !names.includes(name));
    if (unknown !== undefined) throw new FitError(unknown, -1, "has a cost, but does not reach RFE");
    const where = device ?? (await defaultDevice());
    const cost = (column: number): number => costs[names[column] ?? ""] ?? 1;
    const goal = goalOf(specification, names.length);
    const most =
      specification.step < 1 ? Math.max(1, Math.floor(specification.step * names.length)) : specification.step;
    let left = names.map((_, column) => column);
    const ranking = new Array<number>(names.length).fill(1);
    const spent = (): number => left.reduce((sum, column) => sum + cost(column), 0);
    while (left.length > goal.count || spent() > goal.cost) {
      if (left.length === 1)
        throw new FitError(names[left[0] ?? 0] ?? "", -1, `costs more than the budget of ${goal.cost} by itself`);
      const data = dataOf(kept, left, names);
      checkData(data, definition.takesMissing);
      const fitted = await definition.fit(estimator, data, { device: where, seed, signal });
      const importances = importancesOf(fitted, left.length, estimator.kind);
      const worth = (at: number): number => (importances[at] ?? 0) / cost(left[at] ?? 0);
      const order = left.map((_, at) => at).sort((a, b) => worth(a) - worth(b) || a - b);
      // Past the number of columns, those that go for the budget alone go one by one.
      const going = left.length > goal.count ? Math.min(most, left.length - goal.count) : 1;
      const gone = new Set(order.slice(0, going));
      left = left.filter((_, at) => !gone.has(at));
      ranking.forEach((rank, column) => {
        if (!left.includes(column)) ranking[column] = rank + 1;
      });
    }
    const stay = left;
    return {
      parameters: {},
      found: { ranking },
      featureNames: stay.map((column) => names[column] ?? ""),
      apply: (stage) => pickColumns(stage, stay),
    };
  },
};
