// Every op has a line in each table, and no table has a line for what is no op.
import { elementwiseOps, ops } from "@millrace/kernels";
import { checks } from "@millrace/kernels/cases";
import { references } from "@millrace/kernels/reference";
import { wasmAtHand, wasmFamilies } from "@millrace/kernels/wasm";
import { webgpuAtHand, webgpuFamilies } from "@millrace/kernels/webgpu";
import { expect, test } from "vitest";

/** Ops that never become a step of a plan, and why. */
const withoutKernels: Readonly<Record<string, string>> = {
  reshape: "a view of its input",
  identity: "a view of its input",
  ...Object.fromEntries([...elementwiseOps.keys()].map((name) => [name, "planned as a map"])),
};

const all = [...ops.keys()].sort();

test.each([
  { name: "reference.ts", names: [...references.keys()] },
  { name: "cases.ts", names: [...checks.keys()] },
])("kernels/$name has every op once", ({ names }) => {
  expect(names.sort()).toEqual(all);
});

test.each([
  { name: "wasm", atHand: wasmAtHand, families: wasmFamilies },
  { name: "webgpu", atHand: webgpuAtHand, families: webgpuFamilies },
])("kernels/$name.ts and its families have every op that can be a step once", async ({ atHand, families }) => {
  const lines: [string, readonly unknown[]][] = [...atHand];
  for (const { names, load } of families) {
    const loaded = await load();
    expect([...loaded.keys()]).toEqual(names);
    lines.push(...loaded);
  }
  expect(lines.map(([name]) => name).sort()).toEqual(all.filter((name) => !(name in withoutKernels)));
  for (const [name, kernels] of lines) expect(kernels.length, name).toBeGreaterThan(0);
});

test("every op has cases", () => {
  for (const [name, { cases }] of checks) expect(cases.length, name).toBeGreaterThan(0);
});

test("ops without kernels are ops", () => {
  expect(Object.keys(withoutKernels).filter((name) => !ops.has(name))).toEqual([]);
});
