// The whole schema: every module added to the builder, then built once.
import "./errors.ts";
import "./project/queries.ts";
import "./project/mutations.ts";
import "./pipeline/errors.ts";
import "./pipeline/queries.ts";
import "./pipeline/mutations.ts";
import "./model/queries.ts";
import "./dataset/errors.ts";
import "./dataset/mutations.ts";
import "./dataset/profile.ts";
import "./dataset/life.ts";
import "./dataset/diff.ts";
import "./job/queries.ts";
import "./job/mutations.ts";
import "./job/subscriptions.ts";
import "./cost/queries.ts";
import "./cost/mutations.ts";
import "./machine/queries.ts";
import "./model/lineage.ts";
import "./schedule/mutations.ts";
import "./predict/queries.ts";
import "./predict/jobs.ts";
import { builder } from "./builder.ts";

export const schema = builder.toSchema();
