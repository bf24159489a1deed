// Derive: dataset versions become another, by a checked derivation. It is checked again when it runs, against rows
// that cannot have changed since.
import { stageDerived } from "../data/dataset/derive.ts";
import { profileStaged } from "../data/dataset/profile.ts";
import { writeStaged } from "../data/dataset/write.ts";
import type { ColumnTypeName, Row } from "../data/schema.ts";
import { inputsOf } from "../domain/dataset/derivation.ts";
import {
  describeVersion,
  findMade,
  fingerprintDerivation,
  parseDerive,
  readyDerivation,
  registerDatasetVersion,
} from "../domain/dataset/service.ts";
import { type SessionLimits, withSession } from "../source/session.ts";
import type { ObjectStore } from "../store/store.ts";
import { defineExecutor, type JobExecutor } from "./executor.ts";

/** What derivations may use. */
export type DeriveOptions = { readonly limits?: SessionLimits | undefined };

const width: Readonly<Record<ColumnTypeName, number>> = { INTEGER: 8, FLOAT: 8, BOOLEAN: 1, TEXT: 16, TIMESTAMP: 8 };
const rowWidth = (columns: readonly { type: ColumnTypeName }[]): number =>
  columns.reduce((sum, { type }) => sum + width[type], 0);
/**
 * Times that a derived byte is moved: computed, joined, sorted, hashed, encoded. Measured with 3,000,000 flights joined
 * twice (15 columns, 3.5 s on two cores) as moves at 16 GB/s; past derivations correct the rest.
 */
const MOVES = 140;

const pathsOf = (store: ObjectStore, { files }: Row<"datasetVersion">): Promise<string[]> =>
  Promise.all(files.map(({ hash }) => store.path(hash)));

/**
 * The executor of DERIVE jobs.
 *
 * @example startEngine(workplace, [createDeriveExecutor({})], 1);
 */
export const createDeriveExecutor = (options: DeriveOptions): JobExecutor =>
  defineExecutor({
    kind: "DERIVE",
    parse: parseDerive,
    async estimate(input, { tenantId, database }) {
      const { versions, typed } = await readyDerivation(database, tenantId, input);
      const rowCount = versions[0]?.rowCount ?? 0;
      const bytes = rowCount * rowWidth(typed.columns.map(({ expression }) => expression));
      const read = versions.reduce((sum, { byteCount }) => sum + byteCount, 0);
      return { flops: 0, bytes: bytes * MOVES + read, storedBytes: Math.ceil(bytes / 8) };
    },
    async run(input, context) {
      const { tenantId, projectId, job, signal, store } = context;
      const started = performance.now();
      const ready = await readyDerivation(context.database, tenantId, input);
      const madeFrom = fingerprintDerivation(input, ready);
      const made = await findMade(context.database, tenantId, { projectId, name: input.name }, madeFrom);
      // The inputs have not changed: what would come of it is there.
      if (made) return (transaction) => describeVersion(transaction, tenantId, made);
      const { versions, typed } = ready;
      const inputs = await Promise.all(
        versions.map(async (version) => ({ schema: version.schema, paths: await pathsOf(store, version) })),
      );
      const readable = [...new Set(inputs.flatMap(({ paths }) => paths))];
      const { content, profile } = await withSession({ readable, limits: options.limits, signal }, async (session) => {
        const staged = await stageDerived(session, typed, inputs, [], (fraction) =>
          context.progress(0.4 * fraction, "joining and computing"),
        );
        const content = await writeStaged(session, staged, {
          put: context.put,
          progress: (fraction, message) => context.progress(0.4 + 0.5 * fraction, message),
        });
        const profile = await profileStaged(session, staged, (fraction) =>
          context.progress(0.9 + 0.1 * fraction, "profiling"),
        );
        return { content, profile };
      });
      const seconds = (performance.now() - started) / 1000;
      const read = versions.reduce((sum, { byteCount }) => sum + byteCount, 0);
      context.usage.add("derive", "processor", { calls: 1, flops: 0, bytes: read + content.byteCount, seconds });
      return async (transaction) => {
        const version = await registerDatasetVersion(transaction, tenantId, {
          projectId,
          name: input.name,
          jobId: job.id,
          content,
          profile,
          madeFrom,
          parents: inputsOf(input).map((datasetVersionId, index) => ({
            datasetVersionId,
            role: index === 0 ? "dataset" : (input.joins[index - 1]?.name ?? "join"),
          })),
        });
        return describeVersion(transaction, tenantId, version);
      };
    },
  });
