// Training on real tables: quality on held-out rows, scikit-learn's optimum, the same bits after a resume, and refusals.
import { readFileSync } from "node:fs";
import {
  type CheckpointOptions,
  columnPipeline,
  type FitProgress,
  fitPipeline,
  frame,
  frameFromRows,
  frameSource,
  holdOut,
  type KernelUsage,
  logisticRegression,
  mlpClassifier,
  numericColumn,
  oneHotEncoder,
  standardScaler,
  timeOrdered,
  toRows,
} from "@millrace/core";
import { afterAll, describe, expect, test } from "vitest";
import { device, penguinFit, penguinRows } from "./penguins.ts";

const weights = (fit: Awaited<ReturnType<typeof fitPipeline>>): Record<string, number[]> =>
  Object.fromEntries([...fit.bundle.parameters].map(([name, { data }]) => [name, [...data]]));

describe("penguins, imputed, scaled, encoded, a quarter held out by strata", () => {
  test.each([
    ["logistic regression by L-BFGS", logisticRegression()],
    ["logistic regression by Adam", logisticRegression({ solver: "adam", epochs: 60, batchSize: 32 })],
    [
      "a multi-layer perceptron",
      mlpClassifier({ hiddenLayerSizes: [32], epochs: 60, batchSize: 32, learningRate: 0.003 }),
    ],
    [
      "a perceptron stopped early",
      mlpClassifier({ hiddenLayerSizes: [32, 16], batchSize: 32, learningRate: 0.003, patience: 10 }),
    ],
  ])("%s reaches an accuracy of 0.97 for each of five seeds", async (_, estimator) => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const fit = await fitPipeline(penguinFit({ estimator, seed, split: holdOut({ fraction: 0.25, seed }) }));
      expect(fit.rows).toEqual({ training: 258, heldOut: 86 });
      expect(fit.metrics.accuracy).toBeGreaterThanOrEqual(0.97);
      expect(fit.metrics.rocAuc).toBeGreaterThan(0.99);
      fit.bundle.release();
    }
  });
  test("two classes are one logit, and the positive class is the one named", async () => {
    const sexed = frameFromRows(penguinRows.filter((row) => row.Sex === "MALE" || row.Sex === "FEMALE"));
    const features = [
      { columns: ["Beak Depth (mm)", "Body Mass (g)"], steps: [standardScaler()] },
      { columns: ["Species"], steps: [oneHotEncoder()] },
    ];
    const options = penguinFit({
      source: frameSource(sexed),
      features,
      label: { column: "Sex", positiveClass: "FEMALE" },
    });
    const fit = await fitPipeline(options);
    expect(fit.bundle.parameters.get("layer.1.weight")?.shape).toEqual([16, 1]);
    expect(fit.metrics.accuracy).toBeGreaterThan(0.85);
    const { counts } = fit.confusion;
    expect(fit.metrics.recall).toBeCloseTo((counts[0] ?? 0) / ((counts[0] ?? 0) + (counts[1] ?? 0)), 12);
    fit.bundle.release();
  });
});

interface RecordedLogistic {
  readonly names: string[];
  readonly classes: string[];
  readonly features: number[][];
  readonly labels: number[];
  readonly fits: { l2: number; objective: number; accuracy: number; probabilities: number[][] }[];
}

describe.each(["breast-cancer", "iris"])("logistic regression on %s", (name) => {
  const recorded: RecordedLogistic = JSON.parse(
    readFileSync(new URL(`../../fixtures/sklearn/logistic-${name}.json`, import.meta.url), "utf8"),
  );
  const columns = recorded.names.map(
    (column, i) => [column, numericColumn(Float64Array.from(recorded.features, (row) => row[i] ?? 0))] as const,
  );
  const table = frame(new Map([...columns, ["label", numericColumn(Int32Array.from(recorded.labels))]]));
  const features = columnPipeline([{ columns: recorded.names, steps: [standardScaler()] }]);
  test.each(recorded.fits)(
    "reaches scikit-learn's optimum within 1e-4 for l2 $l2",
    async ({ l2, objective, probabilities }) => {
      const losses: number[] = [];
      const fit = await fitPipeline(
        penguinFit({
          source: frameSource(table),
          features,
          label: { column: "label" },
          estimator: logisticRegression({ l2, epochs: 1000 }),
          split: { kind: "NoHoldOut" },
          onMetric: (series, _, value) => {
            if (series === "loss") losses.push(value);
          },
        }),
      );
      expect(Math.abs((losses.at(-1) ?? Number.NaN) - objective)).toBeLessThan(1e-4);
      const predicted = await fit.bundle.predict(toRows(table).slice(0, 20), { device });
      probabilities.flat().forEach((want, i) => {
        expect(Math.abs((predicted.probabilities[i] ?? Number.NaN) - want)).toBeLessThan(5e-3);
      });
      fit.bundle.release();
    },
  );
});

