// The command as a whole, without peers (they are installed on first use only): what it prints and what it writes.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"));
const command = join(import.meta.dirname, "../../benchmarks/run.ts");
const bench = (...options: string[]) =>
  run(process.execPath, [
    "--conditions=millrace-source",
    command,
    "--no-peers",
    "--rounds",
    "1",
    "--milliseconds",
    "5",
    ...options,
  ]);

const cases = ["256 x 256 x 256", "0.0625M", "argmax, 4096", "one add"];

let printed: string;
let rows: Record<string, unknown>[];

beforeAll(async () => {
  const json = join(folder, "rows.json");
  const { stdout } = await bench(
    "--only",
    "matmul,map,reduce,dispatch",
    ...cases.flatMap((text) => ["--case", text]),
    "--threads",
    "2",
    "--json",
    json,
  );
  printed = stdout;
  rows = JSON.parse(readFileSync(json, "utf8"));
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("every row has a value, a roof and the share of it", () => {
  expect(rows.map((row) => row.suite)).toEqual(["matmul", "map", "reduce", "dispatch"]);
  for (const row of rows) {
    expect(row).toEqual({
      suite: expect.any(String),
      case: expect.any(String),
      device: expect.stringContaining("wasm"),
      threads: 2,
      unit: expect.stringMatching(/^(GFLOP|GB|Gelem|Mcalls)\/s$/),
      value: expect.any(Number),
      spread: expect.any(Number),
      roof: expect.any(Number),
      roofSpread: expect.any(Number),
      shareOfRoof: expect.any(Number),
      seconds: expect.any(Number),
      flops: expect.any(Number),
      bytes: expect.any(Number),
      peers: [],
    });
    expect(row.value).toBeGreaterThan(0);
    expect(row.shareOfRoof).toBeCloseTo(Number(row.value) / Number(row.roof));
  }
});

test("no product is far beyond multiply-adds in registers, as a loop that the compiler had taken out would be", () => {
  const products = rows.filter((row) => row.unit === "GFLOP/s");
  expect(products.length).toBeGreaterThan(0);
  // One turn of 5 ms each on a busy machine: what other programs do may fall on either of the two.
  for (const row of products) expect(row.shareOfRoof).toBeLessThan(10);
});

test("the table names the case, the device and the machine", () => {
  expect(printed).toMatch(/GiB, .+; Node 24/);
  expect(printed).toContain("256 x 256 x 256");
  expect(printed).toMatch(/wasm \(.*2 threads\)/);
});

test("a run compared with itself made a thousand times as fast has fallen behind, and the exit code says so", async () => {
  const file = join(folder, "faster.json");
  const faster = rows.map((row) => ({
    ...row,
    shareOfRoof: 1000 * Number(row.shareOfRoof),
    spread: 0.01,
    roofSpread: 0.01,
  }));
  writeFileSync(file, JSON.stringify(faster));
  const only = ["--only", "dispatch", "--case", "one add", "--threads", "2"];
  await expect(bench(...only, "--compare", file)).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/1 of 1 cases fell behind[\s\S]*dispatch: one add.*REGRESSED/),
  });
});

test("--profile prints the time of a case by kernel", async () => {
  const { stdout } = await bench("--profile", "step-mlp", "--threads", "1");
  expect(stdout).toMatch(/784-256-128-10/);
  expect(stdout).toMatch(/kernel +calls +ms/);
  expect(stdout).toMatch(/matmul/);
});

test("a wrong option ends with exit code 2 and the usage", async () => {
  await expect(bench("--only", "everything")).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no suite "everything"[\s\S]*--only SUITE/),
  });
});

test("a filter that no case meets is an error, not an empty success", async () => {
  await expect(bench("--case", "no such case")).rejects.toMatchObject({ code: 2 });
});
