// Every estimator that GraphQL offers.
//
// To add one: a `declare(constructor, description, options)` in the file of its family below. The constructor is core's, whose
// defaults are the schema's; the compiler asks for every option of its specification. Nothing else is to be written: input,
// output, check and specification come from the declaration. Then `npm run schema`.
// test/gateway/pipeline/declarations.test.ts tells which kinds of core are missing here.
import { type Declaration, type Table, tableOf } from "./declaration.ts";
import { bayes } from "./estimator/bayes.ts";
import { boosting } from "./estimator/boosting.ts";
import { cluster } from "./estimator/cluster.ts";
import { linear } from "./estimator/linear.ts";
import { neighbours } from "./estimator/neighbours.ts";
import { network } from "./estimator/network.ts";
import { tree } from "./estimator/tree.ts";

const declarations = [...network, ...linear, ...bayes, ...neighbours, ...tree, ...boosting, ...cluster];

/** An estimator by its specification, as core takes it. */
export type Estimator = (typeof declarations)[number] extends Declaration<infer Specification> ? Specification : never;

export const estimators: Table<Estimator> = tableOf<Estimator>(declarations);
