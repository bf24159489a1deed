// The kinds of work that this gateway does: one line for each.
import path from "node:path";
import type { Configuration } from "../configuration/configuration.ts";
import { createKernelThread } from "../kernel/thread.ts";
import { createCollectExecutor } from "./collect.ts";
import { createDeriveExecutor } from "./derive.ts";
import type { JobExecutor } from "./executor.ts";
import { createImportExecutor } from "./import.ts";
import { createPredictExecutor } from "./predict.ts";
import { createTrainExecutor } from "./train.ts";

/** The executors of a configuration, and the end of the thread in which their kernels run. */
export function createExecutors(configuration: Configuration): { executors: JobExecutor[]; close(): Promise<void> } {
  const { cores, objects } = configuration;
  const limits = { threads: cores, temporaryFolder: path.join(configuration.dataFolder, "temporary") };
  const thread = createKernelThread({ objects, cores, limits });
  return {
    executors: [
      createImportExecutor({
        allowedFolders: configuration.importFolders,
        allowedUrls: configuration.importUrls,
        databases: configuration.importDatabases,
        limits,
      }),
      createDeriveExecutor({ limits }),
      createCollectExecutor(),
      createTrainExecutor(thread),
      createPredictExecutor(thread, limits),
    ],
    close: () => thread.close(),
  };
}
