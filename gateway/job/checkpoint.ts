// Where a job goes on from. The state's bytes go to the object store first; then position, points, use and machine
// time become true in one transaction, and the state before is removed.

import type { Database } from "../data/database.ts";
import { deleteCheckpoint, replaceCheckpoint } from "../data/job/store.ts";
import type { JsonObject } from "../data/json.ts";
import type { Row } from "../data/schema.ts";
import type { ObjectStore } from "../store/store.ts";
import type { CheckpointKeeper } from "./executor.ts";
import type { FencedTransaction } from "./lease.ts";
import type { Recorder } from "./recorder.ts";

const SHORTEST_MILLISECONDS = 1_000;
/** A commit may take this part of the time: the next one is due after twenty times what the last one took. */
const SHARE = 20;

/** The job's id before the state: two jobs with the same state have two objects, each to be removed on its own. */
function seal(jobId: string, state: Uint8Array): Uint8Array {
  const mark = new TextEncoder().encode(jobId);
  const sealed = new Uint8Array(mark.length + state.length);
  sealed.set(mark);
  sealed.set(state, mark.length);
  return sealed;
}

/** Removes the checkpoint of a job that is over: first its state, then the row by which a next start would find it. */
export async function removeCheckpoint(
  database: Database,
  store: ObjectStore,
  checkpoint: { tenantId: string; jobId: string; blobHash: string | null },
): Promise<void> {
  if (checkpoint.blobHash !== null) await store.delete(checkpoint.blobHash);
  await deleteCheckpoint(database, checkpoint.tenantId, checkpoint.jobId);
}

/**
 * Removes states that a killed process left between the store and the database: objects that begin with the id of one
 * of the jobs and are not its checkpoint. Reads 36 bytes of each object, so it is for after a crash, while none of the
 * jobs runs.
 */
export async function removeLostStates(
  store: ObjectStore,
  checkpoints: ReadonlyMap<string, string | null>,
): Promise<void> {
  if (checkpoints.size === 0) return;
  for await (const { hash } of store.list()) {
    let beginning = "";
    for await (const piece of store.stream(hash, { start: 0, end: 36 }))
      beginning += Buffer.from(piece).toString("latin1");
    if (checkpoints.has(beginning) && checkpoints.get(beginning) !== hash) await store.delete(hash);
  }
}

/** Makes the keeper of an attempt's checkpoints. */
export function createCheckpointKeeper(options: {
  job: Row<"job">;
  store: ObjectStore;
  recorder: Recorder;
  fenced: FencedTransaction;
  checkpoint: Row<"checkpoint"> | undefined;
}): CheckpointKeeper & { readonly blobHash: string | null } {
  const { job, store, recorder, fenced, checkpoint } = options;
  let blobHash = checkpoint?.blobHash ?? null;
  let dueAt = performance.now() + SHORTEST_MILLISECONDS;

  async function commit(next: { position: JsonObject; state?: Uint8Array }): Promise<void> {
    const start = performance.now();
    const stored = next.state === undefined ? undefined : await store.put(seal(job.id, next.state));
    const batch = recorder.take("ALL");
    try {
      await fenced(async (transaction, row) => {
        await replaceCheckpoint(transaction, job.tenantId, job.id, next.position, stored?.hash ?? null);
        await batch.write(transaction, row);
      });
    } catch (error) {
      batch.putBack();
      if (stored !== undefined && stored.hash !== blobHash) await store.delete(stored.hash).catch(() => {});
      throw error;
    }
    const before = blobHash;
    blobHash = stored?.hash ?? null;
    if (before !== null && before !== blobHash) await store.delete(before);
    const end = performance.now();
    dueAt = end + Math.max(SHORTEST_MILLISECONDS, SHARE * (end - start));
  }

  return {
    async load() {
      if (checkpoint === undefined) return undefined;
      const sealed = checkpoint.blobHash === null ? undefined : await store.read(checkpoint.blobHash);
      return { position: checkpoint.position, state: sealed?.subarray(job.id.length) };
    },
    get due() {
      return performance.now() >= dueAt;
    },
    get blobHash() {
      return blobHash;
    },
    commit,
  };
}
