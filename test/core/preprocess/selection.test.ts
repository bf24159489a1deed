// Selection of columns by the label against scikit-learn's recorded scores and choices; costs, merges and refusals.
import { readFileSync } from "node:fs";
import {
  columnFrom,
  type EstimatorSpecification,
  type FittedPipeline,
  fitPipeline,
  frame,
  frameSource,
  holdOut,
  loadBundle,
  type PreprocessStep,
  saveBundle,
  standardScaler,
} from "@millrace/core";
import {
  kMeans,
  lasso,
  pca,
  quantileTransformer,
  randomForestClassifier,
  rfe,
  ridge,
  type ScoreFunction,
  selectKBest,
  selectPercentile,
} from "@millrace/core/tables";
import { describe, expect, test } from "vitest";
import { type Answers, fitShards, fitSteps, type Matrix, reference, rowsOf, tableOf, wasm } from "./recorded-steps.ts";

interface Scored {
  readonly table: string;
  readonly scoreFunction: ScoreFunction;
  readonly answer: "codes" | "target";
}
const recorded: {
  readonly tables: Readonly<Record<string, Matrix>>;
  readonly answers: Readonly<
    Record<string, { readonly codes?: readonly number[]; readonly target?: readonly number[] }>
  >;
  readonly cases: readonly (Scored & {
    readonly scores: readonly number[];
    readonly k: number;
    readonly best: readonly number[];
    readonly percentile: number;
    readonly share: readonly number[];
  })[];
  readonly noisy: readonly (Scored & { readonly mean: readonly number[]; readonly deviation: readonly number[] })[];
  readonly eliminations: readonly {
    readonly table: string;
    readonly answer: "codes" | "target";
    readonly ranking: readonly number[];
    readonly options: {
      readonly estimator: EstimatorSpecification;
      readonly nFeaturesToSelect: number | null;
      readonly step: number;
    };
  }[];
} = JSON.parse(readFileSync(new URL("../../fixtures/sklearn-steps/selection.json", import.meta.url)).toString());

const table = (name: string) => tableOf(recorded.tables[name] ?? []);
const answersOf = (name: string, answer: "codes" | "target"): Answers => {
  const values = recorded.answers[name]?.[answer] ?? [];
  return answer === "codes" ? { codes: Int32Array.from(values) } : { target: Float64Array.from(values) };
};
const foundBy = ({ groups }: FittedPipeline, what: string): readonly number[] => {
  const [group] = groups;
  const last = group?.kind === "numeric" ? group.operations.at(-1) : undefined;
  return (last?.kind === "graph" && last.found?.[what]) || [];
};
const names = (columns: readonly number[]): string[] => columns.map((column) => `x${column}`);
/** Of the made table alone a column is a category. */
const discrete = (name: string) => (name === "smooth" ? ["x5"] : []);

describe("against scikit-learn", () => {
  test.each(recorded.cases)(
    "$scoreFunction on $table",
    async ({ table: name, scoreFunction, answer, scores, k, best, percentile, share }) => {
      const own = table(name);
      const answers = answersOf(name, answer);
      const discreteFeatures = scoreFunction.startsWith("mutual") ? discrete(name) : [];
      const kept = await fitSteps([selectKBest({ scoreFunction, k, discreteFeatures })], own, answers);
      expect(kept.featureNames).toEqual(names(best));
      // Recorded values have 9 digits, of which differences lose some.
      foundBy(kept, "scores").forEach((score, i) => {
        expect(Math.abs(score - (scores[i] ?? 0))).toBeLessThan(1e-6 * Math.max(1, scores[i] ?? 0));
      });
      expect(foundBy(kept, "scores").length).toBe(scores.length);
      const part = await fitSteps([selectPercentile({ scoreFunction, percentile, discreteFeatures })], own, answers);
      expect(part.featureNames).toEqual(names(share));
      const matrix = recorded.tables[name] ?? [];
      const wanted = matrix.map((row) => best.map((column) => Math.fround(row[column] ?? 0)));
      for (const device of [reference, wasm]) expect(await rowsOf(kept, own, device)).toEqual(wanted);
    },
  );

  test.each(recorded.noisy)(
    "$scoreFunction of equal values on $table is within what its seeds give",
    async ({ table: name, scoreFunction, answer, mean, deviation }) => {
      const own = table(name);
      const seeds = [0, 1, 2, 3];
      const means = mean.map(() => 0);
      for (const seed of seeds) {
        const step = selectKBest({ scoreFunction, k: 1, seed });
        const scores = foundBy(await fitSteps([step], own, answersOf(name, answer)), "scores");
        expect(foundBy(await fitSteps([step], own, answersOf(name, answer)), "scores")).toEqual(scores);
        scores.forEach((score, i) => {
          means[i] = (means[i] ?? 0) + score / seeds.length;
        });
      }
      means.forEach((score, i) => {
        expect(Math.abs(score - (mean[i] ?? 0))).toBeLessThan(
          1e-9 + (4.5 * (deviation[i] ?? 0)) / Math.sqrt(seeds.length),
        );
      });
    },
  );

  test.each(recorded.eliminations.map((own) => ({ ...own, name: own.options.estimator.kind })))(
    "RFE by $name on $table",
    async ({ table: name, answer, ranking, options }) => {
      const own = table(name);
      const pipeline = await fitSteps([standardScaler(), rfe(options)], own, answersOf(name, answer));
      expect(foundBy(pipeline, "ranking")).toEqual(ranking);
      expect(pipeline.featureNames).toEqual(names(ranking.flatMap((rank, i) => (rank === 1 ? [i] : []))));
    },
  );
});

