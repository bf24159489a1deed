// Every estimator and every step over numbers before bad tables: each is right, or says what is wrong, where, and what would do.
import {
  type Frame,
  fitColumnPipeline,
  fitPipeline,
  frame,
  frameFromRows,
  frameSource,
  logisticRegression,
  mlpClassifier,
  mlpRegressor,
  noHoldOutSplit,
  numericColumn,
  oneHotEncoder,
  type PreprocessStep,
  simpleImputer,
  standardScaler,
  trainingRows,
} from "@millrace/core";
import * as tables from "@millrace/core/tables";
import { afterAll, describe, expect, test } from "vitest";
import { definitionOf, estimatorKinds } from "../../../core/model/estimators.ts";
import { numericStepKinds } from "../../../core/preprocess/numeric-steps.ts";
import { device, penguinFit } from "./penguins.ts";

afterAll(() => device[Symbol.dispose]());

const few = { nEstimators: 3 };
/** One of each kind, small; a new kind is asked for here by the first test. */
const specifications: Readonly<Record<string, { readonly kind: string }>> = Object.fromEntries(
  [
    tables.decisionTreeClassifier(),
    tables.decisionTreeRegressor(),
    tables.randomForestClassifier(few),
    tables.randomForestRegressor(few),
    tables.extraTreesClassifier(few),
    tables.extraTreesRegressor(few),
    tables.isolationForest(few),
    tables.gradientBoostingClassifier({ ...few, minDataInLeaf: 1 }),
    tables.gradientBoostingRegressor({ ...few, minDataInLeaf: 1 }),
    tables.gradientBoostingRanker({ ...few, minDataInLeaf: 1 }),
    // A penalty of the size of the wide table's numbers: far below it, descent is slow on any table.
    tables.elasticNet({ alpha: 100 }),
    tables.lasso(),
    tables.linearRegression(),
    tables.ridge(),
    tables.linearSVC(),
    tables.linearSVR(),
    logisticRegression(),
    mlpClassifier({ hiddenLayerSizes: [4], epochs: 2 }),
    mlpRegressor({ hiddenLayerSizes: [4], epochs: 2 }),
    tables.bernoulliNaiveBayes(),
    tables.gaussianNaiveBayes(),
    tables.multinomialNaiveBayes(),
    tables.dbscan(),
    tables.gaussianMixture({ nComponents: 1 }),
    tables.kMeans({ nClusters: 1 }),
    tables.miniBatchKMeans({ nClusters: 1 }),
    tables.kNeighborsClassifier({ nNeighbors: 1 }),
    tables.kNeighborsRegressor({ nNeighbors: 1 }),
  ].map((own) => [own.kind, own]),
);

test("every kind of estimator and of step is here", () => {
  expect(Object.keys(specifications).sort()).toEqual(estimatorKinds());
  expect(Object.keys(steps).sort()).toEqual([...numericStepKinds(), "SimpleImputer", "StandardScaler"].sort());
});

type Cells = (number | null)[][];
/** Rows of two features that tell two classes apart. */
const sound: Cells = Array.from({ length: 30 }, (_, i) => [i % 7, (i * 3) % 11]);
const withColumn = (make: (row: number) => number | null): Cells => sound.map(([a = 0], row) => [a, make(row)]);

/** The rows as each task takes them. */
const dataOf = (rows: Cells, classes = 2) => {
  const x = tables.matrixOf(rows, { names: Array.from({ length: rows[0]?.length ?? 2 }, (_, k) => `c${k}`) });
  const target = Float64Array.from(rows, (_, row) => (row * row) % 13);
  return {
    classification: { x, codes: Int32Array.from(rows, (_, row) => row % classes), classCount: 2 },
    regression: { x, target },
    ranking: { x, target, groups: Int32Array.from(rows, (_, row) => Math.floor(row / 10)) },
    clustering: { x },
    outlierDetection: { x },
  };
};

/** Fits and predicts the rows of the fit; all answers are to be numbers. */
const answers = async (kind: string, rows: Cells, classes = 2): Promise<void> => {
  const { task } = await definitionOf(kind);
  const data = dataOf(rows, classes)[task];
  const { x } = data;
  const specification = specifications[kind];
  if (!specification) throw new Error(`no specification of ${kind}`);
  using model = await tables.fitEstimator(specification, data, { device, seed: 1 });
  const said = Object.entries(await model.predict(x));
  expect(said.length).toBeGreaterThan(0);
  for (const [name, values] of said) {
    expect(values.length % rows.length, name).toBe(0);
    expect(Array.from(values, Number).every(Number.isFinite), `${kind} says ${name} ${values.slice(0, 9)}`).toBe(true);
  }
};

