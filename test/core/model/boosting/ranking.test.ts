// LambdaRank against LightGBM's; see test/fixtures/ranking/record.py.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Device, openDevice } from "@millrace/core";
import {
  type FittedEstimator,
  fitEstimator,
  type GradientBoostingRanker,
  gradientBoostingRanker,
  matrixOf,
} from "@millrace/core/tables";
import { afterAll, beforeAll, expect, test } from "vitest";

const folder = new URL("../../../fixtures/ranking/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");
type Form = "normed" | "plain";
interface Recorded {
  readonly columns: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly groups: readonly number[];
  readonly options: { readonly rounds: number; readonly num_leaves: number; readonly min_data_in_leaf: number };
  readonly scores: Readonly<Record<Form, { readonly mean: number }>> & { readonly none: number };
  readonly sure: Readonly<Record<Form, { readonly ndcg: number; readonly first: number[]; readonly fifth: number[] }>>;
}
const { columns, x, y, groups, options, scores, sure }: Recorded = JSON.parse(read("ranking.json"));

test("the recorded answers are those of the script in the manifest", () => {
  const manifest = JSON.parse(read("manifest.json"));
  const hash = (name: string): string => createHash("sha256").update(read(name)).digest("hex");
  expect(hash("ranking.json")).toBe(manifest.sha256["ranking.json"]);
  expect(hash("record.py")).toBe(manifest.scriptSha256);
});

let device: Device;
beforeAll(async () => {
  device = await openDevice("wasm", { deterministic: true, threads: 1 });
});
afterAll(() => device[Symbol.dispose]?.());

const rowsOf = (rows: readonly number[]) => matrixOf(rows.map((row) => x.slice(row * columns, (row + 1) * columns)));
const rowsWhere = (holds: (group: number) => boolean): number[] =>
  groups.flatMap((group, row) => (holds(group) ? [row] : []));
/** The queries that were fitted on, of 300. */
const training = rowsWhere((group) => group < 150);
const data = {
  x: rowsOf(training),
  target: Float64Array.from(training, (row) => y[row] ?? 0),
  groups: Int32Array.from(training, (row) => groups[row] ?? 0),
};

/** Mean NDCG at 10 of the queries that were not fitted on, as record.py has it. */
const ndcgOf = async (model: FittedEstimator): Promise<number> => {
  const held = rowsWhere((group) => group >= 150);
  const { prediction = [] } = await model.predict(rowsOf(held));
  let sum = 0;
  for (let query = 150; query < 300; query++) {
    const own = held.flatMap((row, i) =>
      groups[row] === query ? [{ gain: 2 ** (y[row] ?? 0) - 1, score: Number(prediction[i]) }] : [],
    );
    const dcg = (gains: readonly number[]): number =>
      gains.slice(0, 10).reduce((total, gain, place) => total + gain / Math.log2(place + 2), 0);
    const ranked = own.toSorted((a, b) => b.score - a.score).map(({ gain }) => gain);
    sum += dcg(ranked) / dcg(ranked.toSorted((a, b) => b - a));
  }
  return sum / 150;
};

const forms: Readonly<Record<Form, Partial<GradientBoostingRanker>>> = {
  normed: {},
  plain: { lambdarankNorm: false, lambdarankTruncationLevel: 10 },
};
const shared = { numLeaves: options.num_leaves, nEstimators: options.rounds };

test.each(["normed", "plain"] as const)("without chance the %s trees say what LightGBM's do", async (form) => {
  const bound = { ...forms[form], numLeaves: options.num_leaves, minDataInLeaf: 1, minSumHessianInLeaf: 0.5 };
  for (const [nEstimators, wanted] of [
    [1, sure[form].first],
    [5, sure[form].fifth],
  ] as const) {
    using model = await fitEstimator(gradientBoostingRanker({ ...bound, nEstimators }), data, { device });
    const { prediction = [] } = await model.predict(rowsOf(training.slice(0, 40)));
    // LightGBM looks its logistic function up in a table.
    wanted.forEach((own, row) => {
      expect(Math.abs(Number(prediction[row]) - own), `row ${row}`).toBeLessThan(1e-3 * Math.max(1, Math.abs(own)));
    });
  }
  using model = await fitEstimator(gradientBoostingRanker({ ...bound, nEstimators: 40 }), data, { device });
  expect(Math.abs((await ndcgOf(model)) - sure[form].ndcg)).toBeLessThan(0.005);
});

test.each(["normed", "plain"] as const)(
  "the mean NDCG of held-out queries over ten seeds, %s, is LightGBM's",
  async (form) => {
    let sum = 0;
    for (let seed = 0; seed < 10; seed++) {
      const drawn = { baggingFraction: 0.9, featureFraction: 0.8, minDataInLeaf: options.min_data_in_leaf };
      using model = await fitEstimator(gradientBoostingRanker({ ...shared, ...forms[form], ...drawn }), data, {
        device,
        seed,
      });
      sum += await ndcgOf(model);
    }
    expect(Math.abs(sum / 10 - scores[form].mean)).toBeLessThan(0.005);
    expect(scores.none).toBeLessThan(0.5);
  },
  60_000,
);

test("the loss falls, and every device grows the same trees", async () => {
  const losses: number[] = [];
  const report = ({ loss }: { loss?: number }) => losses.push(loss ?? Number.NaN);
  using one = await fitEstimator(gradientBoostingRanker({ ...shared, nEstimators: 5 }), data, { device, report });
  expect(losses[4]).toBeLessThan((losses[0] ?? 0) / 2);
  using plain = await openDevice("reference");
  using other = await fitEstimator(gradientBoostingRanker({ ...shared, nEstimators: 5 }), data, { device: plain });
  expect(other.parameters).toEqual(one.parameters);
});

test("what cannot be ranked is refused", async () => {
  const refused = (given: object, own = {}) =>
    expect(fitEstimator(gradientBoostingRanker(own), { ...data, ...given }, { device })).rejects;
  await refused({ groups: undefined }).toThrow("takes a target, the relevance of each row, and groups");
  await refused({ groups: data.groups.map((group, row) => (row === 0 ? 149 : group)) }).toThrow(
    "group 149 begins again at row",
  );
  await refused({ groups: data.groups.slice(1) }).toThrow("but groups has");
  await refused({ target: data.target.map((own) => own - 1) }).toThrow("a relevance is a whole number from 0 to 30");
  await refused({ weights: new Float64Array(training.length).fill(1) }).toThrow("takes no weights of rows");
  await refused({}, { patience: 3 }).toThrow("patience is null for ranking");
  await refused({}, { sigmoid: 0 }).toThrow("sigmoid is a finite number above 0");
});
