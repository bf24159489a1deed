// First centres. Greedy k-means++ (Arthur and Vassilvitskii 2007), as scikit-learn has it: each next centre is the best of
// 2 + log(clusters) rows drawn in proportion to their weighted squared distance from the centres so far.
import { type Tensor, tensor } from "../../tensor/tensor.ts";
import { compile } from "../../transform/compile.ts";
import type { RandomStream } from "../../validate/random-stream.ts";
import type { Blocks } from "./blocks.ts";

/** The row at which the running sum of `mass` passes `at`. */
const rowAt = (mass: Float64Array, at: number): number => {
  let left = at;
  let last = 0;
  for (let row = 0; row < mass.length; row++) {
    const own = mass[row] ?? 0;
    if (own === 0) continue;
    last = row;
    left -= own;
    if (left < 0) return row;
  }
  return last;
};

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

/** f32 [clusters, columns]: rows of the table, relative to its origin. */
export const firstCentres = async (
  rows: Blocks,
  clusters: number,
  init: "k-means++" | "random",
  stream: RandomStream,
  breathe: () => Promise<void> | undefined,
): Promise<Float32Array> => {
  const { columns, device, weights } = rows;
  const centres = new Float32Array(clusters * columns);
  if (init === "random") {
    const left = weights.slice();
    for (let k = 0; k < clusters; k++) {
      const row = rowAt(left, stream.uniform() * sumOf(left));
      left[row] = 0;
      centres.set(rows.row(row), k * columns);
    }
    return centres;
  }
  const trials = 2 + Math.floor(Math.log(clusters));
  // By differences: rows that stand at a centre are at exactly 0 and are not drawn again.
  using distances = compile((x: Tensor, candidate: Tensor) => x.subtract(candidate).square().sum({ axis: 1 }), {
    device,
  });
  const squaresTo = async (row: number): Promise<Float64Array> => {
    using candidate = tensor(rows.row(row), [1, columns]);
    const squares = new Float64Array(rows.rows);
    let from = 0;
    for (const { x } of rows.all) {
      using own = await distances(x, candidate);
      squares.set(await own.data(), from);
      from += x.shape[0] ?? 0;
      await breathe();
    }
    return squares;
  };
  const first = rowAt(weights, stream.uniform() * sumOf(weights));
  centres.set(rows.row(first), 0);
  let closest = await squaresTo(first);
  for (let k = 1; k < clusters; k++) {
    const mass = closest.map((square, row) => square * (weights[row] ?? 0));
    const total = sumOf(mass);
    let best = { potential: Number.POSITIVE_INFINITY, row: 0, closest };
    for (let trial = 0; trial < trials; trial++) {
      const drawn = total > 0 ? rowAt(mass, stream.uniform() * total) : stream.below(rows.rows);
      const squares = await squaresTo(drawn);
      let potential = 0;
      for (let row = 0; row < squares.length; row++) {
        const nearer = Math.min(squares[row] ?? 0, closest[row] ?? 0);
        squares[row] = nearer;
        potential += nearer * (weights[row] ?? 0);
      }
      if (potential < best.potential) best = { potential, row: drawn, closest: squares };
    }
    centres.set(rows.row(best.row), k * columns);
    closest = best.closest;
  }
  return centres;
};
