// Products of f16 on WASM: widened to f32, multiplied by the kernel that f32 takes, and rounded once.
import type { BufferReference, KernelContext, WasmArgument, WasmKernel, WasmLaunch } from "../contract/kernel.ts";
import { sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { mapWasm } from "../map/map.emit.ts";
import { elementwiseProgram } from "../map/map.ts";
import { type MatmulAttributes, matmulShape } from "./shape.ts";

type Rename = (reference: BufferReference) => BufferReference;

const renamed = (launch: WasmLaunch, rename: Rename): WasmLaunch => ({
  ...launch,
  arguments: launch.arguments.map((word): WasmArgument => {
    if ("u32" in word || "f32" in word || "prepared" in word) return word;
    return { ...rename(word), ...(word.offset !== undefined && { offset: word.offset }) };
  }),
});

/** Launches of a cast. */
const cast = (
  name: "toF32" | "toF16",
  type: TensorType,
  from: BufferReference,
  to: BufferReference,
  context: KernelContext<MatmulAttributes>,
): readonly WasmLaunch[] => {
  const outputs: TensorType[] = [{ dtype: name === "toF32" ? "f32" : "f16", shape: type.shape }];
  const attributes = elementwiseProgram(name, [type]);
  const { launches } = mapWasm.lower({ inputs: [type], outputs, attributes, device: context.device });
  return launches.map((launch) => renamed(launch, (reference) => ("input" in reference ? from : to)));
};

const flat = (dtype: "f32" | "f16", { shape }: TensorType): TensorType => ({ dtype, shape: [sizeOf(shape)] });

/** @param kernels those of f32 */
export const halfMatmul = (kernels: readonly WasmKernel<MatmulAttributes>[]): WasmKernel<MatmulAttributes> => ({
  device: "wasm",
  name: "f16",
  when: ({ inputs }) => inputs[0]?.dtype === "f16",
  lower: (context) => {
    const { inputs, attributes, device } = context;
    const { batch, m, n } = matmulShape(inputs, attributes);
    const wide = inputs.map(({ shape }): TensorType => ({ dtype: "f32", shape }));
    const result: TensorType = { dtype: "f32", shape: [batch * m * n] };
    const inner: KernelContext<MatmulAttributes> = { inputs: wide, outputs: [result], attributes, device };
    const lowered = kernels.find((kernel) => kernel.when?.(inner) ?? true)?.lower(inner);
    if (!lowered || lowered.launches.length === 0) return { launches: [] };
    const count = inputs.length;
    const rename: Rename = (reference) =>
      "input" in reference
        ? { scratch: reference.input }
        : { scratch: "output" in reference ? count : count + 1 + reference.scratch };
    return {
      scratch: [...[...wide, result].map(({ shape }) => Math.max(16, 4 * sizeOf(shape))), ...(lowered.scratch ?? [])],
      launches: [
        ...inputs.flatMap((type, input) => cast("toF32", flat("f16", type), { input }, { scratch: input }, context)),
        ...lowered.launches.map((launch) => renamed(launch, rename)),
        ...cast("toF16", flat("f32", result), { scratch: count }, { output: 0 }, context),
      ],
    };
  },
});
