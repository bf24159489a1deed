// Encoders, hashed texts and calendars against scikit-learn's and zoneinfo's recorded answers, and what is refused.
import { readFileSync } from "node:fs";
import {
  ArgumentError,
  type CellValue,
  type ColumnGroup,
  columnFrom,
  type FittedPipeline,
  type Frame,
  finishFit,
  fitColumnPipeline,
  frame,
  frameFromRows,
  frameSource,
  mergeFits,
  noHoldOutSplit,
  oneHotEncoder,
  openDevice,
  type PreprocessStep,
  partialFit,
  simpleImputer,
  sliceRows,
  standardScaler,
  startFit,
  timestampColumn,
  trainingRows,
} from "@millrace/core";
import {
  categoricalFeatures,
  dateFeatures,
  frequencyEncoder,
  hashingEncoder,
  minMaxScaler,
  ordinalEncoder,
  type TargetEncoder,
  type TextHashing,
  targetEncoder,
  textHashing,
  transformFrame,
  transformTable,
} from "@millrace/core/tables";
import { describe, expect, test } from "vitest";

type Matrix = readonly (readonly (number | null)[])[];
interface Answers {
  readonly training: readonly (string | null)[];
  readonly fresh: readonly (string | null)[];
  readonly oneHot: readonly {
    readonly options: {
      readonly min_frequency?: number;
      readonly max_categories?: number;
      readonly drop?: "first" | "if_binary";
    };
    readonly unknown: string;
    readonly rows: Matrix;
  }[];
  readonly ordinal: Matrix;
  readonly target: readonly {
    readonly kind: "binary" | "multiclass" | "continuous";
    readonly smooth: "auto" | number;
    readonly y: readonly number[];
    readonly crossed: Matrix;
    readonly rows: Matrix;
  }[];
  readonly hashing: Matrix;
  readonly texts: readonly string[];
  readonly unseen: readonly string[];
  readonly text: readonly {
    readonly options: {
      readonly n_features: number;
      readonly analyzer: "word" | "char" | "char_wb";
      readonly ngram_range: readonly [number, number];
      readonly lowercase?: boolean;
    };
    readonly rows: Matrix;
  }[];
  readonly dates: readonly { readonly zone: string; readonly rows: readonly (readonly number[])[] }[];
}
const answers: Answers = JSON.parse(
  readFileSync(new URL("../../fixtures/sklearn-encode/encode.json", import.meta.url), "utf8"),
);

const device = await openDevice("reference");
const wasm = await openDevice("wasm", { deterministic: true });
const tableOf = (name: string, values: readonly CellValue[]): Frame => frame({ [name]: columnFrom(name, values) });
const rowsOf = (table: Frame) => trainingRows(frameSource(table), noHoldOutSplit(table.rowCount));
const matrix = async (pipeline: FittedPipeline, table: Frame, on = device, training = false): Promise<number[][]> => {
  const features = transformFrame(pipeline, table, { training });
  const data = await features.data(on);
  const width = features.shape[1] ?? 0;
  return Array.from({ length: table.rowCount }, (_, row) => [...data.slice(row * width, (row + 1) * width)]);
};
const expectClose = (got: number[][], want: Matrix): void => {
  expect(got.length).toBe(want.length);
  got.forEach((row, i) => {
    expect(row.length).toBe(want[i]?.length);
    row.forEach((value, j) => {
      const wanted = want[i]?.[j] ?? Number.NaN;
      if (!Object.is(value, wanted) && !(Math.abs(value - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted))))
        throw new Error(`row ${i}, feature ${j}: got ${value}, recorded is ${wanted}`);
    });
  });
};
const training = tableOf("tree", answers.training);
const fresh = tableOf("tree", answers.fresh);
const group = (...steps: PreprocessStep[]): ColumnGroup[] => [{ columns: ["tree"], steps }];

