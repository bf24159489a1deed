// Runs held against recorded ones: made-up figures, so that what is a regression is known beforehand.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compareRuns, readRun } from "../../benchmarks/compare.ts";
import type { Row } from "../../benchmarks/row.ts";

interface Figures {
  readonly value?: number;
  readonly roof?: number;
  readonly spread?: number;
  readonly peers?: Readonly<Record<string, number>>;
  readonly threads?: number;
}

const row = ({ value = 50, roof = 60, spread = 0.01, peers = {}, threads = 1 }: Figures = {}): Row => ({
  suite: "matmul",
  case: "256 x 256 x 256",
  device: `wasm (relaxed-simd, ${threads} thread)`,
  threads,
  unit: "GFLOP/s",
  value,
  spread,
  roof,
  roofSpread: spread,
  shareOfRoof: value / roof,
  peers: Object.entries(peers).map(([name, own]) => ({ name, version: "1", value: own, spread, ratio: value / own })),
});

const only = (before: Row, after: Row) => {
  const [comparison, ...rest] = compareRuns([before], [after]);
  if (comparison === undefined || rest.length > 0) throw new Error("one case gives one comparison");
  return comparison;
};

test("a case that lost a fifth against roof and peers regressed", () => {
  const peers = { "jax-js": 30, "tfjs-wasm": 25 };
  expect(only(row({ peers }), row({ value: 40, peers }))).toMatchObject({
    regressed: true,
    change: expect.closeTo(-0.2, 6),
    yardsticks: ["roof", "jax-js", "tfjs-wasm"],
  });
});

test("a machine that slowed down as a whole is no regression", () => {
  const before = row({ value: 50, roof: 60, peers: { "jax-js": 30 } });
  const after = row({ value: 25, roof: 30, peers: { "jax-js": 15 } });
  expect(only(before, after)).toMatchObject({ regressed: false, change: expect.closeTo(0, 6) });
});

test("one yardstick of three that moved alone decides nothing", () => {
  const before = row({ peers: { "jax-js": 30, "tfjs-wasm": 25 } });
  const after = row({ peers: { "jax-js": 60, "tfjs-wasm": 25 } });
  expect(only(before, after).regressed).toBe(false);
});

test("the noise is that of both runs: the same loss counts when turns lay close and does not when they lay apart", () => {
  expect(only(row({ spread: 0.005 }), row({ spread: 0.005, value: 46 })).regressed).toBe(true);
  expect(only(row({ spread: 0.03 }), row({ spread: 0.005, value: 46 })).regressed).toBe(false);
  expect(only(row({ spread: 0.005 }), row({ spread: 0.03, value: 46 })).regressed).toBe(false);
});

test("two runs are never told apart by less than two in a hundred", () => {
  expect(only(row({ spread: 0 }), row({ spread: 0, value: 49.2 })).regressed).toBe(false);
  expect(only(row({ spread: 0 }), row({ spread: 0, value: 48.8 })).regressed).toBe(true);
});

test("cases are matched by suite, name, kind of device and threads; others are left out", () => {
  expect(compareRuns([row({ threads: 1 })], [row({ threads: 2 })])).toEqual([]);
  expect(compareRuns([row()], [{ ...row(), device: "wasm (simd, 1 thread)" }])).toHaveLength(1);
  expect(compareRuns([row()], [{ ...row(), device: "webgpu (some card)" }])).toEqual([]);
});

test("a run is read as --json and as --record write it; anything else is refused by name", () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-compare-"));
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  try {
    expect(readRun(file("json.json", JSON.stringify([row()])))).toEqual({ rows: [row()], machine: undefined });
    const machine = { cpu: "AMD EPYC", cores: 2 };
    expect(readRun(file("record.json", JSON.stringify({ machine, rows: [row()] })))).toEqual({
      rows: [row()],
      machine,
    });
    expect(() => readRun(file("other.json", '{"rows": [{}]}'))).toThrow(/other\.json holds no run/);
    expect(() => readRun(file("broken.json", "{"))).toThrow(/broken\.json cannot be read/);
    expect(() => readRun(join(folder, "absent.json"))).toThrow(/absent\.json cannot be read/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
