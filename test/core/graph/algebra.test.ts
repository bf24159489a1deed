// What simplification may not change: each element's bits, the sign of its zero and whether it is NaN. Random graphs of the
// applications that rules know, on numbers where a wrong rule shows, against each op's reference run alone.
import type { ReferenceTensor, TensorType } from "@millrace/kernels";
import { describe, expect, test } from "vitest";
import * as build from "../../../core/graph/build.ts";
import { apply, inputValue, topological, type Value } from "../../../core/graph/node.ts";
import { simplify } from "../../../core/graph/simplify.ts";
import { makePlan } from "../../../core/plan/make-plan.ts";
import { generator } from "../../kernels/contract-runner.ts";
import { runPlain, runPlan } from "../plan/run.ts";

const special = [0, -0, 1, -1, 0.5, -2.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 127];
const leaf = (shape: readonly number[], dtype: TensorType["dtype"] = "f32"): Value => inputValue({ dtype, shape });
const namesOf = (...values: readonly Value[]): string[] =>
  topological(values).flatMap((node) => (node.kind === "op" ? [node.op.name] : []));

const unary = ["negate", "absolute", "relu", "floor"];
const binary = ["add", "subtract", "multiply", "divide", "maximum", "minimum"];
const { broadcastTo, cast, constant, greater, reshape, select, slice, transpose } = build;

