// Opening a GPU: real hardware unless a software adapter is asked for by name.

import type { Tiles } from "@millrace/kernels";
import { readKept, webgpuEntry } from "#platform";
import { UnsupportedError } from "../error.ts";
import { placeOf } from "./kept-place.ts";
import { limitsOf, WebGPUDevice } from "./webgpu-device.ts";

export { WebGPUDevice } from "./webgpu-device.ts";

export interface WebGPUDeviceOptions {
  /** Take the software adapter (SwiftShader, WARP) where there is one. Default false: real hardware or nothing. */
  readonly software?: boolean;
  /** Which GPU of several. Default "high-performance". */
  readonly powerPreference?: GPUPowerPreference;
  /**
   * Where adapters come from. Default: `navigator.gpu`, in Node npm's `webgpu`. One of your own in Node must be held as
   * long as anything made from it is in use: Dawn crashes otherwise.
   */
  readonly gpu?: GPU;
  /** How products are cut. Default: what tuneDevice has kept for this adapter, else a choice by shape alone. */
  readonly tiles?: Tiles;
  /**
   * In Node, the folder where tuneDevice keeps tiles and this finds them. Default: "millrace" in the user's cache
   * (XDG_CACHE_HOME or ~/.cache, LOCALAPPDATA, ~/Library/Caches). A page keeps them in its localStorage.
   */
  readonly cacheFolder?: string;
  /**
   * Most bytes of released buffers that are kept for the next tensors of their sizes; those that waited longest are freed
   * first. Default: 256 MiB, or the size of the largest buffer of the GPU where that is less. 0 keeps none.
   */
  readonly poolBytes?: number;
}

/** Features that kernels have variants for; the types of WebGPU know no experiment. */
const usedFeatures = ["shader-f16", "subgroups", "timestamp-query", "chromium-experimental-subgroup-matrix"];

const isSoftware = ({ isFallbackAdapter, architecture, description }: GPUAdapterInfo): boolean =>
  isFallbackAdapter || /swiftshader|llvmpipe|basic render/i.test(`${architecture} ${description}`);

/** An adapter, or none: browsers give null where Dawn's Node binding throws. */
const adapterOf = async (entry: GPU, options: GPURequestAdapterOptions): Promise<GPUAdapter | null> => {
  try {
    return await entry.requestAdapter(options);
  } catch {
    return null;
  }
};

/**
 * Opens a WebGPU device with the adapter's own limits. In a Node worker thread, close it before the worker is terminated:
 * Dawn aborts the process when a thread ends with a read on its way.
 * @throws UnsupportedError when there is no WebGPU here, or no adapter but a software one that was not asked for
 * @example
 * using device = await openWebGPUDevice();
 * console.log(device.name); // webgpu (NVIDIA H100 ...)
 */
export const openWebGPUDevice = async (options: WebGPUDeviceOptions = {}): Promise<WebGPUDevice> => {
  const entry = options.gpu ?? (await webgpuEntry());
  const adapter =
    (options.software ? await adapterOf(entry, { forceFallbackAdapter: true }) : null) ??
    (await adapterOf(entry, { powerPreference: options.powerPreference ?? "high-performance" }));
  if (!adapter) throw new UnsupportedError('there is no GPU adapter here; use the "wasm" device');
  if (isSoftware(adapter.info) && !options.software)
    throw new UnsupportedError(
      `the only GPU adapter here is software (${adapter.info.description}); use the "wasm" device, which is faster, or ask for { software: true }`,
    );
  const gpu = await adapter.requestDevice({
    requiredFeatures: usedFeatures.filter((feature): feature is GPUFeatureName => adapter.features.has(feature)),
    requiredLimits: limitsOf(adapter.limits),
  });
  const { description, device, vendor, architecture } = adapter.info;
  const place = placeOf(adapter.info, options.cacheFolder);
  const text = options.tiles ? undefined : await readKept(place.name, place.folder);
  const kept = text === undefined ? undefined : (await import("./tuning/kept-tiles.ts")).parseTiles(text, place);
  return new WebGPUDevice(gpu, description || device || `${vendor} ${architecture}`.trim(), entry, {
    tiles: options.tiles ?? kept,
    tuned: kept !== undefined,
    place,
    poolBytes: options.poolBytes,
  });
};
