// Matrix products on WebGPU: operands of f32 or f16, each read as it lies.
import type { KernelContext, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import { matrixOperand } from "./operand.wgsl.ts";
import { lowerProduct } from "./product.wgsl.ts";
import { type MatmulAttributes, matmulShape } from "./shape.ts";

const lower = ({ inputs, attributes, device }: KernelContext<MatmulAttributes>): Lowered<WebGPULaunch> => {
  const shape = matmulShape(inputs, attributes);
  const { m, n, k } = shape;
  const { transposeA, transposeB, activation } = attributes;
  const dtype = inputs[0]?.dtype === "f16" ? "f16" : "f32";
  const half = dtype === "f16";
  const native = half && device.features.has("shader-f16");
  const operand = (name: "a" | "b", terms: boolean, outputs: number) =>
    matrixOperand(name, {
      dtype,
      along: terms ? "terms" : "outputs",
      wide: (terms ? k : outputs) % 4 === 0,
      native,
    });
  const hasBias = inputs.length > 2;
  return lowerProduct(
    {
      shape,
      form: {
        a: operand("a", !transposeA, m),
        b: operand("b", transposeB, n),
        epilogue: { bias: hasBias, activation, halfBias: half },
        target: { dtype, wide: n % 4 === 0 },
        native,
      },
      bindings: [{ input: 0 }, { input: 1 }],
      ...(hasBias && { bias: { input: 2 } }),
    },
    device,
  );
};

let units: typeof import("./units.wgsl.ts").unitsWebGPU | undefined;

/** Loaded where there are matrix units. */
const matrixUnits: WebGPUKernel<MatmulAttributes> = {
  device: "webgpu",
  name: "matrix units",
  load: async ({ device }) => {
    if (device.features.has("chromium-experimental-subgroup-matrix"))
      units ??= (await import("./units.wgsl.ts")).unitsWebGPU;
  },
  when: (context) => units?.when(context) ?? false,
  lower: (context) => (units ?? { lower }).lower(context),
};

export const matmulWebGPU: WebGPUKernel<MatmulAttributes>[] = [
  matrixUnits,
  { device: "webgpu", name: "matmul", lower },
];
