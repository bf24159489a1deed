// How resizing is launched on WASM: rows of the result or planes of the image are units.
import type { WasmArgument, WasmKernel } from "../contract/kernel.ts";
import {
  placeRule,
  type ResizeAttributes,
  type ResizeGradientAttributes,
  type ResizeRule,
  type ResizeShape,
  resizeGradientShape,
  resizeShape,
} from "./shape.ts";

/** Elements in about 20 us; a call works a row of places out, so that it takes at least eight rows. */
const grainElements = 16_000;

const words = (shape: ResizeShape, rule: ResizeRule): WasmArgument[] => {
  const axis = (size: number, out: number): number[] => {
    const { scale, shift, divisor } = placeRule(rule, size, out);
    return [size, scale, shift >>> 0, divisor];
  };
  return [
    rule.mode === "linear" ? 2 : rule.rounding === "floor" ? 1 : 0,
    shape.outHeight,
    shape.outWidth,
    ...axis(shape.height, shape.outHeight),
    ...axis(shape.width, shape.outWidth),
  ].map((u32) => ({ u32 }));
};

export const resizeWasm: WasmKernel<ResizeAttributes>[] = [
  {
    device: "wasm",
    name: "rows",
    lower: ({ inputs: [image], attributes }) => {
      const shape = resizeShape(image, attributes);
      const units = shape.planes * shape.outHeight;
      if (units === 0) return { launches: [] };
      const grain = Math.max(8, Math.ceil(grainElements / (shape.width + shape.outWidth)));
      return {
        launches: [
          {
            function: "resizeRows",
            arguments: [{ input: 0 }, { output: 0 }, ...words(shape, attributes)],
            units,
            grain,
          },
        ],
      };
    },
  },
];

export const resizeGradientWasm: WasmKernel<ResizeGradientAttributes>[] = [
  {
    device: "wasm",
    name: "planes",
    lower: ({ inputs: [gradient], attributes }) => {
      const shape = resizeGradientShape(gradient, attributes);
      if (shape.planes === 0) return { launches: [] };
      const elements = shape.height * shape.width + shape.outHeight * (shape.outWidth + shape.width);
      return {
        launches: [
          {
            function: "resizeGradientPlanes",
            arguments: [{ input: 0 }, { output: 0 }, ...words(shape, attributes)],
            units: shape.planes,
            grain: Math.ceil(grainElements / elements),
          },
        ],
      };
    },
  },
];
