// Collect: rows that nothing needs go, and objects that nothing names. Taken in two steps, the versions' mark in a
// transaction of its own first: a worker that is killed between leaves objects for the next collection, never a version
// without its rows.
import { collectObjects, collectVersions, describeCollected, parseCollect } from "../domain/dataset/life.ts";
import { defineExecutor, type JobExecutor } from "./executor.ts";

/**
 * The executor of COLLECT jobs.
 *
 * @example startEngine(workplace, [createCollectExecutor()], 1);
 */
export const createCollectExecutor = (): JobExecutor =>
  defineExecutor({
    kind: "COLLECT",
    parse: (input) => parseCollect(input),
    async run({ keepVersions, keepSeconds, graceSeconds }, context) {
      const { tenantId, projectId, database, store } = context;
      const started = performance.now();
      const now = Date.now();
      const madeBefore = new Date(now - keepSeconds * 1000);
      const marked = await context.checkpoint.load();
      const versionIds = marked
        ? [marked.position.versionIds].flat().map(String)
        : await database
            .transaction()
            .execute((transaction) => collectVersions(transaction, tenantId, projectId, { keepVersions, madeBefore }));
      await context.checkpoint.commit({ position: { versionIds } });
      context.progress(0.5, `${versionIds.length} versions have gone`);
      const objects = await collectObjects(database, store, new Date(now - graceSeconds * 1000), context.breathe);
      const seconds = (performance.now() - started) / 1000;
      context.usage.add("collect", "processor", { calls: 1, flops: 0, bytes: objects.byteCount, seconds });
      return async () => describeCollected({ versionIds, ...objects });
    },
  });
