// A graph kept as JSON predicts any number of rows.
import { describe, expect, test } from "vitest";
import { openReferenceDevice } from "../../../core/device/reference/index.ts";
import * as build from "../../../core/graph/build.ts";
import { instantiateGraph, type NamedGraph } from "../../../core/graph/instantiate.ts";
import { apply, inputValue } from "../../../core/graph/node.ts";
import { serialiseGraph } from "../../../core/graph/serialise.ts";
import { makePlan } from "../../../core/plan/make-plan.ts";

/** Rows shifted by their batch mean, times a weight, with a one-hot column beside. */
const trace = (rows: number): NamedGraph => {
  const x = inputValue({ dtype: "f32", shape: [rows, 2] });
  const codes = inputValue({ dtype: "i32", shape: [rows] });
  const weight = inputValue({ dtype: "f32", shape: [2, 3] });
  const centred = build.subtract(x, build.mean(x, [0], true));
  const features = build.matmul(build.maximum(centred, build.constant(Number.NEGATIVE_INFINITY)), weight);
  return {
    inputs: { x, codes, weight },
    outputs: { y: build.concatenate([features, apply("oneHot", [codes], { depth: 2 })], 1) },
  };
};

const run = async (graph: NamedGraph, data: Record<string, Float32Array | Int32Array>): Promise<number[]> => {
  const device = openReferenceDevice();
  const args = Object.values(graph.inputs);
  const results = Object.values(graph.outputs);
  const plan = makePlan(args, results);
  using executable = await device.prepare(plan);
  const buffers = [...args, ...results].map((value) => device.allocate(value.type));
  Object.keys(graph.inputs).forEach((name, i) => {
    const [buffer, value, own] = [buffers[i], args[i], data[name]];
    if (buffer && value && own) device.write(buffer, value.type, own);
  });
  await executable.run(buffers);
  const [output, result] = [buffers[args.length], results[0]];
  return output && result ? [...(await device.read(output, result.type))] : [];
};

describe("a serialised graph", () => {
  test.each([1, 2, 6])("gives for %i rows what the traced function gives", async (rows) => {
    const data = {
      x: Float32Array.from({ length: rows * 2 }, (_, i) => i * i),
      codes: Int32Array.from({ length: rows }, (_, i) => i % 3),
      weight: Float32Array.of(1, 2, 3, 4, 5, 6),
    };
    const kept = JSON.parse(JSON.stringify(serialiseGraph(trace)));
    expect(await run(instantiateGraph(kept, rows), data)).toEqual(await run(trace(rows), data));
  });

  test("refuses sizes that are not linear in the rows", () => {
    const square = (rows: number): NamedGraph => {
      const x = inputValue({ dtype: "f32", shape: [rows, rows] });
      return { inputs: { x }, outputs: { y: build.reshape(x, [rows * rows]) } };
    };
    expect(() => serialiseGraph(square)).toThrow(/not a linear function of the rows/);
  });

  test("refuses a tensor that is not a named input", () => {
    const stray = inputValue({ dtype: "f32", shape: [2] });
    expect(() => serialiseGraph(() => ({ inputs: {}, outputs: { y: build.negate(stray) } }))).toThrow(
      /not one of its named inputs/,
    );
  });

  test("refuses an op that this version does not have", () => {
    const kept = JSON.parse(JSON.stringify(serialiseGraph(trace)).replace('"oneHot"', '"twoHot"'));
    expect(() => instantiateGraph(kept, 2)).toThrow(/no op "twoHot"/);
  });
});
