// Which WASM build fits this environment, found by validating a few bytes that use the feature.
import { canShareMemory } from "#platform";
import { UnsupportedError } from "../error.ts";

const header = [0, 97, 115, 109, 1, 0, 0, 0];
/** () -> v128: i8x16.popcnt(i8x16.splat(0)). */
const simdProbe = [1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
/** () -> v128: i8x16.relaxed_swizzle of two splats. */
const relaxedProbe = [
  1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11,
];
/** () -> (): an atomic load from a shared memory. */
const threadsProbe = [1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 4, 1, 3, 1, 1, 10, 11, 1, 9, 0, 65, 0, 254, 16, 2, 0, 26, 11];
const accepts = (probe: readonly number[]): boolean => WebAssembly.validate(Uint8Array.from([...header, ...probe]));

export interface BuildChoice {
  /** Target of asconfig.json. */
  readonly target: string;
  /** Fused multiply-add: faster, and its rounding is the machine's. */
  readonly relaxed: boolean;
  /** The memory can be shared, so a pool can be made. */
  readonly shared: boolean;
}

/**
 * The build for this environment: relaxed where the engine has it and the caller does not ask for the same bits
 * everywhere; with threads where they are wanted and memory can be shared.
 * @throws UnsupportedError when the engine has no WASM SIMD
 */
export const chooseBuild = (deterministic: boolean, threads: number): BuildChoice => {
  if (typeof WebAssembly !== "object" || !accepts(simdProbe))
    throw new UnsupportedError("this engine has no WebAssembly SIMD, which every build of the WASM device needs");
  const relaxed = !deterministic && accepts(relaxedProbe);
  const shared = threads > 1 && canShareMemory() && accepts(threadsProbe);
  return { target: `${relaxed ? "relaxed" : "simd"}${shared ? "-threads" : ""}`, relaxed, shared };
};
