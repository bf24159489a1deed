// Preprocessing against scikit-learn's recorded answers on penguins, gaps and all, within 1e-6; and what is refused.
import { readFileSync } from "node:fs";
import {
  type ColumnGroup,
  concatenateFrames,
  dictionaryColumn,
  type FittedPipeline,
  type Frame,
  finishFit,
  fitColumnPipeline,
  frame,
  frameFromRows,
  frameSource,
  heldOutRows,
  holdOut,
  holdOutSplit,
  mergeFits,
  noHoldOutSplit,
  numericColumn,
  oneHotEncoder,
  openDevice,
  partialFit,
  simpleImputer,
  sliceRows,
  standardScaler,
  startFit,
  type TrainingRows,
  takeRows,
  trainingRows,
} from "@millrace/core";
import { transformFrame } from "@millrace/core/tables";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const answers: Record<string, unknown> = read("../../fixtures/sklearn/transforms.json");
const penguins: Frame = frameFromRows(read("../../../node_modules/vega-datasets/data/penguins.json"));
const numbers = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"];
const text = ["Island", "Sex"];

const device = await openDevice("reference");
const everyRow = (table: Frame) => trainingRows(frameSource(table), noHoldOutSplit(table.rowCount));
const learn = (groups: readonly ColumnGroup[], table = penguins): Promise<FittedPipeline> =>
  fitColumnPipeline(everyRow(table), groups);
const matrix = async (pipeline: FittedPipeline, table = penguins): Promise<number[][]> => {
  const features = transformFrame(pipeline, table);
  const data = await features.data(device);
  const width = features.shape[1] ?? 0;
  return Array.from({ length: table.rowCount }, (_, row) => [...data.slice(row * width, (row + 1) * width)]);
};
const expectMatrix = (got: number[][], want: unknown): void => {
  const rows = want as number[][];
  expect(got.length).toBe(rows.length);
  got.forEach((row, i) => {
    expect(row.length).toBe(rows[i]?.length);
    row.forEach((value, j) => {
      const wanted = rows[i]?.[j] ?? Number.NaN;
      if (!(Math.abs(value - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted))))
        throw new Error(`row ${i}, feature ${j}: got ${value}, scikit-learn gives ${wanted}`);
    });
  });
};

describe("numbers", () => {
  test.each([
    ["mean_indicator_scale", [simpleImputer({ addIndicator: true }), standardScaler()]],
    ["median_scale", [simpleImputer({ strategy: "median" }), standardScaler()]],
    [
      "constant_scale_without_mean",
      [simpleImputer({ strategy: "constant", fillValue: -1.5 }), standardScaler({ withMean: false })],
    ],
    ["center_only", [simpleImputer(), standardScaler({ withStd: false })]],
  ])("%s is scikit-learn's", async (name, steps) => {
    const columns = numbers;
    const got = await matrix(await learn([{ columns, steps }]));
    // scikit-learn puts the indicator of each column that has gaps after the columns, as we do.
    expectMatrix(got, answers[name]);
  });
  test.each(["mean", "median", "most_frequent"])("the %s of each column is scikit-learn's", async (strategy) => {
    const step = simpleImputer({ strategy: strategy === "most_frequent" ? "mostFrequent" : (strategy as "mean") });
    const gaps = frame(Object.fromEntries(numbers.map((name) => [name, numericColumn(Float64Array.of(Number.NaN))])));
    const [row] = await matrix(await learn([{ columns: numbers, steps: [step] }]), gaps);
    const { statistics } = answers[`impute_${strategy}`] as { statistics: number[] };
    statistics.forEach((want, i) => {
      expect(row?.[i]).toBeCloseTo(want, 3);
      expect(row?.[i]).toBe(Math.fround(want));
    });
  });
  test("of values equally frequent the smallest fills", async () => {
    const table = frame({ x: numericColumn(Float64Array.of(3, 1, 3, 1, 2, Number.NaN)) });
    const got = await matrix(
      await learn([{ columns: ["x"], steps: [simpleImputer({ strategy: "mostFrequent" })] }], table),
      table,
    );
    expect(got[5]?.[0]).toBe((answers.most_frequent_tie as number[])[0]);
  });
  test("constant columns are divided by 1, as scikit-learn does, up to its rounding bound", async () => {
    const table = frame({
      a: numericColumn(new Float64Array(344).fill(0.1)),
      b: numericColumn(new Float64Array(344).fill(1e8 + 1e-3)),
    });
    expect(answers.constant_columns).toEqual([1, 1]);
    const got = await matrix(await learn([{ columns: ["a", "b"], steps: [standardScaler()] }], table), table);
    expect(got.flat().every((value) => Math.abs(value) < 1e-6)).toBe(true);
  });
  test("a mean far larger than the deviation costs no digits in float32", async () => {
    const kept = penguins.columns.get("Beak Length (mm)");
    if (kept?.kind !== "numeric") throw new Error("penguins have beaks");
    const table = frame({
      x: numericColumn(
        Float64Array.from(
          kept.values.filter((x) => !Number.isNaN(x)),
          (x) => 1e7 + x,
        ),
      ),
    });
    expectMatrix(
      await matrix(await learn([{ columns: ["x"], steps: [standardScaler()] }], table), table),
      answers.large_mean,
    );
  });
});

