// Every op's every case on every device, from the contracts alone.
import { ops } from "@millrace/kernels";
import { checks } from "@millrace/kernels/cases";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Device } from "../../core/device/device.ts";
import { openDevice } from "../../core/device/open-device.ts";
import { checkCase, describeCase, seedOfCase } from "./contract-runner.ts";

const devices: readonly { name: string; open: () => Promise<Device> }[] = [
  { name: "reference", open: () => openDevice("reference") },
  { name: "wasm strict", open: () => openDevice("wasm", { deterministic: true, threads: 1 }) },
  { name: "wasm relaxed", open: () => openDevice("wasm", { threads: 1 }) },
  { name: "wasm strict, two threads", open: () => openDevice("wasm", { deterministic: true, threads: 2 }) },
  { name: "wasm relaxed, two threads", open: () => openDevice("wasm", { threads: 2 }) },
  { name: "webgpu on SwiftShader", open: () => openDevice("webgpu", { software: true }) },
];

/** A software GPU takes seconds of the processor to compile a large tile's shader, and matmul's cases compile dozens. */
const timeout = 300_000;

describe.each(devices)("$name", ({ open }) => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  });
  afterAll(() => device[Symbol.dispose]());
  for (const op of ops.values()) {
    test(`${op.name} agrees with its reference`, { timeout }, async () => {
      const failures: string[] = [];
      const cases = checks.get(op.name)?.cases ?? [];
      for (const [i, call] of cases.entries()) {
        const failure = await checkCase(device, op, call, seedOfCase(i)).catch((error: unknown) => String(error));
        if (failure) failures.push(`${describeCase(call)}: ${failure}`);
      }
      expect(failures).toEqual([]);
      expect(cases.length).toBeGreaterThan(0);
    });
  }
});
