// The machine's limits as plans of one step (a launch: of many), prepared as the kernels that are held against them are.
import type { Device, Plan, Step } from "@millrace/core";
import type { TensorType } from "@millrace/kernels";
import { type RoofMeasure, roofOf } from "@millrace/kernels/roof";
import type { PreparedRoof } from "./participant.ts";
import type { Measure } from "./workloads/task.ts";

/** FLOP of one run: about 4 ms on one core, 0.3 ms on a large GPU. */
const roofFlops = { wasm: 192e6, webgpu: 2 ** 34 };

const roofMeasureOf = ({ roof, bytes }: Measure, kind: "wasm" | "webgpu"): RoofMeasure =>
  roof === "multiply-add" ? { roof, flops: roofFlops[kind] } : roof === "launch" ? { roof } : { roof, bytes };

/** Makes a roof ready on a device. */
export const prepareRoof = async (device: Device, measure: Measure): Promise<PreparedRoof> => {
  if (device.kind === "reference") throw new Error("the reference device has no speed to be held against");
  const roof = roofOf(roofMeasureOf(measure, device.kind), device.kind);
  const steps = measure.roof === "launch" ? measure.amount : 1;
  const step: Step = {
    op: roof.op,
    attributes: {},
    inputs: [{ slot: 0, type: roof.input }],
    outputs: [{ slot: 1, type: roof.output }],
    aliases: [-1],
    work: { flops: 0, bytes: 0 },
  };
  const types = [roof.input, roof.output];
  const plan: Plan = {
    steps: new Array<Step>(steps).fill(step),
    slots: types.map((type) => ({ kind: "external", byteLength: 4 * (type.shape[0] ?? 1) })),
    externals: [0, 1],
    arguments: [{ slot: 0, type: roof.input }],
    results: [{ slot: 1, type: roof.output }],
    cost: { flops: 0, bytes: 0, dispatches: steps, temporaryBytes: 0, byKernel: new Map() },
  };
  const buffers = types.map((type) => device.allocate(type));
  const [from, to] = buffers;
  if (from === undefined || to === undefined) throw new Error("a roof has two buffers");
  // A number that multiplies stay finite with: no special values, no subnormals.
  device.write(from, roof.input, new Float32Array(roof.input.shape[0] ?? 0).fill(0.5));
  device.write(to, roof.output, new Float32Array(roof.output.shape[0] ?? 0));
  const executable = await device.prepare(plan);
  return {
    amount: roof.amount * steps,
    run: () => executable.run(buffers),
    output: async () => new Float32Array(),
    ...(device.kind === "webgpu" ? { finish: () => fence(device) } : {}),
    dispose: () => {
      executable[Symbol.dispose]();
      for (const buffer of buffers) device.release(buffer);
    },
  };
};

/** Waits until all work queued on a device is done, by reading four bytes. */
export const fence = async (device: Device): Promise<void> => {
  const type: TensorType = { dtype: "f32", shape: [1] };
  const buffer = device.allocate(type);
  await device.read(buffer, type);
  device.release(buffer);
};