describe("one-hot", () => {
  test.each(answers.oneHot)("groups and drops as scikit-learn with $options, unknown $unknown", async (own) => {
    const { min_frequency, max_categories, drop } = own.options;
    const encoder = oneHotEncoder({
      handleUnknown: own.unknown === "ignore" ? "ignore" : "infrequent",
      minFrequency: min_frequency ?? null,
      maxCategories: max_categories ?? null,
      drop: drop === "if_binary" ? "ifBinary" : (drop ?? null),
    });
    const pipeline = await fitColumnPipeline(rowsOf(training), group(encoder));
    const table = tableOf("tree", [...answers.fresh, ...answers.training.slice(0, 20)]);
    expectClose(await matrix(pipeline, table), own.rows);
    expectClose(await matrix(pipeline, table, wasm), own.rows);
    expect(pipeline.featureNames.length).toBe(own.rows[0]?.length);
  });

  test("scales grouped features to mean 0 and deviation 1 on the training rows", async () => {
    const pipeline = await fitColumnPipeline(
      rowsOf(training),
      group(oneHotEncoder({ minFrequency: 8, drop: "first" }), standardScaler()),
    );
    const rows = await matrix(pipeline, training);
    for (let feature = 0; feature < pipeline.featureNames.length; feature++) {
      const values = rows.map((row) => row[feature] ?? Number.NaN);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      expect(Math.abs(mean)).toBeLessThan(1e-6);
      expect(Math.abs(variance - 1)).toBeLessThan(1e-5);
    }
  });

  test("refuses to drop the only feature", async () => {
    const one = tableOf("tree", ["oak", "oak"]);
    await expect(fitColumnPipeline(rowsOf(one), group(oneHotEncoder({ drop: "first" })))).rejects.toThrow(
      'column "tree": has the one feature "oak"',
    );
  });
});

describe("tables", () => {
  test("ordinal codes are scikit-learn's, and are marked as categories", async () => {
    const encoder = ordinalEncoder({ handleUnknown: "useEncodedValue", unknownValue: -5, encodedMissingValue: -9 });
    const pipeline = await fitColumnPipeline(rowsOf(training), group(encoder));
    expectClose(await matrix(pipeline, fresh), answers.ordinal);
    const open = [{ columns: ["tree"], steps: [ordinalEncoder()], allowMissing: true }];
    const strict = await fitColumnPipeline(rowsOf(training), open);
    // Codes below 0 are no categories to split by.
    expect([categoricalFeatures(strict), categoricalFeatures(pipeline)]).toEqual([[0], []]);
    expect(() => transformFrame(strict, fresh)).toThrow(
      'column "tree", row 3: "lime" is no category of the training rows',
    );
    expect(await matrix(strict, tableOf("tree", ["ash", null]))).toEqual([[0], [Number.NaN]]);
    const closed = await fitColumnPipeline(rowsOf(training), group(ordinalEncoder()));
    expect(() => transformFrame(closed, tableOf("tree", ["ash", null]))).toThrow(/row 1: is missing.*encodedMissing/);
  });

  test("frequencies are counts or shares, 0 for unknown, and an imputer adds the missing to its fill", async () => {
    const few = tableOf("tree", ["oak", "oak", "oak", "elm", null]);
    const asked = tableOf("tree", ["oak", "elm", null, "fir"]);
    const shares = await fitColumnPipeline(rowsOf(few), group(frequencyEncoder()));
    expectClose(await matrix(shares, asked), [[0.6], [0.2], [0.2], [0]]);
    const counts = await fitColumnPipeline(
      rowsOf(few),
      group(simpleImputer({ strategy: "mostFrequent", addIndicator: true }), frequencyEncoder({ normalise: false })),
    );
    expectClose(await matrix(counts, asked), [
      [4, 0],
      [1, 0],
      [4, 1],
      [0, 0],
    ]);
    expect(counts.featureNames).toEqual(["tree", "missingindicator_tree"]);
    const scaled = await fitColumnPipeline(
      rowsOf(few),
      group(frequencyEncoder({ normalise: false }), standardScaler()),
    );
    // Counts 3, 3, 3, 1, 1: mean 2.2, deviation sqrt(0.96).
    const scale = Math.sqrt(0.96);
    expectClose(await matrix(scaled, asked), [[0.8 / scale], [-1.2 / scale], [-1.2 / scale], [-2.2 / scale]]);
  });

  test.each(answers.target)("target means of a $kind target, smoothed by $smooth, are scikit-learn's", async (own) => {
    const answers =
      own.kind === "continuous"
        ? { target: Float64Array.from(own.y) }
        : { codes: Int32Array.from(own.y), classes: own.kind === "binary" ? [0, 1] : [0, 1, 2] };
    const groups = group(targetEncoder({ smooth: own.smooth, cv: 4, seed: 3 }));
    const pipeline = await fitColumnPipeline(rowsOf(training), groups, answers);
    expectClose(await matrix(pipeline, fresh), own.rows);
    expectClose(await matrix(pipeline, training, device, true), own.crossed);
    expectClose(await matrix(pipeline, training, wasm, true), own.crossed);
  });

  test("target statistics of shards merge to those of the whole", async () => {
    const target = Float64Array.from(answers.target.find((own) => own.kind === "continuous")?.y ?? []);
    const groups = group(targetEncoder());
    const whole = await fitColumnPipeline(rowsOf(training), groups, { target });
    const shard = (from: number, to: number) =>
      partialFit(startFit(groups), rowsOf(sliceRows(training, from, to)), {
        target: target.subarray(from, to),
      });
    const merged = await finishFit(await mergeFits(await shard(0, 50), await shard(50, training.rowCount)));
    expectClose(await matrix(merged, fresh), await matrix(whole, fresh));
  });

  test("refuses a target encoder without a target", async () => {
    await expect(fitColumnPipeline(rowsOf(training), group(targetEncoder()))).rejects.toThrow(
      'the TargetEncoder of column "tree" takes a target',
    );
  });
});