describe("categories", () => {
  const recorded = answers.one_hot as { categories: (string | null)[][]; matrix: number[][]; unknown: number[][] };
  test("one-hot features are scikit-learn's: sorted, missing last, unknown ignored", async () => {
    const pipeline = await learn([{ columns: text, steps: [oneHotEncoder({ handleUnknown: "ignore" })] }]);
    expectMatrix(await matrix(pipeline), recorded.matrix);
    expect(pipeline.featureNames).toEqual(
      recorded.categories.flatMap((list, i) => list.map((category) => `${text[i]}_${category}`)),
    );
    expectMatrix(await matrix(pipeline, frameFromRows([{ Island: "Atlantis", Sex: "MALE" }])), recorded.unknown);
  });
  test("imputed with the most frequent, and with a constant, then scaled", async () => {
    const frequent = await learn([
      { columns: text, steps: [simpleImputer({ strategy: "mostFrequent" }), oneHotEncoder()] },
    ]);
    expectMatrix(await matrix(frequent), answers.frequent_one_hot);
    const constant = await learn([
      { columns: text, steps: [simpleImputer({ fillValue: "none" }), oneHotEncoder(), standardScaler()] },
    ]);
    expectMatrix(await matrix(constant), answers.constant_one_hot_scale);
  });
  test("numbers and truths are categories too, whatever the order of a chunk's dictionary", async () => {
    const table = frameFromRows([
      { n: 3, b: true },
      { n: -1, b: false },
      { n: 3, b: false },
    ]);
    const pipeline = await learn([{ columns: ["n", "b"], steps: [oneHotEncoder()] }], table);
    expect(pipeline.featureNames).toEqual(["n_-1", "n_3", "b_false", "b_true"]);
    expect(await matrix(pipeline, table)).toEqual([
      [0, 1, 0, 1],
      [1, 0, 1, 0],
      [0, 1, 1, 0],
    ]);
    const letters = await learn(
      [{ columns: ["t"], steps: [oneHotEncoder()] }],
      frameFromRows([{ t: "b" }, { t: "a" }]),
    );
    const other = frame({ t: dictionaryColumn(Int32Array.of(1, 0), ["b", "a"]) });
    expect(await matrix(letters, other)).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });
});

describe("a column pipeline", () => {
  const groups: ColumnGroup[] = [
    { columns: numbers, steps: [simpleImputer(), standardScaler()] },
    { columns: text, steps: [simpleImputer({ strategy: "mostFrequent" }), oneHotEncoder()] },
  ];
  test("puts the features of its groups side by side, as scikit-learn's ColumnTransformer", async () => {
    expectMatrix(await matrix(await learn(groups)), answers.columns);
  });
  test("fitted on shards and merged it is the same as fitted whole", async () => {
    const shards = [sliceRows(penguins, 0, 100), sliceRows(penguins, 100, 101), sliceRows(penguins, 101)];
    const fits = await Promise.all(shards.map((shard) => partialFit(startFit(groups), everyRow(shard))));
    let all = startFit(groups);
    for (const own of fits) all = await mergeFits(all, own);
    const merged = await finishFit(all);
    expectMatrix(await matrix(merged), answers.columns);
    let one = startFit(groups);
    for (const shard of shards) one = await partialFit(one, everyRow(shard));
    expect(await finishFit(one)).toEqual(merged);
    expect(concatenateFrames(shards).rowCount).toBe(344);
  });
  test("learns from training rows alone: held-out rows change nothing, and cannot be fitted on", async () => {
    const split = holdOutSplit(344, holdOut({ stratify: false, seed: 5 }));
    const source = frameSource(penguins);
    const pipeline = await fitColumnPipeline(trainingRows(source, split), groups);
    const training = takeRows(
      penguins,
      Array.from({ length: 344 }, (_, row) => row).filter(
        (row) => !(((split.heldOut[row >> 3] ?? 0) >> (row & 7)) & 1),
      ),
    );
    expect(await learn(groups, training)).toEqual(pipeline);
    const held: object = heldOutRows(source, split);
    await expect(fitColumnPipeline(held as TrainingRows, groups)).rejects.toThrow(
      /held-out rows are for judging alone/,
    );
    await expect(fitColumnPipeline({ ...trainingRows(source, split) }, groups)).rejects.toMatchObject({
      code: "HELD_OUT",
    });
  });
});