/** Classifiers that only tell classes apart: one class, or one row, has nothing to tell. */
const apart: readonly string[] = ["LinearSVC", "LogisticRegression", "MLPClassifier"];
const wide: Cells = Array.from({ length: 12 }, (_, i) =>
  Array.from({ length: 10_000 }, (_, k) => Math.abs(Math.round(1000 * Math.sin(7 * i + 13 * k)))),
);

describe.each(Object.keys(specifications))("%s", (kind) => {
  test("a constant column says nothing", async () => {
    await answers(
      kind,
      withColumn(() => 4),
    );
  });
  test("nothing but constants is answered by what is common, or refused", async () => {
    const constants = sound.map(() => [4, 4]);
    // No variance is left to smooth by, at which scikit-learn divides by 0.
    if (kind === "GaussianNaiveBayes") await expect(answers(kind, constants)).rejects.toThrow("column 0 is constant");
    else await answers(kind, constants);
  });
  test("no rows are refused", async () => {
    await expect(answers(kind, [])).rejects.toThrow("a fit takes at least one row and one column, but got [0, 2]");
  });
  test("a column without any value is taken by trees and refused by the rest", async () => {
    const gaps = withColumn(() => null);
    if ((await definitionOf(kind)).takesMissing) await answers(kind, gaps);
    else
      await expect(answers(kind, gaps)).rejects.toThrow(
        'row 0 of column "c1" is missing, which this estimator does not take: impute it first',
      );
  });
  test("an infinite value is refused", async () => {
    const infinite = withColumn((row) => (row === 3 ? Number.POSITIVE_INFINITY : row));
    await expect(answers(kind, infinite)).rejects.toThrow('row 3 of column "c1" is Infinity; features are finite');
  });
  test("one class and one row are answered, or refused by who tells classes apart", async () => {
    const works = [() => answers(kind, sound, 1), () => answers(kind, [[1, 2]])];
    if (apart.includes(kind)) {
      const told = `${kind} tells classes apart, but the rows have 1; it takes two or more`;
      for (const work of works) await expect(work()).rejects.toThrow(told);
    } else if (kind === "GaussianNaiveBayes") {
      await works[0]?.();
      // One row has no variance.
      await expect(works[1]?.()).rejects.toThrow("varSmoothing adds nothing");
    } else for (const work of works) await work();
  });
  // Seconds at most on a busy machine; alone each is well below one.
  test("ten thousand columns are quick, or refused before they fill memory", { timeout: 15_000 }, async () => {
    if (kind === "GaussianMixture")
      await expect(answers(kind, wide)).rejects.toThrow(
        '10000 columns holds 100000000 numbers, more than 8388608: choose "diag"',
      );
    else await answers(kind, wide);
  });
  test("predicting takes columns in any order by name, passes more over, and names those that lack", async () => {
    const { task, takesMissing } = await definitionOf(kind);
    const data = dataOf(sound)[task];
    const { x } = data;
    const specification = specifications[kind];
    if (!specification) throw new Error(`no specification of ${kind}`);
    using model = await tables.fitEstimator(specification, data, { device, seed: 1 });
    const said = await model.predict(x);
    const turned = sound.map(([a = 0, b = 0]) => [7, b, a]);
    expect(await model.predict(tables.matrixOf(turned, { names: ["more", "c1", "c0"] }))).toEqual(said);
    await expect(model.predict(tables.matrixOf(turned, { names: ["c0", "d", "e"] }))).rejects.toThrow(
      "the model was fitted on columns that x lacks: c1; it has c0, d, e",
    );
    await expect(model.predict([[1]])).rejects.toThrow("the model was fitted on 2 columns, but got 1");
    await expect(model.predict([[1, Number.NEGATIVE_INFINITY]])).rejects.toThrow("is -Infinity; features are finite");
    if (!takesMissing) await expect(model.predict([[1, null]])).rejects.toThrow('row 0 of column "x1" is missing');
  });
});