/** Values of [4, 3], made from two of them and a row in the ways that rules look for. */
const randomGraph = (seed: number): { args: Value[]; results: Value[] } => {
  const random = generator(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const row = leaf([3]);
  const pool = [leaf([4, 3]), leaf([4, 3]), broadcastTo(row, [4, 3])];
  const args = [...pool.slice(0, 2), row];
  const scalars = [0, -0, 1, 2, -1, 0.5].map((value) => constant(value));
  const truth = (x: Value): Value =>
    pick([() => greater(x, pick(pool)), () => greater(pick(scalars), pick(scalars))])();
  const makers: readonly ((x: Value, y: Value) => Value)[] = [
    (x) => apply(pick(unary), [x]),
    (x) => apply(pick(binary), [x, pick(scalars)]),
    (x) => apply(pick(binary), [pick(scalars), x]),
    (x, y) => apply(pick(binary), [x, pick([x, y])]),
    (x) => apply(pick(binary), [x, apply(pick(binary.slice(0, 4)), [pick(scalars), pick(scalars)])]),
    (x, y) => select(pick([truth(x), apply("not", [truth(y)]), cast(pick(scalars), "bool")]), x, pick([x, y])),
    (x) => cast(cast(truth(x), pick(["i32", "u32", "f32", "bool"])), "f32"),
    (x) =>
      apply(pick(binary), [
        x,
        broadcastTo(
          reshape(row, [1, 3]),
          pick([
            [1, 3],
            [4, 3],
          ]),
        ),
      ]),
    (x) => apply(pick(binary), [x, reshape(pick(scalars), pick([[1], [1, 1]]))]),
    (x) =>
      reshape(
        transpose(
          reshape(x, [4, 1, 3]),
          pick([
            [1, 0, 2],
            [0, 2, 1],
            [0, 1, 2],
          ]),
        ),
        [4, 3],
      ),
    (x) =>
      reshape(
        transpose(
          transpose(reshape(x, [2, 2, 3]), [1, 2, 0]),
          pick([
            [2, 0, 1],
            [1, 0, 2],
          ]),
        ),
        [4, 3],
      ),
    (x) => slice(slice(build.pad(x, [1, 0], [1, 2]), [1, 0], [5, 4]), [pick([0, 1]), pick([0, 1])], [4, 3]),
    (x) => build.concatenate([apply("pad", [x], { before: [0, 0], after: [0, 0], value: 1 })], 0),
    (x) => apply("slice", [x], { start: [0, 0], size: [4, 3] }),
  ];
  for (let i = 0; i < 40; i++) {
    const made = pick(makers)(pick(pool), pick(pool));
    pool.push(broadcastTo(made, [4, 3]));
  }
  return { args, results: Array.from({ length: 4 }, () => pick(pool.slice(3))) };
};

describe("a simplified graph has the bits of the graph", () => {
  test.each(Array.from({ length: 200 }, (_, seed) => seed))("random graph %i", async (seed) => {
    const { args, results } = randomGraph(seed);
    const random = generator(seed + 31);
    const data = args.map(
      ({ type }): ReferenceTensor => ({
        type,
        data: Float64Array.from(
          { length: type.shape.reduce((a, b) => a * b, 1) },
          () => special[Math.floor(random() * special.length)] ?? 0,
        ),
      }),
    );
    const expected = runPlain(args, data, results);
    const got = await runPlan(makePlan(args, results, { maximumMapBuffers: 4 + (seed % 8) }), data);
    expect(got).toEqual(expected.map((tensor) => [...tensor.data]));
    expect(topological(simplify(results)).length).toBeLessThanOrEqual(topological(results).length);
  });
});

describe("what is simpler is taken", () => {
  const x = leaf([4, 3]);
  const one = constant(1);
  test.each<[string, Value, string[]]>([
    [
      "x * 1 / 1 - 0 + -0",
      build.add(build.subtract(build.divide(build.multiply(x, one), one), constant(0)), constant(-0)),
      [],
    ],
    ["x + 0, which turns -0 into 0, stays", build.add(x, constant(0)), ["add"]],
    ["0 * x, which keeps NaN, stays", build.multiply(x, constant(0)), ["multiply"]],
    ["-(-x)", build.negate(build.negate(x)), []],
    ["two transposes that undo each other", transpose(transpose(x, [1, 0]), [1, 0]), []],
    ["axes of one element change places", transpose(reshape(x, [4, 1, 3]), [1, 0, 2]), ["reshape"]],
    ["reshapes in a row", reshape(reshape(reshape(x, [12]), [2, 6]), [4, 3]), []],
    ["a slice of a slice", slice(slice(x, [1, 0], [3, 3]), [1, 1], [2, 2]), ["slice"]],
    ["a choice that is known", select(cast(constant(2, "bool"), "bool"), x, build.negate(x)), []],
    ["a choice between equals", select(greater(x, one), x, x), []],
    ["truth by way of numbers", cast(cast(greater(x, one), "i32"), "f32"), ["greater", "toF32"]],
    ["a number that was spread", build.multiply(x, broadcastTo(reshape(one, [1, 1]), [4, 3])), []],
  ])("%s", (_, value, names) => {
    expect(namesOf(...simplify([value]))).toEqual(names);
  });

  test("numbers are computed as f32 computes them", () => {
    const [sum] = simplify([build.divide(build.add(constant(0.1), constant(0.2)), constant(3))]);
    const third = Math.fround(Math.fround(Math.fround(0.1) + Math.fround(0.2)) / 3);
    expect(sum?.node).toMatchObject({ kind: "constant", value: third });
  });

  test("what a maximum cut off is taken out of the windows' gradients, not of the image's", async () => {
    const image = leaf([1, 2, 4, 4]);
    const positive = apply("relu", [image]);
    const window = { size: [2, 2], strides: [1, 1], padding: [0, 0, 0, 0], dilations: [1, 1] };
    const attributes = { ...window, function: "maximum", countPadding: false };
    const pooled = apply("pool", [positive], attributes);
    const gradient = apply("poolGradient", [pooled, positive], { ...attributes, inputSize: [4, 4] });
    const cut = select(greater(positive, constant(0)), gradient, constant(0));
    expect(namesOf(...simplify([cut])).at(-1)).toBe("poolGradient");
    const random = generator(5);
    const data = [{ type: image.type, data: Float64Array.from({ length: 32 }, () => Math.round(4 * random() - 2)) }];
    data[0]?.data.set([Number.NaN, Number.POSITIVE_INFINITY], 7);
    const expected = runPlain([image], data, [cut, pooled]);
    expect(await runPlan(makePlan([image], [cut, pooled]), data)).toEqual(expected.map((tensor) => [...tensor.data]));
  });
});
