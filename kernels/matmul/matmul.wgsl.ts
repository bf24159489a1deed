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

export const matmulWebGPU: WebGPUKernel<MatmulAttributes>[] = [{ device: "webgpu", name: "matmul", lower }];
