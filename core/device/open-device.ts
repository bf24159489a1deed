// Opening a device by name, or the best there is: real GPU hardware first, then WASM; a software GPU only when asked for.
// A device comes with its kernels, so each is loaded when it is opened: a page pays for the one that it uses.
import { ArgumentError } from "@millrace/kernels";
import { webgpuEntry } from "#platform";
import type { Device, DeviceKind } from "./device.ts";
import { UnsupportedError } from "./error.ts";
import { loadBuild } from "./wasm/wasm-build.ts";

/** Options of openDevice. */
export interface OpenDeviceOptions {
  /** The same bits on every machine and browser: strict WASM. Default false. */
  readonly deterministic?: boolean;
  /** Threads of a WASM device. Default: the machine's, at most 8; 1 where memory cannot be shared. */
  readonly threads?: number;
  /** Take a software GPU (SwiftShader, WARP) too. Default false. */
  readonly software?: boolean;
  /** Most bytes of released buffers that a GPU keeps for reuse. Default: 256 MiB, or the size of its largest buffer where that is less. */
  readonly poolBytes?: number;
  /** In Node, the folder where tuneDevice keeps its tiles for a GPU. Default: "millrace" in the user's cache folder. */
  readonly cacheFolder?: string;
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
  if (kind === "reference") return (await import("./reference/index.ts")).openReferenceDevice();
  if (kind === "wasm" || options.deterministic) return openWasm(options);
  if (kind === "webgpu") return openWebGPU(options);
  if (kind !== undefined)
    throw new ArgumentError(`there is no device "${String(kind)}"; there are "webgpu", "wasm" and "reference"`);
  try {
    return await openWebGPU(options);
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    return openWasm(options);
  }
};

const openWasm = async (options: OpenDeviceOptions): Promise<Device> => {
  const build = loadBuild(options);
  // It is awaited once the device's code is there; until then a failure must not count as unhandled.
  build.catch(() => {});
  return (await import("./wasm/index.ts")).openWasmDevice(options, build);
};

const openWebGPU = async (options: OpenDeviceOptions): Promise<Device> => {
  const entry = await webgpuEntry();
  return (await import("./webgpu/index.ts")).openWebGPUDevice({ ...options, gpu: entry });
};