describe("the same bits", () => {
  const estimators = {
    adam: mlpClassifier({ hiddenLayerSizes: [16], epochs: 6, batchSize: 32, learningRate: 0.01, patience: 3 }),
    lbfgs: logisticRegression(),
  };
  test.each(Object.entries(estimators))(
    "%s: two runs, and a run resumed at any step, end with equal weights",
    async (_, estimator) => {
      const curve = (into: string[]) => (series: string, step: number, value: number) => {
        into.push(`${series} ${step} ${value}`);
      };
      const whole: string[] = [];
      const unbroken = await fitPipeline(penguinFit({ estimator, onMetric: curve(whole) }));
      expect(weights(await fitPipeline(penguinFit({ estimator })))).toEqual(weights(unbroken));
      for (const breakAt of [1, 5, 8, 17]) {
        const states: Uint8Array[] = [];
        const before: string[] = [];
        let atSave = 0;
        const stop = new AbortController();
        let asked = 0;
        const checkpoint: CheckpointOptions = {
          due: () => ++asked === breakAt,
          save: async ({ state }) => {
            states.push(state);
            atSave = before.length;
            stop.abort(new Error("killed"));
          },
        };
        const broken = fitPipeline(penguinFit({ estimator, checkpoint, signal: stop.signal, onMetric: curve(before) }));
        await expect(broken).rejects.toThrow("killed");
        const after: string[] = [];
        const [resume] = states;
        const resumed = await fitPipeline(
          penguinFit({
            estimator,
            onMetric: curve(after),
            checkpoint: { due: () => false, save: async () => {}, resume },
          }),
        );
        expect(weights(resumed)).toEqual(weights(unbroken));
        expect(resumed.metrics).toEqual(unbroken.metrics);
        expect([...before.slice(0, atSave), ...after]).toEqual(whole);
        resumed.bundle.release();
      }
      unbroken.bundle.release();
    },
  );
  test("another seed ends with other weights", async () => {
    const estimator = estimators.adam;
    const one = await fitPipeline(penguinFit({ estimator, seed: 1 }));
    const two = await fitPipeline(penguinFit({ estimator, seed: 2 }));
    expect(weights(two)["layer.0.weight"]).not.toEqual(weights(one)["layer.0.weight"]);
  });
  test("wide categories are looked up and train as their one-hot rows would", async () => {
    const rows = Array.from({ length: 600 }, (_, i) => ({ code: `c${(i * 37) % 100}`, y: ((i * 37) % 100) % 3 === 0 }));
    const fit = await fitPipeline(
      penguinFit({
        source: frameSource(frameFromRows(rows)),
        features: [{ columns: ["code"], steps: [oneHotEncoder({ handleUnknown: "ignore" })] }],
        label: { column: "y" },
        estimator: logisticRegression({ l2: 1e-3, epochs: 100 }),
      }),
    );
    expect(fit.bundle.parameters.get("layer.0.table.0")?.shape).toEqual([100, 1]);
    expect(fit.metrics.accuracy).toBe(1);
    const { probabilities } = await fit.bundle.predict([{ code: "never seen" }], { device });
    const bias = fit.bundle.parameters.get("layer.0.bias")?.data[0] ?? Number.NaN;
    expect(probabilities[1]).toBeCloseTo(1 / (1 + Math.exp(-bias)), 6);
    fit.bundle.release();
  });
  test("a checkpoint of another training, or a broken one, is refused", async () => {
    const states: Uint8Array[] = [];
    const checkpoint: CheckpointOptions = {
      due: () => states.length === 0,
      save: async ({ state }) => void states.push(state),
    };
    await fitPipeline(penguinFit({ estimator: estimators.adam, checkpoint }));
    const [state = new Uint8Array(0)] = states;
    const resumeWith = (resume: Uint8Array, seed: number) =>
      fitPipeline(
        penguinFit({
          estimator: estimators.adam,
          seed,
          checkpoint: { due: () => false, save: async () => {}, resume },
        }),
      );
    await expect(resumeWith(state, 2)).rejects.toMatchObject({
      code: "CHECKPOINT",
      message: expect.stringMatching(/another training/),
    });
    await expect(resumeWith(state.subarray(0, state.length - 4), 1)).rejects.toMatchObject({ code: "CHECKPOINT" });
  });
});

