// The reference device: every op by its float64 meaning, one after the other. Slow, and the measure of all others.
import { type ReferenceArray, type ReferenceTensor, referenceArray, sizeOf, type TensorType } from "@millrace/kernels";
import { references } from "@millrace/kernels/reference";
import type { Operand, Plan, Step } from "../../plan/plan.ts";
import { type HostArray, hostArray } from "../../tensor/host-array.ts";
import type { Device, DeviceBuffer, DeviceMemory, Executable, Fallback } from "../device.ts";
import { UnsupportedError } from "../error.ts";
import { prepareReplay, type Replay, timedByHost } from "../replay.ts";

interface ReferenceBuffer extends DeviceBuffer {
  /** float64 for f32, so that finite differences have digits to spare. */
  data: ReferenceArray;
}

const isReferenceBuffer = (buffer: DeviceBuffer | undefined): buffer is ReferenceBuffer =>
  buffer !== undefined && "data" in buffer;

/**
 * Opens the reference device: float64 arithmetic, the same on every machine up to Math.exp and its like.
 * @example const device = openReferenceDevice();
 */
export const openReferenceDevice = (): ReferenceDevice => new ReferenceDevice();

/** See openReferenceDevice. */
export class ReferenceDevice implements Device {
  readonly kind = "reference";
  readonly name = "reference (float64)";
  readonly deterministic = true;
  readonly maximumMapBuffers = 64;
  readonly lost = new Promise<Error>(() => {});
  /** Never any: every op has a reference. */
  readonly fallbacks: readonly Fallback[] = [];
  onFallback: ((fallback: Fallback) => void) | undefined;
  readonly #live = new Set<ReferenceBuffer>();

  get memory(): DeviceMemory {
    const liveBytes = [...this.#live].reduce((sum, buffer) => sum + buffer.byteLength, 0);
    return { liveBuffers: this.#live.size, liveBytes, reservedBytes: liveBytes };
  }

  allocate(type: TensorType): DeviceBuffer {
    const data = referenceArray(type.dtype, sizeOf(type.shape));
    const buffer: ReferenceBuffer = { device: this, byteLength: data.byteLength, data };
    this.#live.add(buffer);
    return buffer;
  }

  release(buffer: DeviceBuffer): void {
    if (isReferenceBuffer(buffer)) this.#live.delete(buffer);
  }

  write(buffer: DeviceBuffer, type: TensorType, data: HostArray | Float64Array): void {
    if (!isReferenceBuffer(buffer)) throw new UnsupportedError("this buffer belongs to another device");
    buffer.data = referenceArray(type.dtype, sizeOf(type.shape));
    buffer.data.set(data);
  }

  async read(buffer: DeviceBuffer, type: TensorType): Promise<HostArray> {
    const result = hostArray(type.dtype, sizeOf(type.shape));
    result.set(this.readExact(buffer));
    return result;
  }

  /** The float64 content, unrounded, for numerical checks. */
  readExact(buffer: DeviceBuffer): ReferenceArray {
    if (!isReferenceBuffer(buffer)) throw new UnsupportedError("this buffer belongs to another device");
    return buffer.data;
  }

  async prepare(plan: Plan): Promise<Executable> {
    const host = { device: this, fallbacks: [], lacks: () => false, prepare: prepareReference };
    return prepareReplay(host, plan);
  }

  [Symbol.dispose](): void {
    this.#live.clear();
  }
}

const prepareReference = async (plan: Plan): Promise<Replay> => {
  const run: Executable["run"] = async (externals) => runPlan(plan, externals);
  return { run, timed: timedByHost(run), [Symbol.dispose]: () => {} };
};

const runPlan = (plan: Plan, externals: readonly DeviceBuffer[]): void => {
  const memory = new Map<number, ReferenceArray>();
  const owners = new Map(plan.externals.map((slot, i) => [slot, externals[i]]));
  for (const [slot, buffer] of owners) if (isReferenceBuffer(buffer)) memory.set(slot, buffer.data);
  plan.slots.forEach((slot, i) => {
    if (slot.kind !== "constant") return;
    const data = referenceArray(slot.type.dtype, slot.data.length);
    data.set(slot.data);
    memory.set(i, data);
  });
  for (const step of plan.steps) runStep(step, memory);
  for (const [slot, buffer] of owners) {
    const data = memory.get(slot);
    if (isReferenceBuffer(buffer) && data) buffer.data = data;
  }
};

const runStep = (step: Step, memory: Map<number, ReferenceArray>): void => {
  const inputs = step.inputs.map(({ slot, type }: Operand): ReferenceTensor => {
    const data = memory.get(slot);
    if (!data) throw new UnsupportedError(`${step.op.name} reads slot ${slot} before anything wrote it`);
    return { type, data };
  });
  const reference = references.get(step.op.name) ?? step.op.own?.reference;
  if (!reference) throw new UnsupportedError(`the op ${step.op.name} has no reference`);
  reference(inputs, step.attributes).forEach((result, i) => {
    const output = step.outputs[i];
    if (output)
      memory.set(
        output.slot,
        result.data === inputs.find((input) => input.data === result.data)?.data ? result.data.slice() : result.data,
      );
  });
};
