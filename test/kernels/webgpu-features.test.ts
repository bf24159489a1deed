// Kernels for features that no adapter here has, compiled by Dawn's null backend, which lists them all and computes nothing.
import { type Case, ops } from "@millrace/kernels";
import { checks } from "@millrace/kernels/cases";
import { beforeAll, describe, expect, test } from "vitest";
import { PipelineCache } from "../../core/device/webgpu/pipeline.ts";
import type { DeviceTraits } from "../../kernels/contract/kernel.ts";
import { matmulWebGPU } from "../../kernels/matmul/matmul.wgsl.ts";
import { unitsWebGPU } from "../../kernels/matmul/units.wgsl.ts";
import { createEntry, openGPU } from "../core/device/webgpu.fixture.ts";

const casesOf = (name: string): readonly Case[] => checks.get(name)?.cases ?? [];

const launchesOf = (call: Case, device: DeviceTraits) => {
  const context = {
    inputs: call.inputs,
    outputs: ops.get("matmul")?.outputs(call.inputs, call.attributes) ?? [],
    attributes: { transposeA: false, transposeB: false, activation: "none" as const, ...call.attributes },
    device,
  };
  return matmulWebGPU.find((kernel) => kernel.when?.(context) ?? true)?.lower(context).launches ?? [];
};

test("products of f16 compile for a device with shader-f16", async () => {
  const adapter = await createEntry(["backend=null", "enable-dawn-features=allow_unsafe_apis"]).requestAdapter();
  const gpu = await adapter?.requestDevice({ requiredFeatures: ["shader-f16"] });
  if (!gpu) throw new Error("Dawn has a null backend");
  const device: DeviceTraits = { kind: "webgpu", features: new Set(["shader-f16"]), limits: {}, threads: 1 };
  const pipelines = new PipelineCache(gpu);
  const launches = casesOf("matmul")
    .filter(({ inputs }) => inputs[0]?.dtype === "f16")
    .flatMap((call) => launchesOf(call, device));
  await Promise.all(launches.map((launch) => pipelines.get(launch)));
  expect(launches.length).toBeGreaterThan(8);
  expect(launches.filter(({ source }) => source.includes("enable f16;")).length).toBeGreaterThan(8);
  gpu.destroy();
});

