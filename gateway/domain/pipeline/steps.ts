// Every step of preprocessing that GraphQL offers. To add one: a `declare` in a file of step/, as estimators.ts tells.
import { type Declaration, type Table, tableOf } from "./declaration.ts";
import { encode } from "./step/encode.ts";
import { missing } from "./step/missing.ts";
import { reduce } from "./step/reduce.ts";
import { scale } from "./step/scale.ts";
import { select } from "./step/select.ts";
import { shape } from "./step/shape.ts";

const declarations = [...missing, ...scale, ...encode, ...shape, ...reduce, ...select];

/** A step by its specification, as core takes it. */
export type Step = (typeof declarations)[number] extends Declaration<infer Specification> ? Specification : never;

export const steps: Table<Step> = tableOf<Step>(declarations);
