// Which kernel a device takes for a step: the first in its table's list for the op whose condition holds.
import type { AnyWasmKernel, AnyWebGPUKernel, DeviceTraits, KernelContext } from "@millrace/kernels";
import type { Step } from "../plan/plan.ts";

/** What a step's kernel may know. */
export const contextOf = (step: Step, device: DeviceTraits): KernelContext => ({
  inputs: step.inputs.map((input) => input.type),
  outputs: step.outputs.map((output) => output.type),
  attributes: step.attributes,
  device,
  aliases: step.aliases,
  constant: step.inputs.map((input) => input.constant ?? false),
});

/** The first of the kernels that fits, or undefined when the device lacks the op at these shapes. */
export const chooseKernel = <Kernel extends AnyWasmKernel | AnyWebGPUKernel>(
  kernels: readonly Kernel[] | undefined,
  context: KernelContext,
): Kernel | undefined => kernels?.find((kernel) => kernel.when?.(context) ?? true);
