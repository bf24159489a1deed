// Rows to their nearest centres, as graph. A matrix product ranks the centres; the distance to the nearest is then measured by
// its difference, so that inertia has float32's digits.
import type { Device } from "../../device/device.ts";
import { topK } from "../../tensor/sort.ts";
import { scatterAdd, type Tensor } from "../../tensor/tensor.ts";
import { type CompiledFunction, compile } from "../../transform/compile.ts";
import type { Block, Blocks } from "./blocks.ts";

/** i32 [rows]: the centre [clusters, columns] nearest to each row of x [rows, columns]; of equals the first. */
export const nearestCentre = (x: Tensor, centres: Tensor): Tensor => {
  const halves = centres.square().sum({ axis: 1 }).multiply(-0.5);
  return topK(x.matmul(centres, { transposeB: true }).add(halves), 1).indices.reshape([x.shape[0] ?? 0]);
};

/** f32 [rows]: squared distance of each row to the centre of its label. */
const squaredDistance = (x: Tensor, centres: Tensor, labels: Tensor): Tensor =>
  x.subtract(centres.gather(labels)).square().sum({ axis: 1 });

interface Sums {
  /** f32 [clusters, columns]: sums of weight times row. */
  readonly sums: Tensor;
  /** f32 [clusters, 1]. */
  readonly weights: Tensor;
}

interface Assigned {
  readonly labels: Tensor;
  readonly squares: Tensor;
}

/** What each centre's rows add up to, float64 on the host. */
export interface ClusterTotals {
  readonly sums: Float64Array;
  readonly weights: Float64Array;
}

/** What every row is assigned to, on the host. */
export interface Assignment {
  readonly labels: Int32Array;
  /** Squared distances to the own centre. */
  readonly squares: Float32Array;
  /** Sum of weight times squared distance. */
  readonly inertia: number;
}

/** Assigns blocks of rows to centres on a device. */
export class Assigner implements Disposable {
  readonly #sum: CompiledFunction<[Block, Tensor], Sums>;
  readonly #assign: CompiledFunction<[Tensor, Tensor], Assigned>;

  readonly device: Device;

  constructor({ device }: { readonly device: Device }) {
    this.device = device;
    this.#sum = compile(
      ({ x, weights }: Block, centres: Tensor) => {
        const labels = nearestCentre(x, centres);
        const clusters = centres.shape[0] ?? 0;
        return {
          sums: scatterAdd(labels, x.multiply(weights), clusters),
          weights: scatterAdd(labels, weights, clusters),
        };
      },
      { device },
    );
    this.#assign = compile(
      (x: Tensor, centres: Tensor) => {
        const labels = nearestCentre(x, centres);
        return { labels, squares: squaredDistance(x, centres, labels) };
      },
      { device },
    );
  }

  /** Sums of the rows of each centre. */
  async totals(
    blocks: readonly Block[],
    centres: Tensor,
    breathe: () => Promise<void> | undefined,
  ): Promise<ClusterTotals> {
    const [clusters = 0, columns = 0] = centres.shape;
    const totals = { sums: new Float64Array(clusters * columns), weights: new Float64Array(clusters) };
    for (const block of blocks) {
      const { sums, weights } = await this.#sum(block, centres);
      addInto(totals.sums, await sums.data());
      addInto(totals.weights, await weights.data());
      sums.dispose();
      weights.dispose();
      await breathe();
    }
    return totals;
  }

  /** The label of each row and how far it is. */
  async assign(rows: Blocks, centres: Tensor, breathe: () => Promise<void> | undefined): Promise<Assignment> {
    const labels = new Int32Array(rows.rows);
    const squares = new Float32Array(rows.rows);
    let from = 0;
    for (const { x } of rows.all) {
      const found = await this.#assign(x, centres);
      labels.set(await found.labels.data(), from);
      squares.set(await found.squares.data(), from);
      found.labels.dispose();
      found.squares.dispose();
      from += x.shape[0] ?? 0;
      await breathe();
    }
    const inertia = squares.reduce((sum, square, row) => sum + square * (rows.weights[row] ?? 0), 0);
    return { labels, squares, inertia };
  }

  [Symbol.dispose](): void {
    this.#sum[Symbol.dispose]();
    this.#assign[Symbol.dispose]();
  }
}

const addInto = (total: Float64Array, values: ArrayLike<number>): void => {
  for (let i = 0; i < total.length; i++) total[i] = (total[i] ?? 0) + (values[i] ?? 0);
};
