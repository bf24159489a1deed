// The WASM build of a device, fetched and compiled. Apart from the device, so that it comes while the device's own code does.
import { ArgumentError } from "@millrace/kernels";
import { loadWasmBuild, processorCount } from "#platform";
import { UnsupportedError } from "../error.ts";
import { type BuildChoice, chooseBuild } from "./build.ts";

/** A compiled build. */
export interface WasmBuild {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly module: WebAssembly.Module;
}

/** A build that was chosen for a device. */
export interface LoadedBuild extends WasmBuild {
  readonly choice: BuildChoice;
  readonly threads: number;
}

export interface OpenWasmDeviceOptions {
  /** Threads that share a kernel, this one included. Default: the machine's processors, at most 8. 1 where memory cannot be shared. */
  readonly threads?: number;
  /** The same bits on every machine: the strict build, without fused multiply-add. Default false. */
  readonly deterministic?: boolean;
}

/** Chooses the build for the options, fetches and compiles it. @throws as openWasmDevice */
export const loadBuild = async ({ threads, deterministic }: OpenWasmDeviceOptions): Promise<LoadedBuild> => {
  const wanted = threads ?? Math.min(8, processorCount());
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > 64)
    throw new ArgumentError(`threads must be a whole number from 1 to 64, but is ${wanted}`);
  const choice = chooseBuild(deterministic ?? false, wanted);
  const build = await loadWasmBuild(choice.target).catch((error: unknown) => {
    throw new UnsupportedError(
      `the WASM build "${choice.target}" cannot be read: ${String(error)}; in the source tree, run npm run build first`,
      { cause: error },
    );
  });
  return { ...build, choice, threads: choice.shared ? wanted : 1 };
};
