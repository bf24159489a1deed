// The kinds of work that this gateway does: one line for each.
import type { Configuration } from "../configuration/configuration.ts";
import { createDeriveExecutor } from "./derive.ts";
import type { JobExecutor } from "./executor.ts";
import { createImportExecutor } from "./import.ts";

/** The executors of a configuration. */
export function createExecutors(configuration: Configuration): JobExecutor[] {
  return [createImportExecutor({ allowedFolders: configuration.importFolders }), createDeriveExecutor({})];
}
