// WGSL beyond the shared suite: every variant past the size where it switches on, the text that is generated, the smallest
// device that WebGPU allows. Long because the generated text stands in it whole.
import { type Case, elementwiseOps, type MapProgram, ops, type TensorType } from "@millrace/kernels";
import { checks } from "@millrace/kernels/cases";
import { webgpuAtHand, webgpuFamilies } from "@millrace/kernels/webgpu";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PipelineCache } from "../../core/device/webgpu/pipeline.ts";
import { entry, gridOf, storage } from "../../kernels/contract/dispatch.wgsl.ts";
import type { DeviceTraits, WebGPULaunch } from "../../kernels/contract/kernel.ts";
import { elementwiseProgram } from "../../kernels/map/map.ts";
import { createEntry, type OpenedGPU, openGPU } from "../core/device/webgpu.fixture.ts";
import { checkCase } from "./contract-runner.ts";

const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });
const i32 = (...shape: number[]): TensorType => ({ dtype: "i32", shape });

const leastTraits: DeviceTraits = {
  kind: "webgpu",
  features: new Set(),
  limits: { maxStorageBuffersPerShaderStage: 8 },
  threads: 1,
};

const families = await Promise.all(webgpuFamilies.map(({ load }) => load()));
const lists = new Map([webgpuAtHand, ...families].flatMap((lines) => [...lines]));
// What a map of seldom called functions takes is there from here on.
const sine = {
  inputs: [f32(1)],
  outputs: [f32(1)],
  attributes: elementwiseProgram("sin", [f32(1)]),
  device: leastTraits,
};
await webgpuAtHand.get("map")?.[0]?.load?.(sine);

const casesOf = (name: string): readonly Case[] => checks.get(name)?.cases ?? [];

/** What an op becomes for a call on the smallest device; an element-wise one is planned as a map. */
const launchesOf = (name: string, call: Case): readonly WebGPULaunch[] => {
  const isElementwise = elementwiseOps.has(name);
  const context = {
    inputs: call.inputs,
    outputs: ops.get(name)?.outputs(call.inputs, call.attributes) ?? [],
    attributes: isElementwise ? elementwiseProgram(name, call.inputs) : call.attributes,
    device: leastTraits,
  };
  const kernel = lists.get(isElementwise ? "map" : name)?.[0];
  return kernel?.lower(context).launches ?? [];
};

const matmulCase = (a: number[], b: number[], bias: boolean, activation = "none"): Case => ({
  inputs: [f32(...a), f32(...b), ...(bias ? [f32(b[b.length - 1] ?? 0)] : [])],
  attributes: { transposeA: false, transposeB: false, activation },
});