test("a matrix takes numbers alone", () => {
  const mixed = JSON.parse('[[1, 2], [3, "a"]]');
  expect(() => tables.matrixOf(mixed)).toThrow('row 1 holds "a" in column 1, which is no number');
  expect(() => tables.matrixOf([[1, 2], [3]])).toThrow("row 1 has 1 values, but row 0 has 2");
});

/** Steps over numbers, one of each kind, small; a new kind is asked for here by the first test. */
const steps: Readonly<Record<string, PreprocessStep>> = Object.fromEntries(
  [
    tables.featureCrosses([["a", "b"]]),
    tables.gaussianRandomProjection({ nComponents: 1 }),
    tables.incrementalPCA({ nComponents: 1 }),
    tables.iterativeImputer(),
    tables.knnImputer(),
    tables.kBinsDiscretizer(),
    tables.maxAbsScaler(),
    tables.minMaxScaler(),
    tables.missingIndicator(),
    tables.normalizer(),
    tables.outlierClipper(),
    tables.pca({ nComponents: 1 }),
    tables.polynomialFeatures(),
    tables.powerTransformer(),
    tables.quantileTransformer({ nQuantiles: 5 }),
    tables.rfe({ estimator: tables.decisionTreeClassifier({ maxDepth: 2 }), step: 0.5 }),
    tables.robustScaler(),
    tables.selectKBest({ k: 1 }),
    tables.selectPercentile({ percentile: 50 }),
    tables.sparseRandomProjection({ nComponents: 1 }),
    tables.truncatedSVD({ nComponents: 1 }),
    tables.varianceThreshold(),
    simpleImputer(),
    standardScaler(),
  ].map((own) => [own.kind, own]),
);

const tableOf = (rows: Cells) => frameFromRows(rows.map(([a = 0, b = 0]) => ({ a, b })));
const emptyTable = frame({ a: numericColumn(new Float64Array(0)), b: numericColumn(new Float64Array(0)) });

/** Fits and transforms a table; all features are to be numbers. */
const transformed = async (kind: string, table: Frame, columns = ["a", "b"]): Promise<void> => {
  const own = kind === "FeatureCrosses" ? tables.featureCrosses([columns.slice(0, 2)]) : steps[kind];
  if (!own) throw new Error(`no step ${kind}`);
  const source = frameSource(table);
  const rows = trainingRows(source, noHoldOutSplit(source.rowCount));
  const answers = {
    codes: Int32Array.from({ length: source.rowCount }, (_, row) => row % 2),
    classes: [false, true],
    target: Float64Array.from({ length: source.rowCount }, (_, row) => row),
  };
  const pipeline = await fitColumnPipeline(rows, [{ columns, steps: [own] }], { device, ...answers });
  const features = await tables.transformFrame(pipeline, table).data(device);
  expect(features.length).toBe(table.rowCount * pipeline.featureNames.length);
  const bad = Array.from(features, Number).findIndex((value) => !Number.isFinite(value));
  expect(bad, `${kind} gives ${features[bad]}`).toBe(-1);
};

const wideNames = Array.from({ length: 10_000 }, (_, k) => `w${k}`);
const wideTable = frame(
  Object.fromEntries(
    wideNames.map((name, k) => [
      name,
      numericColumn(Float64Array.from({ length: 12 }, (_, i) => Math.sin(i * 31 + k))),
    ]),
  ),
);

/** What steps say of tables that they cannot learn from; those left out take them. */
const nothing = "no training row has a value";
const refusals: Readonly<Record<"constant" | "one" | "empty" | "wide", Readonly<Record<string, string>>>> = {
  constant: { MissingIndicator: "no column of the group misses a value" },
  one: {
    IncrementalPCA: "IncrementalPCA takes at least two rows, but there are 1",
    MissingIndicator: "no column of the group misses a value",
    PCA: "PCA takes at least two rows, but there are 1",
    VarianceThreshold: "no column of the group has a variance above 0",
  },
  empty: {
    IncrementalPCA: "IncrementalPCA takes at least two rows, but there are 0",
    IterativeImputer: nothing,
    KBinsDiscretizer: nothing,
    KNNImputer: nothing,
    MaxAbsScaler: nothing,
    MinMaxScaler: nothing,
    MissingIndicator: "no column of the group misses a value",
    OutlierClipper: nothing,
    PCA: "PCA takes at least two rows, but there are 0",
    PowerTransformer: nothing,
    QuantileTransformer: nothing,
    RFE: "a fit takes at least one row and one column, but got [0, 2]",
    RobustScaler: nothing,
    SimpleImputer: nothing,
    TruncatedSVD: "TruncatedSVD finds at most 0 components of 0 rows",
    VarianceThreshold: nothing,
  },
  wide: {
    IterativeImputer: "10000 columns are more than 1000: use a SimpleImputer",
    KNNImputer: "10000 columns are more than 1000: use a SimpleImputer",
    MissingIndicator: "no column of the group misses a value",
    PolynomialFeatures: "degree 2 over 10000 columns gives more than 65536 features",
  },
};

