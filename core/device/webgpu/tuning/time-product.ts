// One product on the GPU for timing: its buffers, its plan, and what it took.
import { matmul, type TensorType, type Tiles } from "@millrace/kernels";
import { costOf } from "../../../plan/cost.ts";
import type { Plan, Step } from "../../../plan/plan.ts";
import type { WebGPUDevice } from "../webgpu-device.ts";

/** A product of m x k by k x n. */
export interface Size {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

export const flopsOf = (sizes: readonly Size[]): number => sizes.reduce((sum, { m, n, k }) => sum + 2 * m * n * k, 0);

/** Numbers from -1 to 1 that repeat nowhere near (the generator of Numerical Recipes). */
const fill = (length: number, seed: number): Float32Array<ArrayBuffer> => {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state / 2 ** 31;
  });
};

/** The product `repeats` times, each after the other. */
const planOf = (types: readonly TensorType[], flops: number, repeats: number): Plan => {
  const operands = types.map((type, slot) => ({ slot, type }));
  const [inputs, outputs] = [operands.slice(0, 2), operands.slice(2)];
  const slots = types.map(({ shape: [rows = 0, columns = 0] }) => {
    return { kind: "external", byteLength: 4 * rows * columns } as const;
  });
  const attributes = { transposeA: false, transposeB: false, activation: "none" };
  const step: Step = { op: matmul, attributes, inputs, outputs, aliases: [-1], work: { flops, bytes: 0 } };
  const steps = new Array<Step>(repeats).fill(step);
  return { steps, slots, externals: [0, 1, 2], arguments: inputs, results: outputs, cost: costOf(steps, slots) };
};

/** A product in place on a device. */
export interface TimedProduct extends Disposable {
  /** Least nanoseconds of one product over `runs` runs of `repeats` products each, after one that does not count. */
  time(tiles: Tiles, repeats: number, runs: number): Promise<number>;
  /** What the last one gave. */
  result(): Promise<ArrayLike<number>>;
}

export const placeProduct = (
  device: WebGPUDevice,
  prepare: ReturnType<WebGPUDevice["trials"]>,
  size: Size,
): TimedProduct => {
  const { m, n, k } = size;
  const target: TensorType = { dtype: "f32", shape: [m, n] };
  const types: readonly TensorType[] = [{ dtype: "f32", shape: [m, k] }, { dtype: "f32", shape: [k, n] }, target];
  const buffers = types.map((type) => device.allocate(type));
  [m * k, k * n].forEach((length, i) => {
    const [buffer, type] = [buffers[i], types[i]];
    if (buffer && type) device.write(buffer, type, fill(length, i + 1));
  });
  return {
    time: async (tiles, repeats, runs) => {
      using replay = await prepare(planOf(types, flopsOf([size]), repeats), tiles);
      await replay.timed(buffers);
      let least = Number.POSITIVE_INFINITY;
      for (let run = 0; run < runs; run++) least = Math.min(least, await replay.timed(buffers));
      return least / repeats;
    },
    result: async () => {
      const [, , buffer] = buffers;
      return buffer ? device.read(buffer, target) : [];
    },
    [Symbol.dispose]: () => {
      for (const buffer of buffers) device.release(buffer);
    },
  };
};