describe("variants past their thresholds", () => {
  let gpu: OpenedGPU;
  beforeAll(async () => {
    gpu = await openGPU({ backend: "software" });
  });
  afterAll(() => gpu.device[Symbol.dispose]());

  /** Each variant with a mark of its source that no other variant of the op has, and the number of launches. */
  const variants: readonly { title: string; op: string; call: Case; mark: string; launches: number }[] = [
    {
      title: "matmul in 128 x 128 tiles with edges",
      op: "matmul",
      call: matmulCase([64, 150, 20], [64, 20, 130], true, "relu"),
      mark: "var<workgroup> aTile: array<vec4f, 384>",
      launches: 1,
    },
    {
      title: "matmul in 64 x 64 tiles",
      op: "matmul",
      call: matmulCase([64, 70, 17], [64, 17, 100], false),
      mark: "var<workgroup> aTile: array<vec4f, 320>",
      launches: 1,
    },
    {
      title: "matmul in 32 x 32 tiles",
      op: "matmul",
      call: matmulCase([40, 70], [70, 45], false),
      mark: "var<workgroup> aTile: array<vec4f, 288>",
      launches: 1,
    },
    {
      title: "matmul of a long sum in slices, with bias and activation",
      op: "matmul",
      call: matmulCase([2, 9, 3000], [2, 3000, 11], true, "sigmoid"),
      mark: "var sum3_0 = vec4f();",
      launches: 2,
    },
    {
      title: "matmul of few rows in slices, four outputs a thread",
      op: "matmul",
      call: matmulCase([2, 3, 1500], [2, 1500, 40], true, "relu"),
      mark: "let x = tile * 128u",
      launches: 2,
    },
    {
      title: "matmul by few columns, four terms a thread",
      op: "matmul",
      call: matmulCase([70, 64], [64, 8], true),
      mark: "let x = tile * 32u",
      launches: 1,
    },
    {
      title: "matmul of a row in slices by plain threads",
      op: "matmul",
      call: matmulCase([1, 5000], [5000, 3], true, "tanh"),
      mark: "if (index >= parameter(7)) { return; }",
      launches: 2,
    },
    {
      title: "reduce of a long row in chunks",
      op: "reduce",
      call: { inputs: [f32(1, 600_000)], attributes: { function: "sum", axes: [1], keepDimensions: false } },
      mark: "var<workgroup> partial",
      launches: 2,
    },
    {
      title: "reduce of long columns in chunks",
      op: "reduce",
      call: { inputs: [f32(70_000, 3)], attributes: { function: "maximum", axes: [0], keepDimensions: true } },
      mark: "var value = identity();",
      launches: 2,
    },
    {
      title: "scatterAdd of many updates in chunks",
      op: "scatterAdd",
      call: {
        inputs: [i32(40_000), f32(40_000, 3)],
        attributes: { rows: 7 },
        // Whole numbers, whose sums are exact in any order.
        values: ["index:8", Array.from({ length: 120_000 }, (_, i) => ((i * 7) % 11) - 5)],
      },
      mark: "countTrailingZeros",
      launches: 2,
    },
    {
      title: "scatterAdd of few updates into many rows",
      op: "scatterAdd",
      call: {
        inputs: [i32(5), f32(5)],
        attributes: { rows: 70_000 },
        values: [[69_999, 0, 65_535, 65_536, 0], "normal"],
      },
      mark: "if (indices[i] == row)",
      launches: 1,
    },
    {
      title: "scatterAdd by workgroups",
      op: "scatterAdd",
      call: { inputs: [i32(700), f32(700, 300)], attributes: { rows: 5 }, values: ["index:6", "normal"] },
      mark: "countTrailingZeros",
      launches: 1,
    },
    {
      title: "gather of four words at once",
      op: "gather",
      call: { inputs: [f32(100, 8), i32(50)], attributes: {}, values: ["normal", "index:101"] },
      mark: "array<vec4<u32>>",
      launches: 1,
    },
    {
      title: "scan of a long row in chunks of workgroups",
      op: "scan",
      call: {
        inputs: [f32(2, 300_000)],
        attributes: { function: "maximum", axis: 1, exclusive: true, reverse: true },
      },
      mark: "var<workgroup> partial",
      launches: 3,
    },
    {
      title: "scan of long columns in chunks of threads",
      op: "scan",
      call: {
        inputs: [i32(3, 2000, 5)],
        attributes: { function: "sum", axis: 1, exclusive: false, reverse: true },
      },
      mark: "var value = identity();",
      launches: 3,
    },
    {
      title: "sort of rows wider than a tile",
      op: "sort",
      call: { inputs: [f32(3, 3000)], attributes: { descending: true }, values: ["special"] },
      mark: "fn keyOf",
      launches: 8,
    },
    {
      title: "scatterAddAlong through a sort",
      op: "scatterAddAlong",
      call: { inputs: [i32(3, 700), f32(3, 700)], attributes: { size: 50 }, values: ["index:51", "unit"] },
      mark: "fn keyOf",
      launches: 4,
    },
    {
      title: "scatter by workgroups",
      op: "scatter",
      call: {
        inputs: [f32(6, 300), i32(900), f32(900, 300)],
        attributes: { function: "set" },
        values: ["normal", "index:5", "normal"],
      },
      mark: "countTrailingZeros",
      launches: 1,
    },
    {
      title: "binCount in workgroup memory",
      op: "binCount",
      call: { inputs: [i32(2, 40_000)], attributes: { bins: 900 }, values: ["index:1000"] },
      mark: "result[index] = 0u;",
      launches: 2,
    },
    {
      title: "transpose of the inner axes through workgroup memory",
      op: "transpose",
      call: { inputs: [f32(3, 1, 70, 45)], attributes: { permutation: [1, 0, 3, 2] } },
      mark: "var<workgroup> tile",
      launches: 1,
    },
  ];

  test.each(variants)("$title agrees with the reference", async ({ op, call, mark, launches }) => {
    const contract = ops.get(op);
    if (!contract) throw new Error(`there is no op ${op}`);
    const lowered = launchesOf(op, call);
    expect(lowered[0]?.source).toContain(mark);
    expect(lowered).toHaveLength(launches);
    expect(await checkCase(gpu.device, contract, call, 7)).toBeUndefined();
  });

  test("a map over broadcast rows moves four elements at once, and one where a row does not divide", async () => {
    const add = ops.get("add");
    if (!add) throw new Error("there is no op add");
    const calls: [Case, string][] = [
      [{ inputs: [f32(5, 8), f32(8)], attributes: {} }, "array<vec4<f32>>"],
      [{ inputs: [f32(5, 8), f32(5, 1)], attributes: {} }, "array<vec4<f32>>"],
      [{ inputs: [f32(3, 1, 4), f32(5, 1)], attributes: {} }, "array<vec4<f32>>"],
      [{ inputs: [f32(5, 6), f32(6)], attributes: {} }, "output0: array<f32>"],
    ];
    for (const [call, mark] of calls) {
      expect(launchesOf("add", call)[0]?.source).toContain(mark);
      expect(await checkCase(gpu.device, add, call, 3)).toBeUndefined();
    }
  });
});

