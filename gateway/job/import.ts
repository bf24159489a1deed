// Import: a file becomes a dataset version, or a typed error and nothing. The file's format is checked when the job is
// estimated, so that a wrong one is refused at the door; its content is read here.

import { profileStaged } from "../data/dataset/profile.ts";
import { consumeUpload } from "../data/dataset/uploads.ts";
import { writeStaged } from "../data/dataset/write.ts";
import { UploadNotReady } from "../domain/dataset/errors.ts";
import { parseImport, sourcePath } from "../domain/dataset/import.ts";
import { describeVersion, registerDatasetVersion } from "../domain/dataset/service.ts";
import { defineExecutor, type JobExecutor } from "./executor.ts";
import { openIncrement } from "./import-increment.ts";
import { estimateImport, type Finish, type ImportOptions, readSource } from "./import-source.ts";

/**
 * The executor of IMPORT jobs.
 *
 * @example startEngine(workplace, [createImportExecutor({ allowedFolders: ["/srv/data"] })], 1);
 */
export const createImportExecutor = (options: ImportOptions): JobExecutor =>
  defineExecutor({
    kind: "IMPORT",
    parse: (input) => parseImport(input),
    estimate: (input, sources) => estimateImport(input, sources, options),
    async run(input, context) {
      const { tenantId, projectId, job, progress } = context;
      const started = performance.now();
      const increment = input.increment && (await openIncrement(input.increment, input.name, context));
      const hints = increment?.before?.version.schema.map(({ name, type }) => ({ name, type }));
      const finish: Finish = async (session, stage) => {
        const staged = increment ? await increment.stage(session, stage) : await stage(undefined);
        if (staged === undefined) return undefined;
        progress(0.4, `${staged.rowCount} rows read`);
        const content = await writeStaged(session, staged, {
          put: context.put,
          progress: (fraction, message) => progress(0.4 + 0.5 * fraction, message),
        });
        const profile = await profileStaged(session, staged, (fraction) => progress(0.9 + 0.1 * fraction, "profiling"));
        return { content, profile };
      };
      const readable = increment?.before?.paths ?? [];
      const { made, read, how } = await readSource(input, context, options, { hints, readable, finish });
      const seconds = (performance.now() - started) / 1000;
      const bytes = read + (made?.content.byteCount ?? 0);
      context.usage.add(`import.${how}`, "processor", { calls: 1, flops: 0, bytes, seconds });
      return async (transaction) => {
        if ("uploadId" in input.source) {
          const taken = await consumeUpload(transaction, tenantId, input.source.uploadId);
          if (!taken) throw new UploadNotReady("CONSUMED", sourcePath(input.source));
        }
        const before = increment?.before?.version;
        if (made === undefined && before) return describeVersion(transaction, tenantId, before);
        if (made === undefined) throw new Error("Only an increment can have nothing new.");
        const version = await registerDatasetVersion(transaction, tenantId, {
          projectId,
          name: input.name,
          jobId: job.id,
          ...made,
          parents: before ? [{ datasetVersionId: before.id, role: "before" }] : [],
          after: increment ? (before?.id ?? null) : undefined,
        });
        return describeVersion(transaction, tenantId, version);
      };
    },
  });

export type { ImportOptions };
