// A step as text, for messages.
import { describeType } from "@millrace/kernels";
import type { Step } from "./plan.ts";

/** What a step does, in a few words: `matmul`, `map(multiply add)`, `copy`. */
export const nameStep = (step: Step): string => {
  const { attributes, op } = step;
  if (op.name !== "map") return op.name;
  const { instructions } = attributes;
  const names = Array.isArray(instructions)
    ? instructions
        .map((instruction) => String(Reflect.get(Object(instruction), "function")))
        .filter((name) => name !== "constant")
    : [];
  return names.length === 0 ? "copy" : `map(${names.join(" ")})`;
};

/** Operands in a message: more than these are counted. */
const shownOperands = 4;

/** A step with its sizes, for messages: `matmul f32[2, 3] f32[3, 4] -> f32[2, 4]`. */
export const describeStep = (step: Step): string => {
  const types = (operands: Step["inputs"]): string => {
    const shown = operands.slice(0, shownOperands).map(({ type }) => describeType(type));
    const rest = operands.length - shown.length;
    return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join(" ");
  };
  return `${nameStep(step)} ${types(step.inputs)} -> ${types(step.outputs)}`;
};
