// The machine's limits as plans of one step, run by the same device, threads and replay as the kernels that are held
// against them: multiply-adds in registers, a copy, a read, and launches that do nothing.
import type { Device, Plan, Step } from "@millrace/core";
import { type AnyOp, type Lowered, op, type TensorType, type WasmLaunch, type WebGPULaunch } from "@millrace/kernels";
import type { PreparedRoof } from "./participant.ts";
import type { Measure } from "./workload.ts";

/** One roof: which tensors it needs, how it is launched, and how much one run does. */
interface Roof {
  readonly input: TensorType;
  readonly output: TensorType;
  /** FLOP, bytes or launches of one run. */
  readonly amount: number;
  readonly steps: number;
  readonly wasm: WasmLaunch;
  readonly webgpu: WebGPULaunch;
}

const vector = (size: number): TensorType => ({ dtype: "f32", shape: [size] });
const input = { input: 0 } as const;
const output = { output: 0 } as const;

/** Units of 96,000 FLOP in one run on WASM: about 4 ms on one core. */
const multiplyAddUnits = 2000;
/** Words that one unit of the copy and read loops takes. */
const blockWords = 1024;
const blocksOf = (bytes: number): number => Math.max(1, Math.round(bytes / (4 * blockWords)));

const storage = `@group(0) @binding(0) var<storage, read> from: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> to: array<vec4f>;
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 256u + id.x;`;

/** A grid of workgroups of 256 for `count` invocations; a side holds at most 65,535. */
const grid = (count: number): readonly [number, number, number] => {
  const groups = Math.ceil(count / 256);
  const rows = Math.ceil(groups / 65_535);
  return [Math.ceil(groups / rows), rows, 1];
};

const roofOf = (measure: Measure, kind: Device["kind"]): Roof => {
  switch (measure.roof) {
    case "multiply-add": {
      const invocations = 1 << 20;
      const webgpu: WebGPULaunch = {
        source: `${storage}
  let x = from[0]; let y = from[1];
  var a = x; var b = y; var c = x; var d = y; var e = x; var f = y; var g = x; var h = y;
  for (var n = 0u; n < 256u; n++) {
    a = fma(a, x, y); b = fma(b, x, y); c = fma(c, x, y); d = fma(d, x, y);
    e = fma(e, x, y); f = fma(f, x, y); g = fma(g, x, y); h = fma(h, x, y);
  }
  to[i] = a + b + c + d + e + f + g + h;
}`,
        bindings: [input, output],
        workgroups: grid(invocations),
      };
      return {
        input: vector(4 * (multiplyAddUnits + 2)),
        output: vector(4 * invocations),
        amount: kind === "webgpu" ? invocations * 256 * 8 * 4 * 2 : multiplyAddUnits * 96_000,
        steps: 1,
        wasm: { function: "roofMultiplyAdd", arguments: [input], units: multiplyAddUnits, grain: 10 },
        webgpu,
      };
    }
    case "copy": {
      const blocks = blocksOf(measure.bytes / 2);
      return {
        input: vector(blocks * blockWords),
        output: vector(blocks * blockWords),
        amount: 8 * blocks * blockWords,
        steps: 1,
        wasm: { function: "roofCopy", arguments: [input, output], units: blocks, grain: 32 },
        webgpu: {
          source: `${storage}\n  if (i < arrayLength(&from)) { to[i] = from[i]; }\n}`,
          bindings: [input, output],
          workgroups: grid((blocks * blockWords) / 4),
        },
      };
    }
    case "read": {
      const blocks = blocksOf(measure.bytes);
      const readers = Math.min((blocks * blockWords) / 4, 1 << 16);
      return {
        input: vector(blocks * blockWords),
        output: vector(Math.max(4 * readers, 4 * (blocks + 1))),
        amount: 4 * blocks * blockWords,
        steps: 1,
        wasm: { function: "roofRead", arguments: [input, output], units: blocks, grain: 32 },
        webgpu: {
          source: `${storage}
  var sum = vec4f(0);
  for (var at = i; at < arrayLength(&from); at += groups.x * groups.y * 256u) { sum += from[at]; }
  to[i] = sum;
}`,
          bindings: [input, output],
          workgroups: grid(readers),
        },
      };
    }
    case "launch":
      return {
        input: vector(4),
        output: vector(4),
        amount: measure.amount,
        steps: measure.amount,
        wasm: { function: "roofEmpty", arguments: [input], units: 1, grain: 1 },
        webgpu: { source: `${storage}\n}`, bindings: [input, output], workgroups: [1, 1, 1] },
      };
  }
};

const opOf = (roof: Roof, name: string): AnyOp => {
  const wasm: Lowered<WasmLaunch> = { launches: [roof.wasm] };
  const webgpu: Lowered<WebGPULaunch> = { launches: [roof.webgpu] };
  return op({
    name,
    inputs: ["from"],
    outputs: () => [roof.output],
    work: () => ({ flops: 0, bytes: 0 }),
    tolerance: { relative: 0, absolute: 0 },
    reference: () => {
      throw new Error("a roof has no meaning but its speed");
    },
    kernels: [
      { device: "wasm", name, lower: () => wasm },
      { device: "webgpu", name, lower: () => webgpu },
    ],
    cases: [],
  });
};

/** Makes a roof ready on a device. */
export const prepareRoof = async (device: Device, measure: Measure): Promise<PreparedRoof> => {
  const roof = roofOf(measure, device.kind);
  const step: Step = {
    op: opOf(roof, `roof ${measure.roof}`),
    attributes: {},
    inputs: [{ slot: 0, type: roof.input }],
    outputs: [{ slot: 1, type: roof.output }],
    aliases: [-1],
    work: { flops: 0, bytes: 0 },
  };
  const types = [roof.input, roof.output];
  const plan: Plan = {
    steps: new Array<Step>(roof.steps).fill(step),
    slots: types.map((type) => ({ kind: "external", byteLength: 4 * (type.shape[0] ?? 1) })),
    externals: [0, 1],
    arguments: [{ slot: 0, type: roof.input }],
    results: [{ slot: 1, type: roof.output }],
    cost: { flops: 0, bytes: 0, dispatches: roof.steps, temporaryBytes: 0, byKernel: new Map() },
  };
  const buffers = types.map((type) => device.allocate(type));
  const [from, to] = buffers;
  if (from === undefined || to === undefined) throw new Error("a roof has two buffers");
  // A number that multiplies stay finite with: no special values, no subnormals.
  device.write(from, roof.input, new Float32Array(roof.input.shape[0] ?? 0).fill(0.5));
  device.write(to, roof.output, new Float32Array(roof.output.shape[0] ?? 0));
  const executable = await device.prepare(plan);
  return {
    amount: roof.amount,
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
  const type = vector(1);
  const buffer = device.allocate(type);
  await device.read(buffer, type);
  device.release(buffer);
};
