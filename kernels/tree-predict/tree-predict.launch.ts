// How treePredict is launched on WASM: the nodes are packed for the walk, then blocks of rows go through all trees.
import type { WasmKernel } from "../contract/kernel.ts";
import { type TreePredictAttributes, treePredictShape } from "./tree-predict.ts";

/** Bytes of rows of a block, half of the smallest L1; the other half is for a tree. */
const blockBytes = 16_384;

const blocks: WasmKernel<TreePredictAttributes> = {
  device: "wasm",
  name: "blocks",
  lower: ({ inputs, attributes: { depth, groups } }) => {
    const { rows, columns, nodes, width, trees, words } = treePredictShape(inputs);
    if (rows * width === 0) return { launches: [] };
    const whole = 8 * Math.floor(blockBytes / (32 * Math.max(1, columns)));
    const size = Math.min(256, Math.max(8, whole));
    return {
      scratch: [16 * nodes],
      launches: [
        {
          function: "treePredictPack",
          arguments: [{ input: 1 }, { input: 2 }, { scratch: 0 }, { u32: nodes }, { u32: columns }],
          units: nodes,
          grain: 10_000,
        },
        {
          function: "treePredictRows",
          arguments: [
            ...[{ input: 0 }, { scratch: 0 }, { input: 1 }, { input: 3 }, { input: 4 }],
            words > 0 ? { input: 5 } : { u32: 0 },
            { output: 0 },
            ...[rows, columns, nodes, trees, width, groups, words].map((u32) => ({ u32 })),
            // Without a column every node is a leaf, and there is nothing to read.
            ...[columns > 0 ? depth : 0, size].map((u32) => ({ u32 })),
          ],
          units: Math.ceil(rows / size),
          grain: Math.max(1, Math.floor(1000 / (size * trees))),
        },
      ],
    };
  },
};

export const treePredictWasm: WasmKernel<TreePredictAttributes>[] = [blocks];
