// A plan as text: one line a step, then what it costs. For people, and for tests that pin a schedule.
import { describeType } from "@millrace/kernels";
import { nameStep } from "./describe-step.ts";
import type { Plan } from "./plan.ts";
import { type DeviceRoof, predictPlan } from "./predict.ts";

/**
 * The steps of a plan with the slots they read and write ("s3*": in the memory of an input), and its totals; with a roof
 * also the microseconds that they take at it, see predictPlan.
 * @example console.log(describePlan(compiled.plan(x), await measureRoof(device)));
 */
export const describePlan = (plan: Plan, roof?: DeviceRoof): string => {
  const predicted = roof ? predictPlan(plan, roof) : [];
  const time = (microseconds: number | undefined): string =>
    microseconds === undefined ? "" : `  ${microseconds.toFixed(1)} us`;
  const kinds = plan.slots.map((slot, i) => `${slot.kind[0]}${i}`);
  const lines = plan.steps.map((step, i) => {
    const inputs = step.inputs.map(({ slot, type }) => `${kinds[slot]}:${describeType(type)}`).join(" ");
    const outputs = step.outputs
      .map(({ slot, type }, k) => `${kinds[slot]}${(step.aliases[k] ?? -1) >= 0 ? "*" : ""}:${describeType(type)}`)
      .join(" ");
    return `${String(i).padStart(3)}  ${nameStep(step)}  ${inputs} -> ${outputs}${time(predicted[i])}`;
  });
  const { flops, bytes, dispatches, temporaryBytes } = plan.cost;
  return [
    ...lines,
    `${dispatches} steps, ${flops} operations, ${bytes} bytes moved, ${temporaryBytes} bytes of temporaries${time(roof && predicted.reduce((sum, own) => sum + own, 0))}`,
  ].join("\n");
};
