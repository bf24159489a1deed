// Random projections: their matrix is drawn from the seed, float64 on the host, and no row is looked at but counted.
import { ArgumentError } from "@millrace/kernels";
import { checkSeed, randomStream } from "../validate/random-stream.ts";
import type { GaussianRandomProjection, SparseRandomProjection } from "./decomposition-specification.ts";
import { FitError } from "./error.ts";
import type { NumericStepDefinition } from "./numeric-step.ts";
import { checkWhole } from "./pca.ts";
import { projectionStep } from "./projection.ts";
import { directionPurpose, normalNumbers } from "./subspace-iteration.ts";

type RandomProjection = GaussianRandomProjection | SparseRandomProjection;

/** Components that keep the distances of so many rows within 1 ± eps (Dasgupta and Gupta 1999). */
export const johnsonLindenstrauss = (rows: number, eps: number): number =>
  Math.floor((4 * Math.log(rows)) / (eps ** 2 / 2 - eps ** 3 / 3));

const definition = <Step extends RandomProjection>(
  prefix: string,
  check: (step: Step) => void,
  draw: (step: Step, components: number, width: number) => Float64Array[],
): NumericStepDefinition<Step, number> => ({
  takesMissing: false,
  check: (step) => {
    if (step.nComponents !== "auto") checkWhole("nComponents", step.nComponents, 1);
    if (!(step.eps > 0 && step.eps < 1))
      throw new ArgumentError(`eps takes a number between 0 and 1, but got ${step.eps}`);
    checkSeed(step.seed);
    check(step);
  },
  start: () => 0,
  add: (count, { rows }) => count + rows,
  merge: (left, right) => left + right,
  finish: (step, count, names) => {
    const width = names.length;
    const wanted = step.nComponents === "auto" ? johnsonLindenstrauss(count, step.eps) : step.nComponents;
    if (step.nComponents === "auto" && (wanted < 1 || wanted > width))
      throw new FitError(
        names[0] ?? "",
        -1,
        `distances of ${count} rows within 1 ± ${step.eps} take ${wanted} components, but there are ${width} columns: name nComponents, or allow a larger eps`,
      );
    return projectionStep({ components: draw(step, wanted, width), prefix, width });
  },
});

/** See GaussianRandomProjection. */
export const gaussianRandomProjectionDefinition = definition<GaussianRandomProjection>(
  "gaussianrandomprojection",
  () => {},
  ({ seed }, components, width) => {
    const stream = randomStream(seed, directionPurpose);
    const scale = 1 / Math.sqrt(components);
    return Array.from({ length: components }, () => normalNumbers(width, stream).map((value) => value * scale));
  },
);

/** See SparseRandomProjection. */
export const sparseRandomProjectionDefinition = definition<SparseRandomProjection>(
  "sparserandomprojection",
  ({ density }) => {
    if (density !== "auto" && !(density > 0 && density <= 1))
      throw new ArgumentError(`density takes a share above 0, up to 1, or "auto", but got ${density}`);
  },
  ({ seed, density }, components, width) => {
    const stream = randomStream(seed, directionPurpose);
    const share = density === "auto" ? 1 / Math.sqrt(width) : density;
    const size = Math.sqrt(1 / share / components);
    return Array.from({ length: components }, () =>
      Float64Array.from({ length: width }, () => {
        const drawn = stream.uniform();
        return drawn >= share ? 0 : drawn < share / 2 ? size : -size;
      }),
    );
  },
);
