// A tfjs backend whose storage is lazy Millrace tensors: tfjs-core's public functions check and shape the arguments, every
// kernel is Millrace's, and reading a tensor plans and runs what led to it. Gradients are Millrace's own: the function under
// tfjs's grad is traced with Millrace tensors in the place of its parameters.
import { type Device, ones, type Tensor, tensor, valueAndGrad } from "@millrace/core";
import { callOf } from "./call.ts";
import type { Engine, TensorInfo } from "./engine.ts";
import { kernels } from "./kernels.ts";

const toTheirs: Readonly<Record<string, string>> = { f32: "float32", i32: "int32", u32: "int32", bool: "bool" };
const toOurs = (dtype: string): "f32" | "i32" | "bool" => {
  if (dtype === "float32") return "f32";
  if (dtype === "int32") return "i32";
  if (dtype === "bool") return "bool";
  throw new Error(`Millrace has no ${dtype} tensors`);
};

type Values = Float32Array | Int32Array | Uint8Array | readonly number[];

interface Entry {
  value: Tensor;
  references: number;
  /** Elements as they were written, for the few functions that read synchronously. */
  readonly written?: Values;
}

/** Registers Millrace with the engine; `count()` gives the calls of its kernels so far. */
export const installBackend = async (engine: Engine, device: Device): Promise<{ count: () => number }> => {
  const entries = new Map<object, Entry>();
  let calls = 0;

  const entryOf = (dataId: object): Entry => {
    const entry = entries.get(dataId);
    if (!entry) throw new Error("the tensor was disposed of");
    return entry;
  };
  const store = (value: Tensor, written?: Values): object => {
    const dataId = {};
    entries.set(dataId, { value, references: 1, ...(written ? { written } : {}) });
    return dataId;
  };
  const infoOf = (value: Tensor): TensorInfo => ({
    dataId: store(value),
    shape: [...value.shape],
    dtype: toTheirs[value.dtype] ?? value.dtype,
  });
  /** A buffer may be shared by tensors of several shapes (reshape, clone): the info's shape is the one that counts. */
  const millraceOf = ({ dataId, shape }: TensorInfo): Tensor => entryOf(dataId).value.reshape([...shape]);
  const write = (values: Values, shape: readonly number[], dtype: string): object => {
    const ours = toOurs(dtype);
    const list = Float64Array.from(values);
    return store(tensor(list, [...shape], ours), values);
  };

  engine.registerBackend("millrace", () => ({
    write,
    move: (dataId: object, values: Values, shape: readonly number[], dtype: string, references: number) => {
      const moved = entryOf(write(values, shape, dtype));
      entries.set(dataId, { ...moved, references });
    },
    read: async (dataId: object) => entryOf(dataId).value.data(device),
    readSync: (dataId: object) => {
      const { written } = entryOf(dataId);
      if (!written) throw new Error("Millrace computes asynchronously: dataSync() is not to be had");
      return written;
    },
    disposeData: (dataId: object, force = false) => {
      const entry = entries.get(dataId);
      if (!entry) return true;
      entry.references--;
      if (!force && entry.references > 0) return false;
      entries.delete(dataId);
      return true;
    },
    refCount: (dataId: object) => entries.get(dataId)?.references ?? 0,
    incRef: (dataId: object) => {
      entryOf(dataId).references++;
    },
    numDataIds: () => entries.size,
    memory: () => ({ unreliable: false }),
    timerAvailable: () => false,
    floatPrecision: () => 32,
    epsilon: () => 1e-7,
    dispose: () => entries.clear(),
  }));

  for (const [kernelName, kernel] of Object.entries(kernels))
    engine.registerKernel({
      kernelName,
      backendName: "millrace",
      kernelFunc: ({ inputs, attrs }) => {
        calls++;
        const values = Object.entries(inputs).flatMap(([name, info]): [string, Tensor][] =>
          info ? [[name, millraceOf(info)]] : [],
        );
        const result = kernel(callOf(kernelName, Object.fromEntries(values), attrs));
        return Array.isArray(result) ? result.map(infoOf) : infoOf(result);
      },
    });

  engine.gradients = (fn, parameters, adjoint) => {
    const entered = parameters.map(({ dataId }) => entryOf(dataId));
    const actual = parameters.map(millraceOf);
    const output = (given: readonly Tensor[]): Tensor => {
      entered.forEach((entry, i) => {
        entry.value = given[i] ?? entry.value;
      });
      try {
        return millraceOf(engine.tidy(fn));
      } finally {
        entered.forEach((entry, i) => {
          entry.value = actual[i] ?? entry.value;
        });
      }
    };
    const weighted = (given: readonly Tensor[]): Tensor => {
      const result = output(given);
      const weight = adjoint ? millraceOf(adjoint) : ones([...result.shape]);
      if (weight.shape.join() !== result.shape.join())
        throw new Error(`the adjoint's shape [${weight.shape}] is not the result's [${result.shape}]`);
      return result.to("f32").multiply(weight).sum();
    };
    // Integers and truth values are traced as f32, as tfjs asks for gradients of them too.
    const { gradient } = valueAndGrad(weighted)(actual.map((value) => value.to("f32")));
    const wrap = (value: Tensor): TensorInfo => engine.makeTensorFromTensorInfo(infoOf(value));
    return { value: wrap(output(actual)), grads: gradient.map(wrap) };
  };

  await engine.setBackend("millrace");
  return { count: () => calls };
};
