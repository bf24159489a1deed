// The door to pictures of plans; what draws them is loaded at the first call.
import type { Plan } from "./plan.ts";
import type { DeviceRoof } from "./predict.ts";

/**
 * A plan as a self-contained SVG image: steps as boxes in their order, coloured by family; each slot of memory as a lane,
 * blue for what is bound from outside, grey for constants, orange for temporaries, from its first use to its last.
 * With a roof, steps say the microseconds that they take at it; see predictPlan.
 * @example await writeFile("plan.svg", await drawPlan(compiled.plan(x)));
 */
export const drawPlan = async (plan: Plan, roof?: DeviceRoof): Promise<string> =>
  (await import("./draw-plan.ts")).drawPlan(plan, roof);