describe.each(Object.keys(steps))("the step %s", (kind) => {
  const tablesOf = { constant: tableOf(withColumn(() => 4)), one: tableOf([[1, 2]]), empty: emptyTable };
  test("a constant column, one row and none give numbers, or are refused in words", async () => {
    for (const name of ["constant", "one", "empty"] as const) {
      const told = refusals[name][kind];
      const work = transformed(kind, tablesOf[name]);
      if (told === undefined) await work;
      else await expect(work, name).rejects.toThrow(told);
    }
  });
  test("a column without any value is refused by all but who says where values are missing", async () => {
    const work = transformed(kind, tableOf(withColumn(() => null)));
    if (kind === "MissingIndicator") return work;
    const told = /^column "b".* (takes no missing values|no training row has a value|is missing and no step fills it)/;
    await expect(work).rejects.toThrow(told);
  });
  test("an infinite value and text are refused", async () => {
    const infinite = tableOf(withColumn((row) => (row === 3 ? Number.POSITIVE_INFINITY : row)));
    await expect(transformed(kind, infinite)).rejects.toThrow('column "b": the training rows hold an infinite value');
    const mixed = frameFromRows([
      { a: 1, b: "x" },
      { a: 2, b: "y" },
    ]);
    await expect(transformed(kind, mixed)).rejects.toThrow('column "b": is text, which is no number');
  });
  test("ten thousand columns are quick, or refused before they fill memory", { timeout: 15_000 }, async () => {
    const work = transformed(kind, wideTable, wideNames);
    const told = refusals.wide[kind];
    if (told === undefined) await work;
    else await expect(work).rejects.toThrow(told);
  });
});

describe("a table's model", () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({
    x: i % 9,
    city: ["Oslo", "Rome", "Lima"][i % 3],
    y: i % 9 > 4,
  }));
  const fitted = async (handleUnknown: "error" | "ignore") =>
    fitPipeline(
      penguinFit({
        source: frameSource(frameFromRows(rows)),
        features: [
          { columns: ["x"], steps: [simpleImputer(), standardScaler()] },
          { columns: ["city"], steps: [oneHotEncoder({ handleUnknown })] },
        ],
        label: { column: "y" },
        split: { kind: "NoHoldOut" },
        estimator: tables.linearSVC(),
      }),
    );

  test("meets columns in any order, more of them, fewer, unknown categories and other kinds of values", async () => {
    const { bundle } = await fitted("error");
    const said = await bundle.predict([{ x: 3, city: "Rome" }], { device });
    expect(said.score.every(Number.isFinite)).toBe(true);
    expect(await bundle.predict([{ more: "of it", city: "Rome", x: 3 }], { device })).toEqual(said);
    const told = (row: Record<string, unknown>) => expect(bundle.predict([row], { device })).rejects;
    await told({ x: 3 }).toMatchObject({ code: "MISSING_FIELD", column: "city" });
    await told({ x: 3, city: "Pisa" }).toThrow(
      '"Pisa" is no category of the training rows, which are "Lima", "Oslo", "Rome"; give one of them, or fit with handleUnknown "ignore"',
    );
    await told({ x: "three", city: "Rome" }).toMatchObject({ code: "COLUMN_KIND" });
    await told({ x: Number.POSITIVE_INFINITY, city: "Rome" }).toMatchObject({ code: "INVALID_VALUE", column: "x" });
    bundle.release();
  });
  test("ignores unknown categories where it was asked to", async () => {
    const { bundle } = await fitted("ignore");
    const { score } = await bundle.predict([{ x: null, city: "Pisa" }], { device });
    expect(score.every(Number.isFinite)).toBe(true);
    bundle.release();
  });
  test("is not fitted on rows whose values are of many kinds", () => {
    expect(() => frameFromRows([{ x: 1 }, { x: "two" }, { x: true }])).toThrow(/"x"/);
  });
});