describe("hashing", () => {
  test("places and signs of categories are those of scikit-learn's FeatureHasher", async () => {
    const pipeline = await fitColumnPipeline(rowsOf(training), group(hashingEncoder()));
    const present = tableOf(
      "tree",
      answers.fresh.filter((own) => own !== null),
    );
    expectClose(await matrix(pipeline, present), answers.hashing);
    expect((await matrix(pipeline, tableOf("tree", [null])))[0]).toEqual(new Array(16).fill(0));
  });

  test.each(answers.text)("TF-IDF of texts is scikit-learn's with $options", async (own) => {
    const { n_features, analyzer, ngram_range, lowercase } = own.options;
    const step: TextHashing = textHashing({
      nFeatures: n_features,
      analyzer: analyzer === "char_wb" ? "charWb" : analyzer,
      ngramRange: ngram_range,
      lowercase: lowercase ?? true,
    });
    const groups = [{ columns: ["text"], steps: [step] }];
    const texts = tableOf("text", answers.texts);
    const pipeline = await fitColumnPipeline(rowsOf(texts), groups);
    const all = tableOf("text", [...answers.texts, ...answers.unseen]);
    expectClose(await matrix(pipeline, all), own.rows);
    expectClose(await matrix(pipeline, all, wasm), own.rows);
    const parts = await Promise.all(
      [sliceRows(texts, 0, 3), sliceRows(texts, 3)].map((part) => partialFit(startFit(groups), rowsOf(part))),
    );
    const [left, right] = parts;
    if (!left || !right) throw new Error("there are two parts");
    expect(await finishFit(await mergeFits(left, right))).toEqual(pipeline);
  });

  test("refuses to take numbers for texts", async () => {
    const groups = [{ columns: ["tree"], steps: [textHashing()] }];
    await expect(fitColumnPipeline(rowsOf(tableOf("tree", [1, 2])), groups)).rejects.toThrow(
      'column "tree": is numeric, which TextHashing does not take',
    );
  });
});

describe("dates", () => {
  const columns = ["year", "month", "day", "hour", "minute", "dayOfWeek", "dayOfYear"] as const;
  test.each(answers.dates)("the calendar and clock of $zone are zoneinfo's, across its changes", async (own) => {
    const table = frame({ at: timestampColumn(Float64Array.from(own.rows, (row) => (row[0] ?? 0) * 1000)) });
    const steps = [dateFeatures({ timeZone: own.zone, features: columns })];
    const pipeline = await fitColumnPipeline(rowsOf(table), [{ columns: ["at"], steps }]);
    expect(await matrix(pipeline, table)).toEqual(own.rows.map((row) => row.slice(1)));
  });

  test("cycles are sine and cosine of the share of the period, and gaps are filled after them", async () => {
    const table = frame({
      at: columnFrom("at", [new Date("2024-02-29T18:00:00Z"), null, new Date("2023-12-31T06:00:00Z")]),
    });
    const features = ["hour", "dayOfYear", "isWeekend", "elapsedDays"] as const;
    const pipeline = await fitColumnPipeline(rowsOf(table), [
      { columns: ["at"], steps: [dateFeatures({ features, cyclic: true }), simpleImputer()] },
    ]);
    expect(pipeline.featureNames).toEqual([
      "at_hour_sin",
      "at_hour_cos",
      "at_dayOfYear_sin",
      "at_dayOfYear_cos",
      "at_isWeekend",
      "at_elapsedDays",
    ]);
    const leap = (2 * Math.PI * 59) / 366;
    const last = (2 * Math.PI * 364) / 365;
    const [first, third] = [
      [-1, 0, Math.sin(leap), Math.cos(leap), 0, 19782.75],
      [1, 0, Math.sin(last), Math.cos(last), 1, 19722.25],
    ];
    const mean = (first ?? []).map((value, i) => (value + (third?.[i] ?? 0)) / 2);
    expectClose(await matrix(pipeline, table), [first ?? [], mean, third ?? []]);
  });

  test("refuses an unknown zone, and a column that is no timestamp", async () => {
    await expect(fitColumnPipeline(rowsOf(training), group(dateFeatures({ timeZone: "Mars/Base" })))).rejects.toThrow(
      'there is no time zone "Mars/Base"',
    );
    await expect(fitColumnPipeline(rowsOf(training), group(dateFeatures()))).rejects.toThrow(
      'column "tree": is dictionary, but DateFeatures takes a timestamp',
    );
  });
});