describe("products on matrix units", () => {
  const side = { dtype: "f16", shape: [512, 512] } as const;
  const bias = { dtype: "f16", shape: [512] } as const;
  const kinds = [false, true].flatMap((transposeA) => [false, true].map((transposeB) => ({ transposeA, transposeB })));
  const features = ["shader-f16", "subgroups", "chromium-experimental-subgroup-matrix"];
  const device: DeviceTraits = {
    kind: "webgpu",
    features: new Set(features),
    matrices: [{ componentType: "f16", resultComponentType: "f32", M: 16, N: 16, K: 16 }],
    limits: { subgroupMinSize: 128, subgroupMaxSize: 128 },
    threads: 1,
  };
  beforeAll(async () => {
    const context = { inputs: [side, side], outputs: [side], attributes: { ...kinds[0], activation: "none" as const } };
    for (const kernel of matmulWebGPU)
      await kernel.load?.({
        ...context,
        attributes: { transposeA: false, transposeB: false, activation: "none" },
        device,
      });
  });

  test.each(kinds)("compile for $transposeA, $transposeB", async (attributes) => {
    const adapter = await createEntry(["backend=null", "enable-dawn-features=allow_unsafe_apis"]).requestAdapter();
    const names = features.filter((name): name is GPUFeatureName => adapter?.features.has(name) ?? false);
    expect(names).toEqual(features);
    const gpu = await adapter?.requestDevice({ requiredFeatures: names });
    if (!gpu) throw new Error("Dawn has a null backend");
    const pipelines = new PipelineCache(gpu);
    for (const inputs of [
      [side, side],
      [side, side, bias],
    ]) {
      const [launch] = launchesOf({ inputs, attributes: { ...attributes, activation: "tanh" } }, device);
      expect(launch?.source).toContain("subgroupMatrixMultiplyAccumulate");
      if (launch) await pipelines.get(launch);
    }
    gpu.destroy();
  });

  // No adapter here has the units, so their three operations are written out as the proposal defines them, by one thread on
  // matrices of f32 in memory that are known by number; everything else is the kernel's own text.
  const emulated = (source: string): string => {
    let matrices = 0;
    const number = (): string => `workgroup * 24u + ${matrices++}u`;
    const loads = ["a", "b"].flatMap((name) =>
      [
        ["row", "i / 16u * stride + i % 16u"],
        ["col", "i % 16u * stride + i / 16u"],
      ].map(
        ([order = "", at = ""]) => `fn ${order}_${name}(matrix: u32, offset: u32, stride: u32) -> u32 {
  for (var i = 0u; i < 256u; i++) { held[matrix * 256u + i] = ${name}[offset + ${at}]; }
  return matrix;
}`,
      ),
    );
    return `${loads.join("\n")}
@group(0) @binding(3) var<storage, read_write> held: array<f32>;
fn multiply(left: u32, right: u32, total: u32) -> u32 {
  for (var i = 0u; i < 256u; i++) {
    for (var k = 0u; k < 16u; k++) {
      held[total * 256u + i] += held[left * 256u + i / 16u * 16u + k] * held[right * 256u + k * 16u + i % 16u];
    }
  }
  return total;
}
fn store(offset: u32, matrix: u32, stride: u32) {
  for (var i = 0u; i < 256u; i++) { sums[offset + i / 16u * stride + i % 16u] = held[matrix * 256u + i]; }
}
${source
  .replace(/enable [^;]*;/g, "")
  .replace(/: subgroup_matrix_result<f32, 16, 16>;/g, () => ` = ${number()};`)
  .replace(
    /subgroupMatrixLoad<subgroup_matrix_(?:left|right)<f16, 16, 16>, (row|col)_major>\(&([ab]), /g,
    (_, order: string, name: string) => `${order}_${name}(${number()}, `,
  )
  .replaceAll("subgroupMatrixMultiplyAccumulate", "multiply")
  .replaceAll("subgroupMatrixStore<row_major>(&sums, ", "store(")
  .replaceAll("array<f16>", "array<f32>")
  .replace(/bitcast<vec2<f16>>\(toHalf\((.*)\)\)\.x;/g, "$1;")}`;
  };

  // Both orders of both operands; a software GPU compiles each text for seconds.
  test.each(kinds.slice(1, 3))(
    "put each element in its place for $transposeA, $transposeB",
    async ({ transposeA, transposeB }) => {
      const [batch, m, n, k] = [2, 64, 128, 32];
      const { device: opened, raw } = await openGPU({ backend: "software" });
      const inputs = [
        { dtype: "f16", shape: transposeA ? [batch, k, m] : [batch, m, k] },
        { dtype: "f16", shape: transposeB ? [n, k] : [k, n] },
      ] as const;
      const one: DeviceTraits = { ...device, limits: { subgroupMinSize: 1, subgroupMaxSize: 1 } };
      const attributes = { transposeA, transposeB, activation: "relu" as const };
      const [launch] = unitsWebGPU.lower({ inputs, outputs: [], attributes, device: one }).launches;
      if (!launch) throw new Error("a product is one launch");
      const { pipeline, layout } = await new PipelineCache(raw).get({
        ...launch,
        source: emulated(launch.source),
        bindings: [...launch.bindings, { scratch: 0 }],
      });
      const fill = (count: number, seed: number) =>
        Float32Array.from({ length: count }, (_, i) => Math.sin(seed * (i + 1)));
      const [a, b] = [fill(batch * m * k, 1.3), fill(k * n, 0.7)];
      const write = (data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>, usage: number): GPUBuffer => {
        const buffer = raw.createBuffer({ size: data.byteLength, usage: usage | 0x08 | 0x04 });
        raw.queue.writeBuffer(buffer, 0, data);
        return buffer;
      };
      const result = write(new Float32Array(batch * m * n), 0x80);
      const held = write(new Float32Array(4 * 24 * 256), 0x80);
      const buffers = [
        write(a, 0x80),
        write(b, 0x80),
        result,
        held,
        write(Uint32Array.from(launch.parameters ?? []), 0x40),
      ];
      const staging = raw.createBuffer({ size: result.size, usage: 0x01 | 0x08 });
      const encoder = raw.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
      pass.setBindGroup(0, raw.createBindGroup({ layout, entries }));
      pass.dispatchWorkgroups(...launch.workgroups);
      pass.end();
      encoder.copyBufferToBuffer(result, 0, staging, 0, result.size);
      raw.queue.submit([encoder.finish()]);
      await staging.mapAsync(0x01);
      const got = new Float32Array(staging.getMappedRange().slice(0));
      opened[Symbol.dispose]();
      let worst = 0;
      for (let at = 0; at < got.length; at++) {
        const [matrix, row, column] = [Math.floor(at / (m * n)), Math.floor(at / n) % m, at % n];
        let sum = 0;
        for (let i = 0; i < k; i++)
          sum +=
            (a[matrix * m * k + (transposeA ? i * m + row : row * k + i)] ?? Number.NaN) *
            (b[transposeB ? column * k + i : i * n + column] ?? Number.NaN);
        worst = Math.max(worst, Math.abs((got[at] ?? Number.NaN) - Math.max(sum, 0)));
      }
      expect(worst).toBeLessThan(1e-4);
    },
  );

  test("are left to others where the adapter lists none of f16 with sums in f32, or a size is no whole tile", () => {
    const products: readonly (readonly [DeviceTraits, number])[] = [
      [{ ...device, matrices: [] }, 512],
      [{ ...device, matrices: undefined }, 512],
      [{ ...device, limits: { subgroupMinSize: 32, subgroupMaxSize: 64 } }, 512],
      [device, 520],
    ];
    for (const [traits, size] of products) {
      const inputs = [0, 1].map(() => ({ dtype: "f16" as const, shape: [size, size] }));
      const attributes = { transposeA: false, transposeB: false };
      expect(launchesOf({ inputs, attributes }, traits)[0]?.source).not.toContain("subgroupMatrix");
    }
  });
});