describe("costs", () => {
  // y is x0 + 0.5 x1 + 0.4 x2, the columns of one size and apart from one another.
  const rows = Array.from({ length: 64 }, (_, i) => [i & 1, (i >> 1) & 1, (i >> 2) & 1].map((bit) => 2 * bit - 1));
  const own = tableOf(rows);
  const target = Float64Array.from(rows, ([a = 0, b = 0, c = 0]) => a + 0.5 * b + 0.4 * c);
  const estimator = ridge({ alpha: 0.1 });

  test("an importance is worth its cost", async () => {
    const free = await fitSteps([rfe({ estimator, nFeaturesToSelect: 2 })], own, { target });
    expect(free.featureNames).toEqual(["x0", "x1"]);
    const dear = await fitSteps([rfe({ estimator, nFeaturesToSelect: 2, costs: { x1: 2 } })], own, { target });
    expect(dear.featureNames).toEqual(["x0", "x2"]);
  });

  test("columns go until the rest are within the budget", async () => {
    const within = (budget: number) => fitSteps([rfe({ estimator, costs: { x0: 3 }, budget })], own, { target });
    expect((await within(5)).featureNames).toEqual(["x0", "x1", "x2"]);
    expect((await within(4)).featureNames).toEqual(["x0", "x1"]);
    await expect(within(2.5)).rejects.toThrow(/x0.*budget of 2.5/);
  });
});

describe("fits over shards", () => {
  test.each<[string, PreprocessStep, "codes" | "target"]>([
    ["F-test of classes", selectKBest({ k: 2 }), "codes"],
    ["F-test of a line", selectKBest({ k: 2, scoreFunction: "fRegression" }), "target"],
    ["mutual information", selectKBest({ k: 2, scoreFunction: "mutualInfoClassif" }), "codes"],
    ["elimination", rfe({ estimator: ridge(), nFeaturesToSelect: 2 }), "target"],
  ])("%s is the fit at once", async (_, step, answer) => {
    const own = table("smooth");
    const answers = answersOf("smooth", answer);
    const whole = await fitSteps([step], own, answers);
    const merged = await fitShards([step], own, 47, answers);
    expect(merged.featureNames).toEqual(whole.featureNames);
    foundBy(whole, "scores").forEach((score, i) => {
      expect(foundBy(merged, "scores")[i]).toBeCloseTo(score, 9);
    });
  });
});

describe("in a pipeline", () => {
  test("steps that choose by the label and decompose go through fitPipeline and its bundle", async () => {
    const matrix = recorded.tables["breast cancer"] ?? [];
    const codes = recorded.answers["breast cancer"]?.codes ?? [];
    const own = frame({
      ...Object.fromEntries(tableOf(matrix).columns),
      label: columnFrom(
        "label",
        codes.map((code) => (code === 0 ? "malignant" : "benign")),
      ),
    });
    const columns = [...tableOf(matrix).columns.keys()];
    const { bundle, metrics } = await fitPipeline({
      source: frameSource(own),
      features: [
        {
          columns,
          steps: [quantileTransformer(), selectKBest({ k: 12 }), pca({ nComponents: 4, whiten: true })],
        },
      ],
      label: { column: "label" },
      estimator: randomForestClassifier({ nEstimators: 20 }),
      split: holdOut({ fraction: 0.3 }),
      seed: 3,
      device: wasm,
    });
    expect(metrics.accuracy).toBeGreaterThan(0.85);
    const read = loadBundle(saveBundle(bundle));
    const rows = matrix.slice(0, 5).map((row) => Object.fromEntries(row.map((value, i) => [`x${i}`, value])));
    expect(await read.predict(rows, { device: wasm })).toEqual(await bundle.predict(rows, { device: wasm }));
  });
});

describe("refusals", () => {
  const own = table("smooth");
  const codes = answersOf("smooth", "codes");
  const target = answersOf("smooth", "target");
  test.each<[string, PreprocessStep, Answers, RegExp]>([
    ["a score of classes without them", selectKBest(), target, /fClassif.*classes/],
    [
      "a score of a quantity without one",
      selectKBest({ scoreFunction: "fRegression" }),
      codes,
      /fRegression.*quantity/,
    ],
    ["chi-squared of numbers below 0", selectKBest({ scoreFunction: "chi2" }), codes, /chi2.*from 0 on/],
    ["a score there is none of", selectKBest({ scoreFunction: "gini" as "chi2" }), codes, /scoreFunction.*chi2/],
    ["a category that is not there", selectKBest({ discreteFeatures: ["y"] }), codes, /"y".*discreteFeatures/],
    ["no column", selectKBest({ k: 0 }), codes, /k takes a whole number/],
    ["more than all", selectPercentile({ percentile: 101 }), codes, /percentile/],
    ["elimination by clusters", rfe({ estimator: kMeans({ nClusters: 2 }) }), {}, /KMeans.*clustering/],
    ["elimination by a regression of classes", rfe({ estimator: lasso() }), codes, /Lasso.*quantities/],
    ["a cost of 0", rfe({ estimator: lasso(), costs: { x0: 0 } }), target, /cost of "x0"/],
    ["a cost of a column that is not there", rfe({ estimator: lasso(), costs: { y: 1 } }), target, /"y".*cost/],
  ])("%s", async (_, step, answers, message) => {
    await expect(fitSteps([step], own, answers)).rejects.toThrow(message);
  });
});
