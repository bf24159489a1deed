// An import that goes on from the newest version of its dataset: what came since is joined to it.
import { type Before, greatestWatermark, type Increment, joinIncrement } from "../data/dataset/increment.ts";
import { selectLatestVersionOf } from "../data/dataset/store.ts";
import type { Row } from "../data/schema.ts";
import { requireRows } from "../domain/dataset/life.ts";
import { DatasetFileEmpty } from "../source/errors.ts";
import type { StagedRows } from "../source/schema.ts";
import type { Session } from "../source/session.ts";
import type { JobContext } from "./executor.ts";

/** Stages the rows of a source; a query is told the last watermark. */
export type Stage = (watermark: string | undefined) => Promise<StagedRows>;

/** An increment that knows what it goes on from. */
export type OpenIncrement = {
  /** Undefined when this is the dataset's first version. */
  readonly before: (Before & { readonly version: Row<"datasetVersion"> }) | undefined;
  /** Stages the source's rows and joins them; undefined when there is nothing new. */
  stage(session: Session, stage: Stage): Promise<StagedRows | undefined>;
};

/** Finds the version that an import goes on from. @throws DatasetVersionCollected */
export const openIncrement = async (
  increment: Increment,
  name: string,
  { tenantId, projectId, database, store }: JobContext,
): Promise<OpenIncrement> => {
  const version = await selectLatestVersionOf(database, tenantId, projectId, name);
  if (!version) return { before: undefined, stage: (_, stage) => stage(undefined) };
  requireRows(version, ["name"]);
  const paths = await Promise.all(version.files.map(({ hash }) => store.path(hash)));
  const before = { version, schema: version.schema, paths };
  const path = ["increment"];
  return {
    before,
    async stage(session, stage) {
      const { watermark } = increment;
      const mark =
        watermark === undefined
          ? undefined
          : await greatestWatermark(session, before, watermark, [...path, "watermark"]);
      try {
        const { staged, changed } = await joinIncrement(session, await stage(mark), before, increment, path);
        return changed === 0 ? undefined : staged;
      } catch (error) {
        // No row is what most looks for new rows find.
        if (error instanceof DatasetFileEmpty) return undefined;
        throw error;
      }
    },
  };
};
