// How normalise and its gradient are launched on WASM: rows are units.
import type { BufferReference, WasmKernel } from "../contract/kernel.ts";
import { type NormaliseAttributes, normaliseRows } from "./shape.ts";

/** A kernel whose argument block is: buffers, columns, what is given, epsilon, scale, shift. */
const rowKernel = (
  name: string,
  buffers: readonly BufferReference[],
  nanoseconds: number,
): WasmKernel<NormaliseAttributes> => ({
  device: "wasm",
  name: "rows",
  lower: ({ inputs, attributes }) => {
    const { rows, columns } = normaliseRows(name, inputs[0], [], attributes);
    if (rows * columns === 0) return { launches: [] };
    const lead = buffers.length - 1;
    const given = (input: number): BufferReference => ({ input: input < inputs.length ? input : 0 });
    const flags = (attributes.center ? 1 : 0) + (inputs.length > lead ? 2 : 0) + (inputs.length > lead + 1 ? 4 : 0);
    return {
      launches: [
        {
          function: `${name}Rows`,
          arguments: [
            ...[...buffers, { u32: columns }, { u32: flags }, { f32: attributes.epsilon }],
            ...[given(lead), given(lead + 1)],
          ],
          units: rows,
          // Rows in about 20 us.
          grain: Math.max(1, Math.round(20_000 / (nanoseconds * columns + 20))),
        },
      ],
    };
  },
});

export const normaliseWasm: WasmKernel<NormaliseAttributes>[] = [
  rowKernel("normalise", [{ input: 0 }, { output: 0 }], 0.4),
];
export const normaliseGradientWasm: WasmKernel<NormaliseAttributes>[] = [
  rowKernel("normaliseGradient", [{ input: 0 }, { input: 1 }, { output: 0 }], 0.7),
];
