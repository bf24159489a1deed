// What can go wrong on a device, apart from wrong arguments.
import { MillraceError } from "@millrace/kernels";

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
