// WASM code that brings packed elements, f16 and u8, into four 32-bit lanes and back.
import type { CodeContext } from "./scalar.wasm-code.ts";
import { get, loadByte, loadShort, set, simd, vectorMemory, vectorOp } from "./wasm-encoder.ts";

/** Code for the elements of one packed dtype. */
export interface Packed {
  /** The element at the address on the stack in every lane, unsigned. */
  readonly splat: readonly number[];
  /** Four elements from `offset` bytes behind the address on the stack, unsigned. */
  readonly load: (offset: number) => number[];
  /** Sets a register from the unsigned lanes on the stack. */
  readonly unpack: (register: number) => number[];
  /** Leaves a register's four elements in the low bytes of a vector on the stack. */
  readonly pack: (register: number) => number[];
}

const splatOf = (load: readonly number[]): number[] => [...load, ...vectorOp(simd.i32Splat)];

export const packedElements = ({ call }: CodeContext): Readonly<Record<"f16" | "u8", Packed>> => ({
  f16: {
    splat: splatOf(loadShort),
    load: (offset) => vectorMemory(simd.load16x4Unsigned, offset),
    unpack: (register) => [...set(register), ...call("map_unpackHalf", [register]), ...set(register)],
    // What is narrowed into the upper half is not stored.
    pack: (register) => [...call("map_packHalf", [register]), ...get(register), ...vectorOp(simd.i16Narrow)],
  },
  u8: {
    splat: splatOf(loadByte),
    load: (offset) => [
      ...vectorMemory(simd.load32Zero, offset),
      ...vectorOp(simd.i16ExtendLow),
      ...vectorOp(simd.i32ExtendLow),
    ],
    unpack: set,
    pack: (register) => [
      ...[...get(register), ...get(register), ...vectorOp(simd.i16Narrow)],
      ...[...get(register), ...vectorOp(simd.i8Narrow)],
    ],
  },
});