describe("what is refused", () => {
  const scale: ColumnGroup[] = [{ columns: ["x"], steps: [standardScaler()] }];
  const encode: ColumnGroup[] = [{ columns: ["t"], steps: [oneHotEncoder()] }];
  let scaled: FittedPipeline;
  let encoded: FittedPipeline;
  beforeAll(async () => {
    scaled = await learn(scale, frameFromRows([{ x: 1 }, { x: 2 }]));
    encoded = await learn(encode, frameFromRows([{ t: "a" }, { t: "b" }]));
  });
  test("a missing value that no step fills names column and row", () => {
    expect(() => transformFrame(scaled, frameFromRows([{ x: 1 }, { x: null }]))).toThrow(/"x", row 1: is missing/);
    expect(() => transformFrame(encoded, frameFromRows([{ t: "a" }, { t: null }]))).toThrow(/"t", row 1: is missing/);
  });
  test("an unknown category names itself and the known ones", () => {
    expect(() => transformFrame(encoded, frameFromRows([{ t: "c" }]))).toThrow(
      /"t", row 0: "c" is no category of the training rows, which are "a", "b"/,
    );
  });
  test("a column that is not there, of another kind, infinite or too large", () => {
    expect(() => transformFrame(scaled, frameFromRows([{ y: 1 }]))).toThrow(
      /there is no column "x"; the columns are y/,
    );
    expect(() => transformFrame(scaled, frameFromRows([{ x: "1" }]))).toThrow(/"x": is dictionary/);
    expect(() => transformFrame(encoded, frameFromRows([{ t: 1 }]))).toThrow(/"t": is numeric/);
    expect(() => transformFrame(scaled, frameFromRows([{ x: Number.POSITIVE_INFINITY }]))).toThrow(
      /row 0: holds Infinity/,
    );
    expect(() => transformFrame(scaled, frameFromRows([{ x: 1e39 }]))).toThrow(/row 0: holds 1e\+39/);
  });
  test("fits that cannot be", async () => {
    const rows = frameFromRows([{ x: null, t: "a", w: new Date(0), i: Number.POSITIVE_INFINITY }]);
    const refused = (groups: ColumnGroup[]) => expect(learn(groups, rows)).rejects;
    await refused([{ columns: ["x"], steps: [simpleImputer()] }]).toMatchObject({ code: "FIT", column: "x" });
    await refused([{ columns: ["t"], steps: [standardScaler()] }]).toMatchObject({ code: "COLUMN_KIND", column: "t" });
    await refused([{ columns: ["t"], steps: [simpleImputer(), oneHotEncoder()] }]).toMatchObject({
      code: "COLUMN_KIND",
    });
    await refused([{ columns: ["w"], steps: [standardScaler()] }]).toMatchObject({ code: "COLUMN_KIND", column: "w" });
    await refused([{ columns: ["i"], steps: [standardScaler()] }]).toMatchObject({
      code: "INVALID_VALUE",
      column: "i",
    });
    await refused([{ columns: ["z"], steps: [] }]).toMatchObject({ code: "UNKNOWN_COLUMN", column: "z" });
    await refused([{ columns: ["t", "t"], steps: [oneHotEncoder()] }]).toMatchObject({ code: "ARGUMENT" });
    await refused([]).toMatchObject({ code: "ARGUMENT" });
    await refused([{ columns: ["t"], steps: [simpleImputer({ fillValue: 3 }), oneHotEncoder()] }]).toMatchObject({
      code: "ARGUMENT",
    });
  });
});

afterAll(() => device[Symbol.dispose]());
