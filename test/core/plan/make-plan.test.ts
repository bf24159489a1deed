// The planner against the plain meaning: random graphs, planned with fusion, shared memory and donation, must give what
// each op's reference gives when run alone, node by node.

import { geluTanh, mapTrees, nn, Tensor, valueAndGrad } from "@millrace/core";
import type { ReferenceTensor } from "@millrace/kernels";
import { describe, expect, test } from "vitest";
import * as build from "../../../core/graph/build.ts";
import { apply, inputValue, type Value } from "../../../core/graph/node.ts";
import { makePlan } from "../../../core/plan/make-plan.ts";
import { flattenTree } from "../../../core/tensor/tree.ts";
import { generator } from "../../kernels/contract-runner.ts";
import { runPlain, runPlan } from "./run.ts";

const shapes = [[4, 3], [3], [4, 1], []];

/** A random graph over four inputs of shapes that broadcast to [4, 3]. */
const randomGraph = (seed: number): { args: Value[]; results: Value[] } => {
  const random = generator(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const args = shapes.map((shape) => inputValue({ dtype: "f32", shape }));
  const pool: Value[] = [...args, build.constant(0.5)];
  const unary = ["tanh", "relu", "negate", "sin", "sigmoid"];
  for (let i = 0; i < 25; i++) {
    const [x, y] = [pick(pool), pick(pool)];
    const kind = random();
    if (kind < 0.35) pool.push(apply(pick(unary), [x]));
    else if (kind < 0.7) pool.push(apply(pick(["add", "subtract", "multiply", "maximum"]), [x, y]));
    else if (kind < 0.8 && x.type.shape.length > 0) pool.push(build.reduce("sum", x, [0], true));
    else if (kind < 0.9 && x.type.shape.length === 2 && y.type.shape.length === 2)
      pool.push(
        build.matmul(
          x,
          build.transpose(
            build.broadcastTo(
              y,
              [4, x.type.shape[1] ?? 1].map((n, axis) => (axis === 1 && y.type.shape[1] === 3 ? 3 : n)),
            ),
            [1, 0],
          ),
        ),
      );
    else pool.push(build.reshape(x, [...x.type.shape, 1].slice(-3)));
  }
  const results = Array.from({ length: 4 }, () => pick(pool.slice(4)));
  return { args, results };
};

const attempt = (seed: number): { args: Value[]; results: Value[] } => {
  for (let i = 0; i < 50; i++) {
    try {
      return randomGraph(seed * 1000 + i);
    } catch {
      // Shapes that do not go together: draw again.
    }
  }
  throw new Error(`no graph for seed ${seed}`);
};

describe("a plan gives what its ops give alone", () => {
  test.each(Array.from({ length: 150 }, (_, seed) => seed))("random graph %i", async (seed) => {
    const { args, results } = attempt(seed);
    const random = generator(seed + 77);
    const data = args.map(
      (value): ReferenceTensor => ({
        type: value.type,
        data: Float64Array.from({ length: value.type.shape.reduce((a, b) => a * b, 1) }, () =>
          Math.fround(random() * 2 - 1),
        ),
      }),
    );
    const expected = runPlain(args, data, results);
    const plan = makePlan(args, results, { donated: [0, 1, 2, 3], maximumMapBuffers: 3 + (seed % 6) });
    (await runPlan(plan, data)).forEach((got, i) => {
      const want = [...(expected[i]?.data ?? [])];
      expect(got.length).toBe(want.length);
      got.forEach((value, k) => {
        expect(value).toBeCloseTo(want[k] ?? Number.NaN, 9);
      });
    });
    const slots = plan.results.map((result) => result.slot);
    expect(new Set(slots).size).toBe(slots.length);
  });
});

test("temporaries that are not alive together share memory", () => {
  const x = inputValue({ dtype: "f32", shape: [64, 64] });
  let y = x;
  for (let i = 0; i < 10; i++) y = build.matmul(y, x);
  const plan = makePlan([x], [y]);
  expect(plan.steps.length).toBe(10);
  expect(plan.cost.temporaryBytes).toBe(2 * 64 * 64 * 4);
});

test("equal expressions are computed once", () => {
  const x = inputValue({ dtype: "f32", shape: [8, 8] });
  const plan = makePlan([x], [build.add(build.matmul(x, x), build.matmul(x, x))]);
  expect(plan.steps.map((step) => step.op.name)).toEqual(["matmul", "map"]);
});

test("what is cheap to work out again is not stored for the gradient", () => {
  const x = inputValue({ dtype: "f32", shape: [64, 64] });
  const weights = inputValue({ dtype: "f32", shape: [64, 64] });
  const loss = (own: Tensor): Tensor => {
    const matrix = new Tensor(weights);
    return geluTanh(own.matmul(matrix)).matmul(matrix).square().sum();
  };
  const { gradient } = valueAndGrad(loss)(new Tensor(x));
  const plan = makePlan([x, weights], [gradient.value]);
  const maps = plan.steps.filter(({ op }) => op.name === "map");
  // Forward: the tanh, which is dear, and the result. Backward: the gradient, the product and the tanh.
  expect(maps.map(({ inputs, outputs }) => [inputs.length, outputs.length])).toEqual([
    [1, 2],
    [1, 1],
    [3, 1],
  ]);
});

test("what costs more than a load is stored once, with all that a result needs", () => {
  const [x, weights] = [0, 1].map(() => inputValue({ dtype: "f32", shape: [64, 64] })) as [Value, Value];
  const slow = apply("tanh", [x]);
  const cheap = build.add(slow, build.constant(1));
  const product = build.matmul(build.multiply(cheap, slow), weights);
  const result = build.multiply(product, build.multiply(cheap, x));
  const plan = makePlan([x, weights], [result, build.negate(cheap)], { maximumMapBuffers: 16 });
  const functions = plan.steps.flatMap(({ attributes: { instructions } }) =>
    Array.isArray(instructions) ? instructions.map((each) => Object(each).function) : [],
  );
  expect(functions.filter((name) => name === "tanh").length).toBe(1);
});

test("a transposed operand is read in place, not copied", () => {
  const x = inputValue({ dtype: "f32", shape: [8, 4] });
  const plan = makePlan([x], [build.matmul(build.transpose(x, [1, 0]), x)]);
  expect(plan.steps.map((step) => step.op.name)).toEqual(["matmul"]);
  expect(plan.steps[0]?.attributes).toMatchObject({ transposeA: true, transposeB: false });
});

test("a result that depends on an input that is not an argument is refused", () => {
  const x = inputValue({ dtype: "f32", shape: [2] });
  expect(() => makePlan([], [build.negate(x)])).toThrow(/f32\[2\] that is not an argument/);
});

test("a sequence of 512 steps and its gradient, 32,000 nodes, are planned within seconds", () => {
  // Nested loops in which each step reaches its own gradient past all that follow: 80 s where a search walks everything.
  const layer = nn.lstm(8, 16);
  const input = (shape: readonly number[]): Tensor => new Tensor(inputValue({ dtype: "f32", shape }));
  const parameters = mapTrees(({ shape }) => input(shape), layer.initialise(1));
  const x = input([4, 512, 8]);
  const loss = (own: typeof parameters): Tensor => layer.apply(own, x).value.square().mean();
  const { value, gradient } = valueAndGrad(loss)(parameters);
  const valuesOf = (tensors: readonly Tensor[]): Value[] => tensors.map((tensor) => tensor.value);
  const args = valuesOf([...flattenTree(parameters), x]);
  const begun = performance.now();
  const plan = makePlan(args, valuesOf([value, ...flattenTree(gradient)]));
  expect(performance.now() - begun).toBeLessThan(30_000);
  expect(plan.steps.length).toBeGreaterThan(10_000);
});
