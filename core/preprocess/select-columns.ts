// SelectKBest and SelectPercentile: the definitions.
import { ArgumentError } from "@millrace/kernels";
import { checkSeed } from "../validate/random-stream.ts";
import { chiSquared, lineThroughTarget, type Scoring, varianceBetweenClasses } from "./column-scores.ts";
import { quantileOf } from "./column-values.ts";
import { FitError } from "./error.ts";
import { mutualInformation } from "./mutual-information.ts";
import type { NumericStepDefinition } from "./numeric-step.ts";
import { checkWhole } from "./pca.ts";
import { pickColumns } from "./pick-columns.ts";
import type { ColumnScores, ScoreFunction, SelectKBest, SelectPercentile } from "./selection-specification.ts";

const functions: readonly ScoreFunction[] = [
  "fClassif",
  "fRegression",
  "chi2",
  "mutualInfoClassif",
  "mutualInfoRegression",
];

const scoringOf = (
  step: ColumnScores,
  names: readonly string[] = [],
  signal?: AbortSignal | undefined,
): Scoring<unknown> => {
  // A state is made and taken by one scoring alone, as the step names one.
  const own = (scoring: unknown): Scoring<unknown> => scoring as Scoring<unknown>;
  if (step.scoreFunction === "fClassif") return own(varianceBetweenClasses);
  if (step.scoreFunction === "fRegression") return own(lineThroughTarget);
  if (step.scoreFunction === "chi2") return own(chiSquared);
  return own(mutualInformation(step, (column) => step.discreteFeatures.includes(names[column] ?? ""), signal));
};

const definition = <Step extends (SelectKBest | SelectPercentile) & ColumnScores>(
  check: (step: Step) => void,
  keep: (step: Step, scores: Float64Array) => readonly number[],
): NumericStepDefinition<Step, unknown> => ({
  takesMissing: false,
  check: (step) => {
    const { scoreFunction, nNeighbors, seed } = step;
    if (!functions.includes(scoreFunction))
      throw new ArgumentError(
        `scoreFunction takes one of ${functions.join(", ")}, but got ${JSON.stringify(scoreFunction)}`,
      );
    checkWhole("nNeighbors", nNeighbors, 1);
    checkSeed(seed);
    check(step);
  },
  start: () => null,
  add: (state, batch, step) => {
    const scoring = scoringOf(step);
    return scoring.add(state ?? scoring.start(batch.width), batch);
  },
  merge: (left, right, step) => (left && right ? scoringOf(step).merge(left, right) : (left ?? right)),
  finish: async (step, state, names, { signal }) => {
    const unknown = step.discreteFeatures.find((name) => !names.includes(name));
    if (unknown !== undefined)
      throw new FitError(unknown, -1, `is in discreteFeatures, but does not reach ${step.kind}`);
    const scoring = scoringOf(step, names, signal);
    const scores = await scoring.finish(state ?? scoring.start(names.length), names.length);
    // A column without a score comes last.
    const kept = keep(
      step,
      Float64Array.from(scores, (score) =>
        Number.isNaN(score) ? -Number.MAX_VALUE : Math.min(score, Number.MAX_VALUE),
      ),
    );
    if (kept.length === 0) throw new FitError(names[0] ?? "", -1, `${step.kind} keeps no column of the group`);
    return {
      parameters: {},
      found: { scores: Array.from(scores, (score) => (Number.isNaN(score) ? 0 : Math.min(score, Number.MAX_VALUE))) },
      featureNames: kept.map((column) => names[column] ?? ""),
      apply: (stage) => pickColumns(stage, kept),
    };
  },
});

/** See SelectKBest. */
export const selectKBestDefinition = definition<SelectKBest>(
  ({ k }) => {
    if (k !== "all") checkWhole("k", k, 1);
  },
  ({ k }, scores) => {
    const order = Array.from(scores.keys()).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0) || a - b);
    return (k === "all" ? order : order.slice(-k)).sort((a, b) => a - b);
  },
);

/** See SelectPercentile. */
export const selectPercentileDefinition = definition<SelectPercentile>(
  ({ percentile }) => {
    if (!(percentile > 0 && percentile <= 100))
      throw new ArgumentError(`percentile takes a number above 0, up to 100, but got ${percentile}`);
  },
  ({ percentile }, scores) => {
    const threshold = quantileOf(scores.slice().sort(), (100 - percentile) / 100);
    const above = scores.reduce((count, score) => count + Number(score > threshold), 0);
    let ties = Math.floor((scores.length * percentile) / 100) - above;
    return Array.from(scores.keys()).filter((column) => {
      const score = scores[column] ?? 0;
      return percentile === 100 || score > threshold || (score === threshold && ties-- > 0);
    });
  },
);
