// How scans are launched on WASM: rows in blocks cut by shape alone, columns in pieces.
import type { WasmKernel } from "../contract/kernel.ts";
import { type ReduceFunction, reduceIdentity } from "../reduce/shape.ts";
import { type ScanAttributes, scanShape } from "./shape.ts";

/** Elements of a block of a row: long enough that its offset costs nothing, short enough for all threads. */
const blockElements = 4096;
const pieceColumns = 64;
const grainElements = 16_384;

const functionIndex: Record<ReduceFunction, number> = { sum: 0, product: 1, maximum: 2, minimum: 3 };
const bitsOf = (value: number, float: boolean): number =>
  float ? (new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0) : value >>> 0;

const blocks: WasmKernel<ScanAttributes> = {
  device: "wasm",
  name: "blocks",
  lower: ({ inputs: [x], attributes }) => {
    if (!x) return { launches: [] };
    const { outer, reduced, inner } = scanShape(x, attributes);
    if (outer * reduced * inner === 0) return { launches: [] };
    const { function: name, exclusive, reverse } = attributes;
    const unsignedOrder = x.dtype === "u32" && (name === "maximum" || name === "minimum");
    const kind = { u32: functionIndex[name] + (x.dtype === "f32" ? 0 : unsignedOrder ? 8 : 4) };
    const identity = { u32: bitsOf(reduceIdentity(name, x.dtype), x.dtype === "f32") };
    const flags = { u32: (exclusive ? 1 : 0) + (reverse ? 2 : 0) };
    if (inner > 1)
      return {
        launches: [
          {
            function: "scanColumns",
            arguments: [{ input: 0 }, { output: 0 }, kind, { u32: reduced }, { u32: inner }, identity, flags],
            units: outer * Math.ceil(inner / pieceColumns),
            grain: Math.max(1, Math.floor(grainElements / (reduced * Math.min(inner, pieceColumns)))),
          },
        ],
      };
    const parts = Math.ceil(reduced / blockElements);
    const sizes = [{ u32: reduced }, { u32: blockElements }, { u32: parts }, identity];
    const grain = Math.max(1, Math.floor(grainElements / Math.min(reduced, blockElements)));
    if (parts === 1)
      return {
        launches: [
          {
            function: "scanRows",
            arguments: [{ input: 0 }, { output: 0 }, kind, ...sizes, flags, { u32: 0 }],
            units: outer,
            grain,
          },
        ],
      };
    // Totals of blocks, their scan without themselves, then each block from there.
    return {
      scratch: [4 * outer * parts, 4 * outer * parts],
      launches: [
        {
          function: "scanTotals",
          arguments: [{ input: 0 }, { scratch: 0 }, kind, ...sizes, flags],
          units: outer * parts,
          grain,
        },
        {
          function: "scanRows",
          arguments: [
            ...[{ scratch: 0 }, { scratch: 1 }, kind, { u32: parts }, { u32: parts }, { u32: 1 }, identity],
            ...[{ u32: 1 }, { u32: 0 }],
          ],
          units: outer,
          grain: Math.max(1, Math.floor(grainElements / parts)),
        },
        {
          function: "scanRows",
          arguments: [{ input: 0 }, { output: 0 }, kind, ...sizes, flags, { scratch: 1 }],
          units: outer * parts,
          grain,
        },
      ],
    };
  },
};

export const scanWasm: WasmKernel<ScanAttributes>[] = [blocks];