describe("the smallest device that WebGPU allows", () => {
  test("compiles every kernel of every case within WebGPU's default limits and no features", async () => {
    const adapter = await createEntry(["backend=null"]).requestAdapter();
    const gpu = await adapter?.requestDevice();
    if (!gpu) throw new Error("Dawn has a null backend");
    expect(gpu.limits.maxComputeWorkgroupStorageSize).toBe(16_384);
    const pipelines = new PipelineCache(gpu);
    const compiled = [...ops.keys()].flatMap((name) =>
      casesOf(name).flatMap((call) => launchesOf(name, call).map((launch) => pipelines.get(launch))),
    );
    await Promise.all(compiled);
    expect(compiled.length).toBeGreaterThan(700);
    gpu.destroy();
  });

  test("has room for a grid of more than 65,535 workgroups, each with a number of its own", async () => {
    const { device, raw } = await openGPU({ backend: "software" });
    const count = 70_001;
    const source = `${storage(0, "result", "u32", "read_write")}${entry("if (index < parameter(0)) { result[index] += index; }", 1)}`;
    const workgroups = gridOf(count);
    const { pipeline, layout } = await new PipelineCache(raw).get({
      source,
      bindings: [{ output: 0 }],
      workgroups,
      parameters: [count],
    });
    const buffer = raw.createBuffer({ size: 4 * count, usage: 0x80 | 0x04 });
    const staging = raw.createBuffer({ size: 4 * count, usage: 0x01 | 0x08 });
    const encoder = raw.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    const parameters = raw.createBuffer({ size: 4, usage: 0x40 | 0x08 });
    raw.queue.writeBuffer(parameters, 0, new Uint32Array([count]));
    const entries = [buffer, parameters].map((bound, binding) => ({ binding, resource: { buffer: bound } }));
    pass.setBindGroup(0, raw.createBindGroup({ layout, entries }));
    pass.dispatchWorkgroups(...workgroups);
    pass.end();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, 4 * count);
    raw.queue.submit([encoder.finish()]);
    await staging.mapAsync(0x01);
    const numbers = new Uint32Array(staging.getMappedRange().slice(0));
    device[Symbol.dispose]();
    expect(numbers).toEqual(Uint32Array.from({ length: count }, (_, i) => i));
  });

  test("gets at most 65,535 workgroups an axis, split evenly", () => {
    expect(gridOf(65_535)).toEqual([65_535, 1, 1]);
    expect(gridOf(65_536)).toEqual([32_768, 2, 1]);
    const [x, y, z] = gridOf(1_000_003);
    expect(x * y * z).toBeGreaterThanOrEqual(1_000_003);
    expect(Math.max(x, y, z)).toBeLessThanOrEqual(65_535);
    expect(() => gridOf(65_535 ** 2 + 1)).toThrow(/past WebGPU's/);
  });
});