describe("what a fit tells", () => {
  test("progress grows from 0 to 1, curves have strictly growing steps, usage is what the plans count", async () => {
    const progress: FitProgress[] = [];
    const steps: Record<string, number[]> = {};
    const usage: KernelUsage[] = [];
    const estimator = mlpClassifier({ hiddenLayerSizes: [8], epochs: 5, batchSize: 32, patience: 5 });
    const fit = await fitPipeline(
      penguinFit({
        estimator,
        onProgress: (now) => progress.push(now),
        onMetric: (series, step) => {
          steps[series] = [...(steps[series] ?? []), step];
        },
        onUsage: (use) => usage.push(use),
      }),
    );
    const fractions = progress.map((now) => now.fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions[0]).toBe(0);
    expect(fractions.at(-1)).toBe(1);
    for (const own of Object.values(steps)) expect(own).toEqual([...new Set(own)].sort((a, b) => a - b));
    expect(steps.validationLoss).toHaveLength(5);
    const total = (of: readonly KernelUsage[]) => of.reduce((sum, use) => sum + use.flops, 0);
    expect(total(usage)).toBe(total(fit.usage));
    expect(fit.bundle.cost.flops).toBe(total(fit.usage));
    // 232 training rows beside 26 validating ones: 8 batches of 32 an epoch; forward and both backward products.
    const products = fit.usage.find((use) => use.kernel === "matmul");
    const features = fit.bundle.pipeline.featureNames.length;
    const forward = 2 * 32 * (features * 8 + 8 * 3);
    expect(products?.flops).toBeGreaterThan(5 * 8 * forward * 2);
    expect(products?.flops).toBeLessThan(5 * 8 * forward * 4);
    fit.bundle.release();
  });
  test("an abort ends it with the signal's reason, in every phase", async () => {
    for (const phase of ["labels", "statistics", "encode", "train", "evaluate"]) {
      const stop = new AbortController();
      const onProgress = (now: FitProgress) => {
        if (now.phase === phase) stop.abort(new Error(`stopped in ${phase}`));
      };
      const fit = fitPipeline(penguinFit({ signal: stop.signal, onProgress }));
      await expect(fit).rejects.toThrow(`stopped in ${phase}`);
    }
  });
  test("a training leaves no buffer behind on its device", async () => {
    const before = device.memory.liveBuffers;
    const fit = await fitPipeline(penguinFit());
    fit.bundle.release();
    expect(device.memory.liveBuffers).toBe(before);
  });
});

describe("what is refused", () => {
  const refused = (changes: Parameters<typeof penguinFit>[0]) => expect(fitPipeline(penguinFit(changes))).rejects;
  test("labels that are missing, NaN, fractional or of one class", async () => {
    const labelled = (values: unknown[]) => frameSource(frameFromRows(values.map((y, x) => ({ x, y }))));
    const features = [{ columns: ["x"], steps: [] }];
    const label = { column: "y" };
    await refused({ source: labelled(["a", null, "b"]), features, label }).toMatchObject({
      code: "LABEL",
      message: expect.stringMatching(/missing in row 1/),
    });
    await refused({ source: labelled([0, 1, Number.NaN]), features, label }).toMatchObject({ code: "LABEL" });
    await refused({ source: labelled([0, 0.5]), features, label }).toMatchObject({ code: "LABEL" });
    await refused({ source: labelled(["a", "a"]), features, label }).toMatchObject({ code: "LABEL" });
  });
  test("columns that are not there, the label among the features, and wrong options", async () => {
    await refused({ label: { column: "species" } }).toMatchObject({ code: "UNKNOWN_COLUMN", column: "species" });
    await refused({ features: [{ columns: ["Wing"], steps: [] }] }).toMatchObject({
      code: "UNKNOWN_COLUMN",
      column: "Wing",
    });
    await refused({ label: { column: "Sex" } }).toMatchObject({ code: "ARGUMENT" });
    await refused({ label: { column: "Species", positiveClass: "Emperor" } }).toMatchObject({ code: "ARGUMENT" });
    await refused({ estimator: mlpClassifier({ epochs: 0 }) }).toMatchObject({ code: "ARGUMENT" });
    await refused({ seed: 1.5 }).toMatchObject({ code: "ARGUMENT" });
    await refused({ split: timeOrdered("Island") }).toMatchObject({ code: "COLUMN_KIND", column: "Island" });
    await refused({ split: timeOrdered("Body Mass (g)") }).toMatchObject({ code: "SPLIT" });
  });
  test("a held-out row that could not be predicted is refused before training, by its row", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({
      t: i < 36 ? (i % 2 ? "a" : "b") : "late",
      y: i % 2,
      when: i,
    }));
    const phases = new Set<string>();
    await refused({
      source: frameSource(frameFromRows(rows)),
      features: [{ columns: ["t"], steps: [oneHotEncoder()] }],
      label: { column: "y" },
      split: timeOrdered("when", 0.2),
      onProgress: ({ phase }) => phases.add(phase),
    }).toMatchObject({ code: "UNKNOWN_CATEGORY", column: "t", row: 36 });
    expect(phases.has("train")).toBe(false);
  });
  test("a learning rate that makes the loss overflow is told, not kept", async () => {
    const estimator = mlpClassifier({ hiddenLayerSizes: [16], epochs: 20, batchSize: 32, learningRate: 1e30 });
    await refused({ estimator }).toMatchObject({ code: "DIVERGED" });
  });
});

afterAll(() => device[Symbol.dispose]());
