// A plan with ops that a device lacks: runs of steps that it has stay on the device, each of the others is run by the
// reference device between a read and a write. Never in silence: see Device.fallbacks.
import type { TensorType } from "@millrace/kernels";
import { describeStep } from "../plan/describe-step.ts";
import { partOf } from "../plan/part.ts";
import type { Operand, Plan, Step } from "../plan/plan.ts";
import type { DeviceBuffer, Executable, Fallback } from "./device.ts";
import { UnsupportedError } from "./error.ts";
import { type Replay, type ReplayHost, timedByHost } from "./replay.ts";

type Run = Executable["run"];

/** Prepares a plan in parts. @throws UnsupportedError on a deterministic device, whose promise the reference cannot keep */
export const prepareInParts = async (host: ReplayHost, plan: Plan): Promise<Replay> => {
  const { device } = host;
  const owned: Disposable[] = [];
  const dispose = (): void => {
    for (const each of owned.splice(0)) each[Symbol.dispose]();
  };
  try {
    const buffers = plan.slots.map((slot) => {
      if (slot.kind !== "temporary") return undefined;
      const buffer = device.allocate({ dtype: "u32", shape: [slot.byteLength / 4] });
      owned.push({ [Symbol.dispose]: () => device.release(buffer) });
      return buffer;
    });
    const runs: Run[] = [];
    const bound = (slots: readonly number[], externals: readonly DeviceBuffer[]): DeviceBuffer[] =>
      slots.flatMap((slot) => buffers[slot] ?? externals[plan.externals.indexOf(slot)] ?? []);
    for (let from = 0; from < plan.steps.length; ) {
      const step = plan.steps[from];
      const lacking = step !== undefined && host.lacks(step);
      let to = from + 1;
      while (!lacking && to < plan.steps.length && !plan.steps.slice(to, to + 1).some(host.lacks)) to++;
      const part = partOf(plan, from, to);
      if (lacking) tell(host, step);
      const executable = lacking ? await onReference(part.plan) : await host.prepare(part.plan);
      owned.push(executable);
      runs.push((externals) => executable.run(bound(part.externals, externals)));
      from = to;
    }
    // Temporaries serve one run at a time.
    let last: Promise<unknown> = Promise.resolve();
    const run: Run = (externals) => {
      const mine = last.then(async () => {
        for (const each of runs) await each(externals);
      });
      last = mine.catch(() => {});
      return mine;
    };
    return { run, timed: timedByHost(run), fallsBack: true, [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
};

/** Notes a step in the device's list, and tells of its op when it is the first. */
const tell = ({ device, fallbacks }: ReplayHost, step: Step): void => {
  const description = describeStep(step);
  if (device.deterministic)
    throw new UnsupportedError(
      `${device.name} has no kernel for ${description}, and the reference device, which would stand in, does not give the same bits everywhere; open a device without { deterministic: true }`,
    );
  if (fallbacks.some((known) => known.step === description)) return;
  const fallback: Fallback = {
    op: step.op.name,
    step: description,
    message: `${device.name} has no kernel for ${description}: it runs on the reference device, with copies there and back`,
  };
  const isFirst = fallbacks.every((known) => known.op !== fallback.op);
  fallbacks.push(fallback);
  if (!isFirst) return;
  if (device.onFallback) device.onFallback(fallback);
  else console.warn(fallback.message);
};

/** One step on the reference device, on buffers of another. */
const onReference = async (plan: Plan): Promise<Executable> => {
  const { openReferenceDevice } = await import("./reference/index.ts");
  const reference = openReferenceDevice();
  const executable = await reference.prepare(plan);
  const typeAt = (operands: readonly Operand[], slot: number): TensorType | undefined =>
    operands.find((operand) => operand.slot === slot)?.type;
  return {
    run: async (externals) => {
      const buffers = await Promise.all(
        externals.map(async (buffer, i) => {
          const slot = plan.externals[i] ?? -1;
          const read = typeAt(plan.arguments, slot);
          const own = reference.allocate(read ?? typeAt(plan.results, slot) ?? { dtype: "u32", shape: [0] });
          if (read) reference.write(own, read, await buffer.device.read(buffer, read));
          return own;
        }),
      );
      await executable.run(buffers);
      for (const { slot, type } of plan.results) {
        const at = plan.externals.indexOf(slot);
        const [from, to] = [buffers[at], externals[at]];
        if (from && to) to.device.write(to, type, await reference.read(from, type));
      }
      for (const buffer of buffers) reference.release(buffer);
    },
    [Symbol.dispose]: () => reference[Symbol.dispose](),
  };
};
