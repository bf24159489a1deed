// The picture of a plan: everything that the plan says is in it, and nothing that a name says can break it.
import { type AnyOp, type Attributes, op, ops, type TensorType } from "@millrace/kernels";
import { expect, test } from "vitest";
import { drawPlan } from "../../../core/plan/draw.ts";
import type { Operand, Plan, Step } from "../../../core/plan/plan.ts";

const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });

/** A step of an op, written by hand, so that what is drawn does not hang on how plans are fused. */
const step = (name: string, inputs: Operand[], output: Operand, alias = -1, attributes: Attributes = {}): Step => {
  const contract = ops.get(name);
  if (!contract) throw new Error(`there is no op ${name}`);
  return { op: contract, attributes, inputs, outputs: [output], aliases: [alias], work: { flops: 0, bytes: 0 } };
};
const at = (slot: number, ...shape: number[]): Operand => ({ slot, type: f32(...shape) });
const plan = (
  steps: Step[],
  slots: readonly (readonly ["external" | "temporary", number])[],
  ends: [Operand[], Operand[]],
): Plan => ({
  steps,
  slots: slots.map(([kind, byteLength]) => ({ kind, byteLength })),
  externals: slots.flatMap(([kind], i) => (kind === "external" ? [i] : [])),
  arguments: ends[0],
  results: ends[1],
  cost: { flops: 0, bytes: 0, dispatches: steps.length, temporaryBytes: 60, byKernel: new Map() },
});

/** x @ y, its tanh in place, and the sum of the rows. */
const tanh = { instructions: [{ function: "tanh", inputs: [0] }], outputs: [1], shape: [3, 5] };
const small = plan(
  [
    step("matmul", [at(0, 3, 4), at(1, 4, 5)], at(3, 3, 5)),
    step("map", [at(3, 3, 5)], at(3, 3, 5), 0, tanh),
    step("reduce", [at(3, 3, 5)], at(2, 3)),
  ],
  [
    ["external", 48],
    ["external", 80],
    ["external", 12],
    ["temporary", 60],
  ],
  [[at(0, 3, 4), at(1, 4, 5)], [at(2, 3)]],
);

const count = (text: string, part: string | RegExp): number => text.split(part).length - 1;

/** Checks that tags are closed in order, as an XML reader would. */
const unclosed = (svg: string): string[] => {
  const open: string[] = [];
  for (const [, closing, name = "", self] of svg.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/g))
    if (closing) {
      if (open.pop() !== name) return [`</${name}>`];
    } else if (!self) open.push(name);
  return open;
};

test("a box for each step with its sizes, a lane for each slot, an arrow or a dot for each operand", async () => {
  const svg = await drawPlan(small);
  expect(count(svg, 'rx="5"')).toBe(3);
  expect(count(svg, "<title>slot ")).toBe(4);
  expect(count(svg, 'stroke="none" d="M')).toBe(4);
  expect(count(svg, "<circle")).toBe(3);
  for (const words of ["0  matmul", "f32[3, 4] ◂", "f32[3, 5] ▸", "1  map(tanh)", "f32[3, 5] in place ▸", "2  reduce"])
    expect(svg).toContain(words);
  for (const words of [
    "argument 0: 48 B",
    "argument 1: 80 B",
    "result 0: 12 B",
    "element-wise",
    "product",
    "reduction",
  ])
    expect(svg).toContain(words);
  expect(svg).not.toContain("movement");
});

test("it stands alone and is well formed", async () => {
  const svg = await drawPlan(small);
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="\d+" height="\d+" viewBox="0 0 \d+ \d+"/);
  expect(unclosed(svg)).toEqual([]);
  expect(svg.replace("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|href|url\(|<script|<style|NaN|undefined/);
});

test("memory that is free between two uses is drawn as free", async () => {
  const softmax = (from: number, to: number): Step => step("softmax", [at(from, 8)], at(to, 8));
  // Slot 2 holds a value from step 0 to 1 and another from step 2 to 3.
  const chain = plan(
    [softmax(0, 2), softmax(2, 3), softmax(3, 2), softmax(2, 1)],
    [
      ["external", 32],
      ["external", 32],
      ["temporary", 32],
      ["temporary", 32],
    ],
    [[at(0, 8)], [at(1, 8)]],
  );
  // One stretch for the argument, and one for each of the four values that are written.
  expect(count(await drawPlan(chain), 'stroke-width="2.5"')).toBe(5);
});

test("an op's name cannot leave its text", async () => {
  const evil: AnyOp = op({
    name: `</text><script>alert("&'")</script>`,
    inputs: ["x"],
    outputs: ([x]) => (x ? [x] : []),
    work: () => ({ flops: 0, bytes: 0 }),
  });
  const svg = await drawPlan({ ...small, steps: small.steps.map((each) => ({ ...each, op: evil })) });
  expect(svg).not.toContain("<script");
  expect(svg).toContain("&#60;/text&#62;&#60;script&#62;alert(&#34;&#38;&#39;&#34;)");
  expect(unclosed(svg)).toEqual([]);
});

test("a plan without steps is an empty picture, not a broken one", async () => {
  const svg = await drawPlan(plan([], [], [[], []]));
  expect(svg).toContain("0 steps, 0 operations");
  expect(unclosed(svg)).toEqual([]);
  expect(svg).not.toMatch(/NaN|Infinity/);
});
