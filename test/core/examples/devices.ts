// The devices that the examples run on.
import type { DeviceChoice } from "./course.ts";

export const strict = (threads: number): DeviceChoice => ({ kind: "wasm", options: { deterministic: true, threads } });
export const relaxed: DeviceChoice = { kind: "wasm", options: { threads: 1 } };
export const softwareGPU: DeviceChoice = { kind: "webgpu", options: { software: true } };
