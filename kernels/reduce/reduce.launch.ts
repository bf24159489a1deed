// How reductions are launched on WASM: blocks are cut by shape alone; a second launch combines them where there are several.
import type { WasmKernel, WasmLaunch } from "../contract/kernel.ts";
import { type ReduceAttributes, type ReduceFunction, reduceIdentity, reduceShape } from "./shape.ts";

/** Elements that one unit reduces: 64 KiB, half of a first-level cache's worth of a few microseconds. */
const blockElements = 16_384;
const grainElements = 65_536;

const functionIndex: Record<ReduceFunction, number> = { sum: 0, product: 1, maximum: 2, minimum: 3 };

/** The identity as the 32 bits that fill a vector. */
const bitsOf = (value: number, float: boolean): number =>
  float ? (new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0) : value >>> 0;

const blocks: WasmKernel<ReduceAttributes> = {
  device: "wasm",
  name: "blocks",
  lower: ({ inputs, attributes }) => {
    const [x] = inputs;
    if (!x) return { launches: [] };
    const { outer, reduced, inner } = reduceShape(x, attributes);
    if (outer * inner === 0) return { launches: [] };
    const name = attributes.function;
    const unsignedOrder = x.dtype === "u32" && (name === "maximum" || name === "minimum");
    const kind = functionIndex[name] + (x.dtype === "f32" ? 0 : unsignedOrder ? 8 : 4);
    const identity = { u32: bitsOf(reduceIdentity(name, x.dtype), x.dtype === "f32") };
    const launch = (
      from: { input: number } | { scratch: number },
      to: { output: number } | { scratch: number },
      count: number,
      size: number,
    ): WasmLaunch => {
      const parts = Math.max(1, Math.ceil(count / size));
      const pieces = inner === 1 ? 1 : Math.ceil(inner / 256);
      const words = [from, to, { u32: kind }, { u32: count }, { u32: size }, { u32: parts }, identity];
      const perUnit = Math.max(1, Math.min(count, size) * Math.min(inner, 256));
      return {
        function: inner === 1 ? "reduceRows" : "reduceColumns",
        arguments: inner === 1 ? words : [...words, { u32: inner }],
        units: outer * parts * pieces,
        grain: Math.ceil(grainElements / perUnit),
      };
    };
    // Rows a block: whole rows of `inner`, a multiple of 4 as the column kernel takes four at a time.
    const size = inner === 1 ? blockElements : Math.max(64, Math.floor(blockElements / inner / 4) * 4);
    const parts = Math.max(1, Math.ceil(reduced / size));
    if (parts === 1) return { launches: [launch({ input: 0 }, { output: 0 }, reduced, size)] };
    return {
      scratch: [4 * outer * parts * inner],
      launches: [
        launch({ input: 0 }, { scratch: 0 }, reduced, size),
        launch({ scratch: 0 }, { output: 0 }, parts, parts),
      ],
    };
  },
};

export const reduceWasm: WasmKernel<ReduceAttributes>[] = [blocks];
