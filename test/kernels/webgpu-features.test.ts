// Kernels for features that no adapter here has, compiled by Dawn's null backend, which lists them all and computes nothing.
import { type Case, ops } from "@millrace/kernels";
import { checks } from "@millrace/kernels/cases";
import { expect, test } from "vitest";
import { PipelineCache } from "../../core/device/webgpu/pipeline.ts";
import type { DeviceTraits } from "../../kernels/contract/kernel.ts";
import { matmulWebGPU } from "../../kernels/matmul/matmul.wgsl.ts";
import { createEntry } from "../core/device/webgpu.fixture.ts";

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
