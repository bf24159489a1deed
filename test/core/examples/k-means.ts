// k-means (Lloyd 1982) written by hand from ops, on penguins.
import { argMin, compile, type Tensor, tensor } from "@millrace/core";
import type { Course, Example } from "./course.ts";
import { type Penguins, readPenguins, width } from "./penguins.ts";

export const clusters = 3;

/** Penguins number 0, half way and last: where the centres begin. Row-major [clusters, width]. */
export const firstCentres = ({ count, features }: Penguins): Float32Array =>
  Float32Array.from(
    [0, Math.floor(count / 2), count - 1].flatMap((i) => [...features.subarray(i * width, (i + 1) * width)]),
  );

/** One iteration: where each row belongs, the centres of those, and the sum of squared distances before. */
const iterate = (state: { centres: Tensor }, x: Tensor) => {
  const { centres } = state;
  const squares = x.square().sum({ axis: 1, keepDimensions: true });
  const products = x.matmul(centres, { transposeB: true });
  const distances = squares.subtract(products.multiply(2)).add(centres.square().sum({ axis: 1 }));
  const members = argMin(distances);
  const belongs = members.oneHot(clusters);
  const sums = belongs.matmul(x, { transposeA: true });
  const sizes = belongs.sum({ axis: 0 }).reshape([clusters, 1]);
  // A centre that lost all its rows stays where it is.
  const moved = sizes.greater(0).where(sums.divide(sizes.maximum(1)), centres);
  return { state: { centres: moved }, members, inertia: distances.min({ axis: 1 }).sum() };
};

/** The clusters beside a course, for who compares each iteration. */
export interface KMeansCourse extends Course {
  /** The cluster of each penguin before the last iteration moved the centres. */
  readonly members: readonly number[];
}

/** A step is an iteration over all rows, its loss the inertia. The judge gives the share of penguins in a cluster of mostly their own species. */
export const kMeans = ((device, data) => {
  const penguins = readPenguins(data);
  const { count, features, labels } = penguins;
  const step = compile(iterate, { device, donate: [0] });
  const x = tensor(features, [count, width]);
  let state = { centres: tensor(firstCentres(penguins), [clusters, width]) };
  let members: number[] = [];
  return {
    async step() {
      const result = await step(state, x);
      state = result.state;
      members = [...(await result.members.data())];
      result.members.dispose();
      using inertia = result.inertia;
      return await inertia.item();
    },
    async judge() {
      const own = Array.from({ length: clusters }, (_, k) => {
        const sizes = [0, 1, 2].map((kind) => members.filter((member, i) => member === k && labels[i] === kind).length);
        return Math.max(...sizes);
      });
      return { purity: own.reduce((sum, size) => sum + size, 0) / count };
    },
    get members() {
      return members;
    },
    get weights() {
      return [state.centres];
    },
    [Symbol.dispose]() {
      for (const own of [state.centres, x]) own.dispose();
      step[Symbol.dispose]();
    },
  };
}) satisfies (...given: Parameters<Example>) => KMeansCourse;
