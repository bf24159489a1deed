// Runs one case of one op's contract on a device and compares with the float64 reference. Knows no op by name, so a new
// op is tested as soon as it is listed. Used in Node and, bundled, in a page.
import {
  type AnyOp,
  type AnyReference,
  type Case,
  describeType,
  halfTolerance,
  meets,
  ops,
  type ReferenceTensor,
  referenceArray,
  roundToHalf,
  sizeOf,
  type TensorType,
  type Tolerance,
} from "@millrace/kernels";
import { checks } from "@millrace/kernels/cases";
import { references } from "@millrace/kernels/reference";
import type { Device } from "../../core/device/device.ts";
import { applyOp, inputValue } from "../../core/graph/node.ts";
import { makePlan } from "../../core/plan/make-plan.ts";
import { type HostArray, hostArray } from "../../core/tensor/host-array.ts";
import { sha256 } from "../../core/validate/sha256.ts";

/** A small generator with a stated algorithm (mulberry32), so that inputs are the same in every run. */
export const generator = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

const specials = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0,
  -0,
  1,
  -1,
  0.5,
  -2.5,
  88,
  -88,
  100,
  -100,
  1e-30,
  -1e30,
  3.4e38,
];

/** Specials whose sums and products do not overflow. */
const nonfinite = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  ...Array.from({ length: 30 }, (_, i) => (i - 15) / 4),
];

const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Elements of an input as its case says. */
export const fillInput = (type: TensorType, how: string | readonly number[], random: () => number): ReferenceTensor => {
  const data = referenceArray(type.dtype, sizeOf(type.shape));
  for (let i = 0; i < data.length; i++) {
    if (typeof how !== "string") data[i] = how[i] ?? 0;
    else if (type.dtype === "bool") data[i] = random() < 0.5 ? 0 : 1;
    else if (how.startsWith("index:")) data[i] = Math.floor(random() * Number(how.slice(6)));
    else if (type.dtype === "u8") data[i] = Math.floor(random() * 256);
    else if (type.dtype !== "f32" && type.dtype !== "f16") data[i] = Math.floor(normal(random) * 1000);
    else if (how === "special") data[i] = Math.fround(specials[Math.floor(random() * specials.length)] ?? 0);
    else if (how === "nonfinite") data[i] = nonfinite[Math.floor(random() * nonfinite.length)] ?? 0;
    else if (how === "positive") data[i] = Math.fround(Math.abs(normal(random)) + 1e-3);
    else data[i] = Math.fround(how === "unit" ? random() : normal(random));
  }
  return { type, data: type.dtype === "f16" ? data.map(roundToHalf) : data };
};

const toleranceOf = (op: AnyOp, call: Case): Tolerance => {
  const tolerance = checks.get(op.name)?.tolerance;
  if (!tolerance) throw new Error(`${op.name} has no line in kernels/cases.ts`);
  return typeof tolerance === "function" ? tolerance(call.inputs, call.attributes) : tolerance;
};

/** What an op means. */
export const referenceOf = (op: AnyOp): AnyReference => {
  const reference = references.get(op.name);
  if (!reference) throw new Error(`${op.name} has no line in kernels/reference.ts`);
  return reference;
};

/** A case as a test's name. */
export const describeCase = (call: Case): string => {
  const attributes = JSON.stringify(call.attributes);
  return `${call.inputs.map(describeType).join(" ")} ${attributes.length > 90 ? `${attributes.slice(0, 90)}...` : attributes}${call.values ? ` of ${call.values.map((v) => (typeof v === "string" ? v : "given")).join(", ")}` : ""}`;
};

/** What a case gives on a device. */
const runCase = async (
  device: Device,
  op: AnyOp,
  call: Case,
  inputs: readonly ReferenceTensor[],
): Promise<HostArray[]> => {
  const args = call.inputs.map(inputValue);
  const plan = makePlan(args, applyOp(op.name, args, call.attributes), { maximumMapBuffers: device.maximumMapBuffers });
  using executable = await device.prepare(plan);
  const results = plan.results.map((result) => result.type);
  const buffers = [...call.inputs, ...results].map((type) => device.allocate(type));
  try {
    inputs.forEach((input, i) => {
      const host = hostArray(input.type.dtype, input.data.length);
      host.set(input.data);
      const buffer = buffers[i];
      if (buffer) device.write(buffer, input.type, host);
    });
    await executable.run(buffers);
    const outputs: HostArray[] = [];
    for (const [i, type] of results.entries()) {
      const buffer = buffers[inputs.length + i];
      if (buffer) outputs.push(await device.read(buffer, type));
    }
    return outputs;
  } finally {
    for (const buffer of buffers) device.release(buffer);
  }
};

const inputsOf = (call: Case, seed: number): ReferenceTensor[] => {
  const random = generator(seed);
  return call.inputs.map((type, i) => fillInput(type, call.values?.[i] ?? "normal", random));
};

/** The line for the first element out of bounds; undefined when all are right. */
const compareWithReference = (
  op: AnyOp,
  call: Case,
  inputs: readonly ReferenceTensor[],
  outputs: readonly HostArray[],
): string | undefined => {
  const bound = toleranceOf(op, call);
  for (const [i, want] of referenceOf(op)(inputs, call.attributes).entries()) {
    const got = outputs[i];
    if (!got) return `output ${i} is missing`;
    const { dtype } = want.type;
    const tolerance = dtype === "f16" ? halfTolerance(bound) : bound;
    if (got.length !== want.data.length) return `output ${i} has ${got.length} elements, not ${want.data.length}`;
    for (let k = 0; k < got.length; k++) {
      const [g, w] = [got[k] ?? Number.NaN, want.data[k] ?? Number.NaN];
      if (dtype === "f32" || dtype === "f16" ? !meets(g, w, tolerance, dtype) : g !== w)
        return `output ${i} [${k}] is ${g}, the reference says ${w} (bound ${tolerance.relative} relative, ${tolerance.absolute} absolute)`;
    }
  }
  return undefined;
};

/** Runs a case; gives a line for the first element that is out of bounds, or undefined when all are right. */
export const checkCase = async (device: Device, op: AnyOp, call: Case, seed: number): Promise<string | undefined> => {
  const inputs = inputsOf(call, seed);
  return compareWithReference(op, call, inputs, await runCase(device, op, call, inputs));
};

/** SHA-256 of the bits that a case gives; every NaN counts as one, since WebAssembly leaves its sign and payload open. */
export const hashCase = async (device: Device, op: AnyOp, call: Case, seed: number): Promise<string> => {
  const outputs = await runCase(device, op, call, inputsOf(call, seed));
  const hashes = outputs.map((output) => {
    const bits =
      output instanceof Float32Array ? output.map((value) => (Number.isNaN(value) ? Number.NaN : value)) : output;
    return sha256(new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength));
  });
  return sha256(hashes.join(" "));
};

/** The seed of an op's case number `index`: equal in every run, in Node and in a page. */
export const seedOfCase = (index: number): number => 1000 + index;

/** The bits of every op's every case, one line a case. */
export const hashEveryCase = async (device: Device): Promise<string[]> => {
  const lines: string[] = [];
  for (const op of ops.values())
    for (const [i, call] of (checks.get(op.name)?.cases ?? []).entries())
      lines.push(`${op.name} of ${describeCase(call)}: ${await hashCase(device, op, call, seedOfCase(i))}`);
  return lines;
};
