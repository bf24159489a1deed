// Opening a device by name, or the best there is: real GPU hardware first, then WASM; a software GPU only when asked for.
import { ArgumentError } from "@millrace/kernels";
import type { Device, DeviceKind } from "./device.ts";
import { UnsupportedError } from "./error.ts";
import { openReferenceDevice } from "./reference/index.ts";
import { openWasmDevice } from "./wasm/index.ts";
import { openWebGPUDevice } from "./webgpu/index.ts";

/** Options of openDevice. */
export interface OpenDeviceOptions {
  /** The same bits on every machine and browser: strict WASM. Default false. */
  readonly deterministic?: boolean;
  /** Threads of a WASM device. Default: the machine's, at most 8; 1 where memory cannot be shared. */
  readonly threads?: number;
  /** Take a software GPU (SwiftShader, WARP) too. Default false. */
  readonly software?: boolean;
}

/**
 * Opens a device: "webgpu", "wasm", "reference", or the best there is when no kind is named.
 * @throws UnsupportedError when the kind asked for is not to be had here, saying what is missing
 * @example
 * using device = await openDevice("wasm", { deterministic: true });
 * const y = await tensor([1, 2, 3]).exp().data(device);
 */
export const openDevice = async (kind?: DeviceKind, options: OpenDeviceOptions = {}): Promise<Device> => {
  if (options.deterministic && kind === "webgpu")
    throw new ArgumentError(
      'a deterministic device is a WASM one: WGSL may round differently on each driver; leave the kind out or say "wasm"',
    );
  if (kind === "reference") return openReferenceDevice();
  if (kind === "wasm" || options.deterministic) return openWasmDevice(options);
  if (kind === "webgpu") return openWebGPUDevice(options);
  if (kind !== undefined)
    throw new ArgumentError(`there is no device "${String(kind)}"; there are "webgpu", "wasm" and "reference"`);
  try {
    return await openWebGPUDevice(options);
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    return openWasmDevice(options);
  }
};
