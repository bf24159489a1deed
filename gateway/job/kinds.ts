// The kinds of work that this gateway does: one line for each.
import path from "node:path";
import type { Configuration } from "../configuration/configuration.ts";
import { createDeriveExecutor } from "./derive.ts";
import type { JobExecutor } from "./executor.ts";
import { createImportExecutor } from "./import.ts";

/** The executors of a configuration. */
export function createExecutors(configuration: Configuration): JobExecutor[] {
  const limits = { threads: configuration.cores, temporaryFolder: path.join(configuration.dataFolder, "temporary") };
  return [
    createImportExecutor({ allowedFolders: configuration.importFolders, limits }),
    createDeriveExecutor({ limits }),
  ];
}
