// Kernels that exchange values within subgroups: with any number of threads that do, and without, they give the same bits.
// SwiftShader has subgroups of four; larger ones are compiled on Dawn's null backend.
import { tensor } from "@millrace/core";
import { type Case, ops, type TensorType } from "@millrace/kernels";
import { loadSubgroups, webgpuKernels } from "@millrace/kernels/webgpu";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PipelineCache } from "../../core/device/webgpu/pipeline.ts";
import type { DeviceTraits, WebGPULaunch } from "../../kernels/contract/kernel.ts";
import { subgroupsOf } from "../../kernels/contract/tree.wgsl.ts";
import { createEntry, type OpenedGPU, openGPU } from "../core/device/webgpu.fixture.ts";
import { checkCase, generator, hashCase } from "./contract-runner.ts";

const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });
const i32 = (...shape: number[]): TensorType => ({ dtype: "i32", shape });

const reduce = (name: string, ...shape: number[]): Case => ({
  inputs: [f32(...shape)],
  attributes: { function: name, axes: [shape.length - 1], keepDimensions: false },
});
const scan = (reverse: boolean, ...shape: number[]): Case => ({
  inputs: [f32(...shape)],
  attributes: { function: "sum", axis: shape.length - 1, exclusive: false, reverse },
});
/** Each kernel's text past one chunk or tile, as a software GPU compiles each for a second. */
const calls: readonly (readonly [string, Case])[] = [
  ["reduce", reduce("sum", 20_001)],
  ["reduce", { ...reduce("maximum", 2, 700), values: ["nonfinite"] }],
  ["softmax", { inputs: [f32(2, 1025)], attributes: { logarithm: true } }],
  ["normalise", { inputs: [f32(3, 257), f32(257)], attributes: { center: true, epsilon: 1e-5 } }],
  ["scan", scan(true, 5000)],
  ["sort", { inputs: [i32(2100)], attributes: { descending: true } }],
];

describe("on a GPU", () => {
  const sizes = [1, 2, 4];
  const opened: OpenedGPU[] = [];
  beforeAll(async () => {
    for (const size of sizes) opened.push(await openGPU({ backend: "software", subgroupLanes: size }));
  });
  afterAll(() => {
    for (const { device } of opened) device[Symbol.dispose]();
  });

  test.each(calls)("%s agrees with its reference, with the same bits for 1, 2 and 4 threads", async (name, call) => {
    const op = ops.get(name);
    if (!op) throw new Error(`there is no op ${name}`);
    const hashes = new Set<string>();
    for (const { device } of opened) {
      expect(await checkCase(device, op, call, 3)).toBeUndefined();
      hashes.add(await hashCase(device, op, call, 3));
    }
    expect(hashes.size).toBe(1);
    expect(opened.map(({ device }) => subgroupsOf(device.traits)?.lanes ?? 1)).toEqual(sizes);
  });

  test("sums add every 256th term, then neighbours in pairs", async () => {
    const random = generator(5);
    const terms = Float32Array.from({ length: 3001 }, () => random() - 0.5);
    let level = Array.from({ length: 256 }, (_, lane) => {
      let sum = 0;
      for (let i = lane; i < terms.length; i += 256) sum = Math.fround(sum + (terms[i] ?? 0));
      return sum;
    });
    while (level.length > 1)
      level = Array.from({ length: level.length / 2 }, (_, i) =>
        Math.fround((level[2 * i] ?? 0) + (level[2 * i + 1] ?? 0)),
      );
    for (const { device } of opened) expect(await tensor(terms).sum().data(device)).toEqual(Float32Array.from(level));
  });
});

test.each([4, 8, 16, 32, 64, 128])("subgroups of %i compile", async (subgroupMinSize) => {
  const adapter = await createEntry(["backend=null"]).requestAdapter();
  const gpu = await adapter?.requestDevice({ requiredFeatures: ["subgroups"] });
  if (!gpu) throw new Error("Dawn has a null backend");
  const device: DeviceTraits = {
    kind: "webgpu",
    features: new Set(["subgroups", "subgroup_id"]),
    limits: { subgroupMinSize },
    threads: 1,
  };
  const pipelines = new PipelineCache(gpu);
  const names = new Set(calls.map(([name]) => name));
  const wanted = [...ops.values()].filter(({ name }) => names.has(name));
  await Promise.all([webgpuKernels.load(wanted), loadSubgroups(device)]);
  const launches = calls.flatMap(([name, { inputs, attributes }]): readonly WebGPULaunch[] => {
    const op = ops.get(name);
    const context = { inputs, outputs: op?.outputs(inputs, attributes) ?? [], attributes, device };
    return (op && webgpuKernels.of(op)?.[0]?.lower(context).launches) ?? [];
  });
  const exchanging = launches.filter(({ source }) => source.includes("subgroupShuffle"));
  expect(exchanging.length).toBeGreaterThanOrEqual(calls.length);
  await Promise.all(exchanging.map((launch) => pipelines.get(launch)));
  gpu.destroy();
});
