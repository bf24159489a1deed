// Which kernel a device takes for a step: the first of its kind in the op's list whose condition holds.
import type { DeviceTraits, Kernel, KernelContext } from "@millrace/kernels";
import type { Step } from "../plan/plan.ts";

/** What a step's kernel may know. */
export const contextOf = (step: Step, device: DeviceTraits): KernelContext => ({
  inputs: step.inputs.map((input) => input.type),
  outputs: step.outputs.map((output) => output.type),
  attributes: step.attributes,
  device,
  aliases: step.aliases,
});

/** The kernel for a step, or undefined when the device lacks the op at these shapes. */
export const chooseKernel = <Kind extends DeviceTraits["kind"]>(
  kind: Kind,
  step: Step,
  context: KernelContext,
): Extract<Kernel, { device: Kind }> | undefined =>
  step.op.kernels.find(
    (kernel): kernel is Extract<Kernel, { device: Kind }> => kernel.device === kind && (kernel.when?.(context) ?? true),
  );
