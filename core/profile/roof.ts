// What a device can do at most, measured here and now: multiply-adds in registers, and copies that fit its near, its far
// and none of its caches. A profile holds each kernel against it.
import type { TensorType } from "@millrace/kernels";
import { type RoofMeasure, roofOf } from "@millrace/kernels/roof";
import type { Device } from "../device/device.ts";
import { costOf } from "../plan/cost.ts";
import type { Step } from "../plan/plan.ts";
import type { DeviceRoof } from "../plan/predict.ts";

const copySizes = [2 ** 18, 2 ** 22, 2 ** 26];
/** A measurement takes at least so long, so that starting and waiting do not count. */
const leastSeconds = 0.004;
const attempts = 3;

const known = new WeakMap<Device, Promise<DeviceRoof | undefined>>();

/** See profiled.ts. */
export const measureRoof = (device: Device): Promise<DeviceRoof | undefined> => {
  const measured = known.get(device) ?? measure(device);
  known.set(device, measured);
  measured.catch(() => known.delete(device));
  return measured;
};

const measure = async (device: Device): Promise<DeviceRoof | undefined> => {
  const { kind } = device;
  if (kind === "reference") return undefined;
  let flopsPerSecond = 0;
  // A GPU is full only with more work than a CPU should be made to wait for.
  for (let flops = 2 ** 26; flops <= 2 ** 35; flops *= 8) {
    const rate = await rateOf(device, kind, { roof: "multiply-add", flops }, 1);
    flopsPerSecond = Math.max(flopsPerSecond, rate);
    if (flops / rate > 1e-3) break;
  }
  const bandwidths: DeviceRoof["bandwidths"][number][] = [];
  for (const bytes of copySizes) {
    const repeats = Math.max(...copySizes) / bytes;
    bandwidths.push({ bytes, bytesPerSecond: await rateOf(device, kind, { roof: "copy", bytes }, repeats) });
  }
  return { flopsPerSecond, bandwidths };
};

/** The best rate of a few attempts, in the roof's own amount a second. */
const rateOf = async (
  device: Device,
  kind: "wasm" | "webgpu",
  wanted: RoofMeasure,
  repeats: number,
): Promise<number> => {
  const roof = roofOf(wanted, kind);
  const operands = [roof.input, roof.output].map((type, slot) => ({ slot, type }));
  const [inputs, outputs] = [operands.slice(0, 1), operands.slice(1)];
  const step: Step = { op: roof.op, attributes: {}, inputs, outputs, aliases: [-1], work: { flops: 0, bytes: 0 } };
  const steps = new Array<Step>(repeats).fill(step);
  const slots = operands.map(({ type }) => ({ kind: "external", byteLength: 4 * (type.shape[0] ?? 1) }) as const);
  const cost = costOf(steps, slots);
  using executable = await device.prepare({
    steps,
    slots,
    externals: [0, 1],
    arguments: inputs,
    results: outputs,
    cost,
  });
  const buffers = operands.map(({ type }) => device.allocate(type));
  try {
    buffers.forEach((buffer, i) => {
      const type = operands[i]?.type;
      // A number that stays finite when it is multiplied by itself.
      if (type) device.write(buffer, type, new Float32Array(type.shape[0] ?? 0).fill(0.5));
    });
    const secondsOf = async (runs: number): Promise<number> => {
      const begin = performance.now();
      for (let run = 0; run < runs; run++) await executable.run(buffers);
      if (kind === "webgpu") await settle(device);
      return (performance.now() - begin) / 1000;
    };
    let runs = 1;
    await secondsOf(runs);
    let best = await secondsOf(runs);
    for (; best < leastSeconds && runs < 4096; best = await secondsOf(runs)) runs *= 2;
    for (let attempt = 1; attempt < attempts; attempt++) best = Math.min(best, await secondsOf(runs));
    return (roof.amount * repeats * runs) / best;
  } finally {
    for (const buffer of buffers) device.release(buffer);
  }
};

/** Waits until all work queued on a device is done, by reading four bytes. */
export const settle = async (device: Device): Promise<void> => {
  const type: TensorType = { dtype: "u32", shape: [1] };
  const buffer = device.allocate(type);
  try {
    await device.read(buffer, type);
  } finally {
    device.release(buffer);
  }
};
