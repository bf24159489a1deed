// What can go wrong on a device, apart from wrong arguments.
import { byteSizeOf, MillraceError } from "@millrace/kernels";
import { describeStep } from "../plan/describe-step.ts";
import type { Plan, Step } from "../plan/plan.ts";

/** The device went away (driver reset, page hidden, worker died). State on it is gone; open another and resume. */
export class DeviceLostError extends MillraceError {
  readonly code = "DEVICE_LOST";
}

/** The device has no room: the message names the size asked for, what is held, and the limit. */
export class OutOfMemoryError extends MillraceError {
  readonly code = "OUT_OF_MEMORY";
}

/** The device, or this environment, cannot do what was asked: the message names the op or feature that is missing. */
export class UnsupportedError extends MillraceError {
  readonly code = "UNSUPPORTED";
}

/** The device refused work that was given to it, in its own words: a slip of Millrace or of the driver. */
export class DeviceFaultError extends MillraceError {
  readonly code = "DEVICE_FAULT";
}

/** A plan in an error's message: its steps when they are few, else the one that touches the most memory. */
export const describeWork = ({ steps }: Plan): string => {
  const [largest] = [...steps].sort((a, b) => bytesTouched(b) - bytesTouched(a));
  if (!largest) return "a plan without steps";
  return steps.length === 1
    ? describeStep(largest)
    : `a plan of ${steps.length} steps, of which ${describeStep(largest)} is the largest`;
};

const bytesTouched = ({ inputs, outputs }: Step): number =>
  [...inputs, ...outputs].reduce((sum, { type }) => sum + byteSizeOf(type), 0);

/** An out-of-memory error of preparing a plan, with the plan's largest step; any other error as it is. */
export const sayWhatNeedsRoom = (error: unknown, plan: Plan): unknown =>
  error instanceof OutOfMemoryError
    ? new OutOfMemoryError(`${error.message} (asked for by ${describeWork(plan)})`, { cause: error })
    : error;