describe("generated text", () => {
  const fused: MapProgram = {
    instructions: [
      { function: "constant", arguments: [], dtype: "f32", value: 0.5 },
      { function: "multiply", arguments: [0, 2], dtype: "f32", value: null },
      { function: "add", arguments: [3, 1], dtype: "f32", value: null },
      { function: "relu", arguments: [4], dtype: "f32", value: null },
    ],
    outputs: [5],
    shape: [6, 8],
  };

  test("a fused map is one function that reads as it was written", () => {
    const [launch] = launchesOf("map", { inputs: [f32(6, 8), f32(8)], attributes: fused });
    expect(launch?.parameters).toEqual([12]);
    expect(launch?.source).toMatchInlineSnapshot(`
      "alias F = vec4<f32>;
      alias I = vec4<i32>;
      alias U = vec4<u32>;
      alias B = vec4<bool>;
      @group(0) @binding(0) var<storage, read> input0: array<vec4<f32>>;
      @group(0) @binding(1) var<storage, read> input1: array<vec4<f32>>;
      @group(0) @binding(2) var<storage, read_write> output0: array<vec4<f32>>;
      fn isNaN(x: F) -> B { return (bitcast<U>(x) & U(0x7fffffffu)) > U(0x7f800000u); }
      fn relu(x: F) -> F { return select(max(x, F(0)), x, isNaN(x)); }

      @compute @workgroup_size(256)
      fn main(
        @builtin(workgroup_id) workgroupId: vec3u,
        @builtin(num_workgroups) workgroupCount: vec3u,
        @builtin(local_invocation_index) lane: u32,
      ) {
        let workgroup = workgroupId.y * workgroupCount.x + workgroupId.x;
        let index = workgroup * 256u + lane;
        if (index >= parameter(0)) { return; }
        let r0 = F(input0[index]);
        let r1 = F(input1[index % 2u]);
        let r2 = F(0.5);
        let r3 = r0 * r2;
        let r4 = r3 + r1;
        let r5 = relu(r4);
        output0[index] = r5;
      }
      "
    `);
  });

  test("a map in place binds the shared memory once", () => {
    const kernel = webgpuAtHand.get("map")?.[0];
    const lowered = kernel?.lower({
      inputs: [f32(6, 8), f32(8)],
      outputs: [f32(6, 8)],
      attributes: fused,
      device: leastTraits,
      aliases: [0],
    });
    const launch = lowered?.launches[0];
    expect(launch && "bindings" in launch ? launch.bindings : []).toEqual([{ output: 0 }, { input: 1 }]);
  });

  test("a reduction of rows by workgroups has one fixed tree", () => {
    const [launch] = launchesOf("reduce", {
      inputs: [f32(3, 300)],
      attributes: { function: "sum", axes: [1], keepDimensions: false },
    });
    expect(launch?.source).toMatchInlineSnapshot(`
      "alias F = f32;
      alias I = i32;
      alias U = u32;
      alias B = bool;
      @group(0) @binding(0) var<storage, read> x: array<f32>;
      @group(0) @binding(1) var<storage, read_write> result: array<f32>;

      fn identity() -> f32 { return f32(0); }
      fn combine(x: f32, y: f32) -> f32 { return x + y; }
      var<workgroup> partial: array<f32, 512>;
      fn total(value: f32, lane: u32) -> f32 {
        workgroupBarrier();
        partial[lane + 256u] = value;
        for (var width = 128u; width > 0u; width /= 2u) {
          workgroupBarrier();
          if (lane < width) {
            let x = partial[2u * (width + lane)];
            let y = partial[2u * (width + lane) + 1u];
            partial[width + lane] = combine(x, y);
          }
        }
        workgroupBarrier();
        return partial[1];
      }

      @compute @workgroup_size(256)
      fn main(
        @builtin(workgroup_id) workgroupId: vec3u,
        @builtin(num_workgroups) workgroupCount: vec3u,
        @builtin(local_invocation_index) lane: u32,
      ) {
        let workgroup = workgroupId.y * workgroupCount.x + workgroupId.x;
        let index = workgroup * 256u + lane;
        if (workgroup >= parameter(0)) { return; }
        let row = (workgroup / parameter(3)) * parameter(1);
        let first = (workgroup % parameter(3)) * parameter(4);
        let last = min(first + parameter(4), parameter(1));
        var value = identity();
        for (var i = first + lane; i < last; i += 256u) { value = combine(value, x[row + i]); }
        value = total(value, lane);
        if (lane == 0u) { result[workgroup] = value; }
      }
      "
    `);
  });
});