test.each<[string, PreprocessStep[]]>([
  ["OneHotEncoder: minFrequency", [oneHotEncoder({ minFrequency: 2.5 })]],
  ["OneHotEncoder: maxCategories", [oneHotEncoder({ maxCategories: 0 })]],
  ["TargetEncoder: cv", [targetEncoder({ cv: 1 })]],
  ["TargetEncoder: smooth", [targetEncoder({ smooth: -1 } satisfies Partial<TargetEncoder>)]],
  ["OrdinalEncoder: unknownValue", [ordinalEncoder({ unknownValue: Number.POSITIVE_INFINITY })]],
  ["HashingEncoder: nFeatures", [hashingEncoder({ nFeatures: 5000 })]],
  ["TextHashing: ngramRange", [textHashing({ ngramRange: [3, 2] })]],
  ["a column takes one encoder", [ordinalEncoder(), frequencyEncoder()]],
  ["it comes first, and once", [standardScaler(), dateFeatures()]],
  ["takes a column alone", [textHashing(), standardScaler()]],
])("refuses %s out of place before any row is read", async (message, steps) => {
  const fit = fitColumnPipeline(rowsOf(training), group(...steps));
  await expect(fit).rejects.toThrow(ArgumentError);
  await expect(fit).rejects.toThrow(message);
});

test("an empty frame of rows still has its columns' kinds asked for", async () => {
  const pipeline = await fitColumnPipeline(rowsOf(training), group(frequencyEncoder()));
  expect(() => transformFrame(pipeline, frameFromRows([{ tree: 3 }]))).toThrow(
    'column "tree": is numeric, but the pipeline was fitted on dictionary',
  );
});

test("numbers of dates go through steps that take a pass of their own, with gaps filled before", async () => {
  const days = [0, 6, 12, null, 18];
  const table = frame({
    at: columnFrom(
      "at",
      days.map((hour) => (hour === null ? null : new Date(Date.UTC(2024, 0, 1, hour)))),
    ),
  });
  const steps = [dateFeatures({ features: ["hour"] }), simpleImputer({ strategy: "median" }), minMaxScaler()];
  const pipeline = await fitColumnPipeline(rowsOf(table), [{ columns: ["at"], steps }], { device });
  // The median of 0, 6, 12 and 18 is 9, which is half of 18.
  expectClose(await matrix(pipeline, table), [[0], [1 / 3], [2 / 3], [0.5], [1]]);
  const alone = await fitColumnPipeline(
    rowsOf(table),
    [{ columns: ["at"], steps: [dateFeatures({ features: ["hour"] }), minMaxScaler()], allowMissing: true }],
    { device },
  );
  expectClose(await matrix(alone, table), [[0], [1 / 3], [2 / 3], [null], [1]]);
});

test("a table of more rows than a batch comes out on the host as it does whole, on every device", async () => {
  const trees = ["ash", "elm", "oak", null];
  const long = frame({
    tree: columnFrom(
      "tree",
      Array.from({ length: 20_000 }, (_, row) => trees[(row * row) % 4] ?? null),
    ),
    height: columnFrom(
      "height",
      Array.from({ length: 20_000 }, (_, row) => (row % 7 === 3 ? null : row / 8)),
    ),
  });
  const target = Float64Array.from({ length: 20_000 }, (_, row) => row % 3);
  const pipeline = await fitColumnPipeline(
    rowsOf(long),
    [
      { columns: ["tree"], steps: [targetEncoder()] },
      { columns: ["height"], steps: [simpleImputer(), standardScaler()] },
    ],
    { target },
  );
  const features = transformFrame(pipeline, long, { training: true });
  const whole = await features.data(wasm);
  const matrix = await transformTable(pipeline, long, { device: wasm, training: true });
  expect([matrix.rows, matrix.columns, matrix.names]).toEqual([20_000, 2, ["tree", "height"]]);
  expect(matrix.data).toEqual(whole);
  const plain = await transformTable(pipeline, sliceRows(long, 0, 9000), { device, training: true });
  plain.data.forEach((value, at) => {
    if (!(Math.abs(value - (whole[at] ?? Number.NaN)) <= 1e-6)) throw new Error(`element ${at}: ${value}`);
  });
});
