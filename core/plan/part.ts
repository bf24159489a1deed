// Part of a plan as a plan of its own, so that steps can be run, timed or sent elsewhere one by one: what the whole keeps
// in temporaries is bound from outside.
import { costOf } from "./cost.ts";
import type { Operand, Plan, Slot } from "./plan.ts";

/** Some steps of a plan, and which slot of the whole each of the part's externals is. */
export interface PlanPart {
  readonly plan: Plan;
  readonly externals: readonly number[];
}

/** Steps `from` up to, not including, `to`. */
export const partOf = (whole: Plan, from: number, to: number): PlanPart => {
  const slots: Slot[] = [];
  const externals: number[] = [];
  const places = new Map<number, number>();
  const place = ({ slot, ...rest }: Operand): Operand => {
    let at = places.get(slot);
    const kept = whole.slots[slot];
    if (at === undefined && kept) {
      at = slots.push(kept.kind === "constant" ? kept : { kind: "external", byteLength: kept.byteLength }) - 1;
      places.set(slot, at);
      if (kept.kind !== "constant") externals.push(slot);
    }
    return { ...rest, slot: at ?? -1 };
  };
  const steps = whole.steps
    .slice(from, to)
    .map((step) => ({ ...step, inputs: step.inputs.map(place), outputs: step.outputs.map(place) }));
  const isExternal = ({ slot }: Operand): boolean => slots[slot]?.kind === "external";
  return {
    plan: {
      steps,
      slots,
      externals: externals.map((slot) => places.get(slot) ?? -1),
      arguments: steps.flatMap((step) => step.inputs).filter(isExternal),
      results: steps.flatMap((step) => step.outputs),
      cost: costOf(steps, slots),
    },
    externals,
  };
};
