// The work of a plan: the sum of its steps', also by op.
import type { Work } from "@millrace/kernels";
import type { Plan, PlanCost, Step } from "./plan.ts";

/** Adds up the work of steps and the memory of the temporaries. */
export const costOf = (steps: readonly Step[], slots: Plan["slots"]): PlanCost => {
  const byKernel = new Map<string, Work & { calls: number }>();
  const total = { flops: 0, bytes: 0 };
  for (const { op, work } of steps) {
    const entry = byKernel.get(op.name) ?? { flops: 0, bytes: 0, calls: 0 };
    byKernel.set(op.name, { flops: entry.flops + work.flops, bytes: entry.bytes + work.bytes, calls: entry.calls + 1 });
    total.flops += work.flops;
    total.bytes += work.bytes;
  }
  const temporaryBytes = slots.reduce((sum, slot) => sum + (slot.kind === "temporary" ? slot.byteLength : 0), 0);
  return { ...total, dispatches: steps.length, temporaryBytes, byKernel };
};
