// The machine's limits as ops without meaning, run by the same devices, threads and replay as the kernels that are held
// against them: multiply-adds in registers, a copy, a read, and launches that do nothing. See roof.wasm.ts.

import { gridOfThreads } from "../contract/dispatch.wgsl.ts";
import type { WasmLaunch, WebGPULaunch } from "../contract/kernel.ts";
import { type AnyOp, op } from "../contract/op.ts";
import type { TensorType } from "../contract/tensor-type.ts";

/** Which limit, and how much of it one run asks for. */
export type RoofMeasure =
  | { readonly roof: "multiply-add"; readonly flops: number }
  | { readonly roof: "copy" | "read"; readonly bytes: number }
  | { readonly roof: "launch" };

/** A limit as one step: an op of one input and one output. */
export interface Roof {
  readonly op: AnyOp;
  readonly input: TensorType;
  readonly output: TensorType;
  /** FLOP, bytes or launches of one run. */
  readonly amount: number;
}

const vector = (size: number): TensorType => ({ dtype: "f32", shape: [size] });
const input = { input: 0 } as const;
const output = { output: 0 } as const;

/** FLOP of one unit of roofMultiplyAdd, and of one invocation of its WGSL. */
const unitFlops = 96_000;
const rounds = 256;
const invocationFlops = rounds * 8 * 4 * 2;
/** Words that one unit of the copy and read loops takes. */
const blockWords = 1024;

const source = (body: string): string => `@group(0) @binding(0) var<storage, read> input: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4f>;
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 256u + id.x;
${body}
}`;

const multiplyAdd = `  let x = input[0]; let y = input[1];
  var a = x; var b = y; var c = x; var d = y; var e = x; var f = y; var g = x; var h = y;
  for (var n = 0u; n < ${rounds}u; n++) {
    a = fma(a, x, y); b = fma(b, x, y); c = fma(c, x, y); d = fma(d, x, y);
    e = fma(e, x, y); f = fma(f, x, y); g = fma(g, x, y); h = fma(h, x, y);
  }
  output[i] = a + b + c + d + e + f + g + h;`;

const read = `  var sum = vec4f(0);
  for (var at = i; at < arrayLength(&input); at += groups.x * groups.y * 256u) { sum += input[at]; }
  output[i] = sum;`;

interface Parts extends Omit<Roof, "op"> {
  readonly wasm: WasmLaunch;
  readonly body: string;
  readonly threads: number;
}

const partsOf = (measure: RoofMeasure, device: "wasm" | "webgpu"): Parts => {
  if (measure.roof === "multiply-add") {
    const units = Math.max(1, Math.round(measure.flops / unitFlops));
    const threads = 256 * Math.max(1, Math.round(measure.flops / invocationFlops / 256));
    return {
      input: vector(4 * (units + 2)),
      output: vector(4 * threads),
      amount: device === "webgpu" ? threads * invocationFlops : units * unitFlops,
      wasm: { function: "roofMultiplyAdd", arguments: [input], units, grain: 10 },
      body: multiplyAdd,
      threads,
    };
  }
  if (measure.roof === "launch")
    return {
      input: vector(4),
      output: vector(4),
      amount: 1,
      wasm: { function: "roofEmpty", arguments: [input], units: 1, grain: 1 },
      body: "",
      threads: 1,
    };
  const isCopy = measure.roof === "copy";
  const units = Math.max(1, Math.round(measure.bytes / (isCopy ? 8 : 4) / blockWords));
  const words = units * blockWords;
  const threads = isCopy ? words / 4 : Math.min(words / 4, 1 << 16);
  return {
    input: vector(words),
    output: vector(isCopy ? words : Math.max(4 * threads, 4 * (units + 1))),
    amount: (isCopy ? 8 : 4) * words,
    wasm: { function: isCopy ? "roofCopy" : "roofRead", arguments: [input, output], units, grain: 32 },
    body: isCopy ? "  if (i < arrayLength(&input)) { output[i] = input[i]; }" : read,
    threads,
  };
};

/** The step that measures a limit of a device. Its input is to be filled with 0.5: multiplied, it stays finite. */
export const roofOf = (measure: RoofMeasure, device: "wasm" | "webgpu"): Roof => {
  const { wasm, body, threads, ...roof } = partsOf(measure, device);
  const webgpu: WebGPULaunch = {
    source: source(body),
    bindings: [input, output],
    workgroups: gridOfThreads(threads),
  };
  const name = `roof ${measure.roof}`;
  return {
    ...roof,
    op: op({
      name,
      inputs: ["from"],
      outputs: () => [roof.output],
      work: () => ({ flops: 0, bytes: 0 }),
      own: {
        wasm: [{ device: "wasm", name, lower: () => ({ launches: [wasm] }) }],
        webgpu: [{ device: "webgpu", name, lower: () => ({ launches: [webgpu] }) }],
      },
    }),
  };
};
