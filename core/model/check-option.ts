// The checks that estimators' options share: an option that will not do is refused before any row is read.
import { ArgumentError } from "@millrace/kernels";

/** @throws ArgumentError naming the option, what would do and what came, unless `holds` */
export const checkOption = (kind: string, name: string, holds: boolean, wanted: string, got: unknown): void => {
  if (!holds) throw new ArgumentError(`${kind}: ${name} is ${wanted}, but got ${JSON.stringify(got) ?? String(got)}`);
};

/** @throws ArgumentError unless the option is a whole number of at least `least` */
export const checkCount = (kind: string, name: string, got: number, least = 1): void =>
  checkOption(kind, name, Number.isSafeInteger(got) && got >= least, `a whole number of at least ${least}`, got);

/** @throws ArgumentError unless the option is a finite number of at least `least` */
export const checkNumber = (kind: string, name: string, got: number, least = 0): void =>
  checkOption(kind, name, Number.isFinite(got) && got >= least, `a finite number of at least ${least}`, got);
