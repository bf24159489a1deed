// From a plan to launches: each step's kernel is chosen and lowered, and its buffers become places in the plan. No GPU is
// touched, so this can be tested alone.
import {
  type BufferReference,
  byteSizeOf,
  type DeviceTraits,
  describeType,
  type WebGPULaunch,
} from "@millrace/kernels";
import { loadSubgroups, webgpuKernels } from "@millrace/kernels/webgpu";
import { describeStep } from "../../plan/describe-step.ts";
import type { Plan, Step } from "../../plan/plan.ts";
import { chooseKernel, contextOf } from "../choose-kernel.ts";
import { UnsupportedError } from "../error.ts";
import { bindingAccesses, mostParameters } from "./pipeline.ts";

/** Where a binding's memory is: a slot of the plan, or scratch that all steps share by its number. */
export type Place = { readonly slot: number } | { readonly scratch: number };

/** A launch with its bindings placed. */
export interface PlacedLaunch {
  readonly step: Step;
  readonly launch: WebGPULaunch;
  readonly places: readonly Place[];
  readonly accesses: readonly ("read" | "read_write")[];
}

export interface LoweredPlan {
  readonly launches: readonly PlacedLaunch[];
  /** Bytes of each scratch buffer: the most that any step wants, since steps run one after the other. */
  readonly scratch: readonly number[];
}

const placeOf = (reference: BufferReference, step: Step): Place => {
  if ("scratch" in reference) return { scratch: reference.scratch };
  const operand = "input" in reference ? step.inputs[reference.input] : step.outputs[reference.output];
  if (!operand) throw new UnsupportedError(`a kernel of ${step.op.name} binds an operand that its step does not have`);
  return { slot: operand.slot };
};

/** @throws UnsupportedError for an operand that no binding of this GPU is large enough for */
const checkSizes = (step: Step, traits: DeviceTraits): void => {
  const most = traits.limits.maxStorageBufferBindingSize ?? Number.POSITIVE_INFINITY;
  for (const { type } of [...step.inputs, ...step.outputs])
    if (byteSizeOf(type) > most)
      throw new UnsupportedError(
        `${describeStep(step)} takes ${describeType(type)}, whose ${byteSizeOf(type)} bytes are past this GPU's limit of ${most} bytes a binding; split it or use the "wasm" device`,
      );
};

const check = ({ step, launch, places, accesses }: PlacedLaunch, traits: DeviceTraits): void => {
  const mostBuffers = traits.limits.maxStorageBuffersPerShaderStage ?? 8;
  if (places.length > mostBuffers)
    throw new UnsupportedError(
      `a kernel of ${step.op.name} binds ${places.length} buffers, but this GPU allows ${mostBuffers}, for ${describeStep(step)}; plan with maximumMapBuffers: ${mostBuffers}`,
    );
  if ((launch.parameters?.length ?? 0) > mostParameters)
    throw new UnsupportedError(`a kernel of ${describeStep(step)} has more than ${mostParameters} parameters`);
  const slots = places.map((place) => ("slot" in place ? place.slot : -1));
  slots.forEach((slot, i) => {
    if (slot >= 0 && accesses[i] === "read_write" && slots.some((other, j) => j !== i && other === slot))
      throw new UnsupportedError(
        `${step.op.name} would write slot ${slot} while it reads it through another binding, which WebGPU forbids`,
      );
  });
};

/** Loads the kernels of a plan's steps, and what they take for just these. */
export const loadKernels = async ({ steps }: Plan, traits: DeviceTraits): Promise<void> => {
  await Promise.all([webgpuKernels.load(steps.map(({ op }) => op)), loadSubgroups(traits)]);
  await Promise.all(
    steps.flatMap((step) => (webgpuKernels.of(step.op) ?? []).map((kernel) => kernel.load?.(contextOf(step, traits)))),
  );
};

/** True when no kernel fits the step. */
export const lacksKernel = (step: Step, traits: DeviceTraits): boolean =>
  chooseKernel(webgpuKernels.of(step.op), contextOf(step, traits)) === undefined;

/**
 * Lowers every step of a plan.
 * @throws UnsupportedError naming an op without a kernel for this device, or past one of its limits
 */
export const lowerPlan = (plan: Plan, traits: DeviceTraits): LoweredPlan => {
  const launches: PlacedLaunch[] = [];
  const scratch: number[] = [];
  for (const step of plan.steps) {
    checkSizes(step, traits);
    const context = contextOf(step, traits);
    const kernel = chooseKernel(webgpuKernels.of(step.op), context);
    if (!kernel) throw new UnsupportedError(`${describeStep(step)} has no kernel for this GPU; use the "wasm" device`);
    const lowered = kernel.lower(context);
    lowered.scratch?.forEach((bytes, i) => {
      scratch[i] = Math.max(scratch[i] ?? 0, bytes);
    });
    for (const launch of lowered.launches) {
      if (launch.workgroups.includes(0)) continue;
      const places = launch.bindings.map((reference) => placeOf(reference, step));
      const placed = { step, launch, places, accesses: bindingAccesses(launch.source) };
      check(placed, traits);
      launches.push(placed);
    }
  }
  return { launches, scratch };
};
