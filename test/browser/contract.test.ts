// Every op's every case in Chromium, from the contracts alone, as test/kernels/contract.test.ts does in Node.
import { ops } from "@millrace/kernels";
import { checks } from "@millrace/kernels/cases";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenPage, openPage } from "./open-page.ts";
import { type ContractReport, hashContract } from "./page/contract.ts";

let open: OpenPage;
beforeAll(async () => {
  open = await openPage();
});
afterAll(() => open[Symbol.asyncDispose]());

const caseCount = [...checks.values()].reduce((sum, { cases }) => sum + cases.length, 0);

const devices = [
  { title: "WebGPU on SwiftShader", kind: "webgpu", options: { software: true }, name: /^webgpu \(.*swiftshader/i },
  { title: "strict WASM", kind: "wasm", options: { deterministic: true, threads: 1 }, name: /^wasm/ },
  { title: "WASM with two threads", kind: "wasm", options: { threads: 2 }, name: /^wasm .*2 threads/ },
];

test.each(devices)("$title in the page agrees with every reference", async ({ kind, options, name }) => {
  const report = await open.run<ContractReport>("test/browser/page/contract.ts", "runContract", kind, options);
  expect(report.failures).toEqual([]);
  expect(report.device).toMatch(name);
  expect(report.isolated).toBe(true);
  expect(report.cases).toBe(caseCount);
  expect(report.ops).toEqual([...ops.keys()]);
  expect(open.errors).toEqual([]);
});

test("strict WASM gives the same bits in the page as in Node for every op's every case, on one thread and on two", async () => {
  const inNode = await hashContract(1);
  expect(inNode).toHaveLength(caseCount);
  expect(new Set(inNode.map((line) => line.slice(-64))).size).toBeGreaterThan(caseCount / 2);
  for (const threads of [1, 2]) {
    const inPage = await open.run<string[]>("test/browser/page/contract.ts", "hashContract", threads);
    expect(inPage).toEqual(inNode);
  }
  expect(await hashContract(2)).toEqual(inNode);
});
