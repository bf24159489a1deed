// Versions over time: compared, found again, pinned and collected. Whatever the order of these, what is pinned is there.
import { createHash } from "node:crypto";
import { mkdtemp, readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { toRows } from "@millrace/core";
import { readFrame } from "@millrace/gateway/data/dataset/read.ts";
import type { DatasetContent } from "@millrace/gateway/data/dataset/write.ts";
import { newIdentifier } from "@millrace/gateway/data/identifier.ts";
import { type DatasetDiff, diffDatasetVersions } from "@millrace/gateway/domain/dataset/diff.ts";
import {
  collectObjects,
  collectVersions,
  findVersionAt,
  pinDatasetVersion,
  unpinDatasetVersion,
} from "@millrace/gateway/domain/dataset/life.ts";
import { getDatasetVersion, registerDatasetVersion } from "@millrace/gateway/domain/dataset/service.ts";
import { openFolderStore } from "@millrace/gateway/store/folder.ts";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { freshDatabase, insertProject } from "../database.fixture.ts";
import { failureOf, importContent, store as sourceStore } from "./import.fixture.ts";

const TENANT = "local";
const connection = await freshDatabase();
const { database } = connection;
const transact = database.transaction();
const later = () => new Date(Date.now() + 60_000);

/** A project with a store of its own, in which contents become versions; those of others go, so that none names its objects. */
const openProject = async () => {
  await database.deleteFrom("datasetPin").execute();
  await database.deleteFrom("datasetVersion").execute();
  const folder = await mkdtemp(path.join(os.tmpdir(), "millrace-life-"));
  const store = await openFolderStore(folder);
  const projectId = await insertProject(connection, TENANT, newIdentifier());
  const jobId = newIdentifier();
  await database
    .insertInto("job")
    .values({ id: jobId, tenantId: TENANT, projectId, kind: "IMPORT", state: "CANCELLED", input: "{}" })
    .execute();
  const add = async (name: string, content: DatasetContent) => {
    for (const { hash } of content.files) await store.put(await readFile(await sourceStore.path(hash)));
    const version = await transact.execute((transaction) =>
      registerDatasetVersion(transaction, TENANT, { projectId, name, jobId, content, profile: null, parents: [] }),
    );
    return version;
  };
  const collect = async (keepVersions: number) => {
    const madeBefore = later();
    const ids = await transact.execute((transaction) =>
      collectVersions(transaction, TENANT, projectId, { keepVersions, madeBefore }),
    );
    return { ids, ...(await collectObjects(database, store, later())) };
  };
  const pin = (id: string, name = "p") => transact.execute((t) => pinDatasetVersion(t, TENANT, id, name));
  const unpin = (id: string, name = "p") => transact.execute((t) => unpinDatasetVersion(t, TENANT, id, name));
  const diff = (beforeId: string, afterId: string, key: string[] = [], first = 20) =>
    diffDatasetVersions(database, store, TENANT, { beforeId, afterId, key, first });
  return { store, projectId, add, collect, pin, unpin, diff };
};

const contents: DatasetContent[] = [];
const tables = [
  "id,city,n\n1,Oslo,10\n2,Bergen,20\n3,Bodø,30\n",
  "id,city,n\n1,Oslo,10\n3,Bodø,31\n4,Moss,40\n5,Vardø,\n",
  "id,city,n,late\n1,Oslo,10.5,true\n",
  "id,city,n\n1,Oslo,10\n1,Oslo,10\n2,Bergen,20\n",
];
beforeAll(async () => {
  for (const [index, table] of tables.entries()) contents.push(await importContent(`table${index}.csv`, table));
});
const content = (index: number): DatasetContent => {
  const found = contents[index];
  if (!found) throw new Error(`There is no content ${index}.`);
  return found;
};

describe("the difference of two versions", () => {
  test("by key: added, removed and changed rows, and in which columns", async () => {
    const { add, diff } = await openProject();
    const before = await add("cities", content(0));
    const after = await add("cities", content(1));
    const found = await diff(before.id, after.id, ["id"]);
    expect(found).toMatchObject({
      identical: false,
      addedColumns: [],
      removedColumns: [],
      retypedColumns: [],
      addedRows: 2,
      removedRows: 1,
      changedRows: 1,
      changedByColumn: [{ name: "n", rows: 1 }],
    } satisfies Partial<DatasetDiff>);
    expect(found.examples).toEqual([
      { before: [2, "Bergen", 20], after: undefined },
      { before: [3, "Bodø", 30], after: [3, "Bodø", 31] },
      { before: undefined, after: [4, "Moss", 40] },
      { before: undefined, after: [5, "Vardø", null] },
    ]);
    expect((await diff(before.id, after.id, ["id"], 1)).examples).toHaveLength(1);
  });

  test("without a key rows are compared whole, as many times as they come", async () => {
    const { add, diff } = await openProject();
    const before = await add("cities", content(0));
    const twice = await add("cities", content(3));
    expect(await diff(before.id, twice.id)).toMatchObject({
      addedRows: 1,
      removedRows: 1,
      examples: [{ before: [3, "Bodø", 30] }, { after: [1, "Oslo", 10] }],
    });
  });

  test("of columns: what came, went and changed its type; numbers of two types are compared", async () => {
    const { add, diff } = await openProject();
    const before = await add("cities", content(0));
    const after = await add("cities", content(2));
    expect(await diff(before.id, after.id, ["id"])).toMatchObject({
      addedColumns: [{ name: "late", type: "BOOLEAN" }],
      retypedColumns: [{ name: "n", before: "INTEGER", after: "FLOAT" }],
      removedRows: 2,
      changedRows: 1,
      examples: [{ before: [1, "Oslo", 10], after: [1, "Oslo", 10.5] }, {}, {}],
    });
    expect((await diff(after.id, before.id)).removedColumns).toMatchObject([{ name: "late" }]);
  });

  test("of equal versions is none; a key that is not there or not unique is refused", async () => {
    const { add, diff } = await openProject();
    const before = await add("cities", content(0));
    const again = await add("elsewhere", content(0));
    expect(await diff(before.id, again.id)).toMatchObject({ identical: true, addedRows: 0, removedRows: 0 });
    const twice = await add("cities", content(3));
    const failure = await failureOf(diff(before.id, twice.id, ["id"]));
    expect(failure).toMatchObject({ code: "DATASET_KEY_NOT_UNIQUE", path: ["key"] });
    expect(String(failure)).toMatch(/0 of the version before, 2 of the one after/);
    expect(await failureOf(diff(before.id, twice.id, ["name"]))).toMatchObject({
      code: "UNKNOWN_COLUMN",
      path: ["key", "0"],
    });
  });
});

describe("time travel", () => {
  test("finds a version by its number, and the newest of a moment", async () => {
    const { add } = await openProject();
    const first = await add("cities", content(0));
    await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await add("cities", content(1));
    const find = (when: { number?: number; at?: Date }) => findVersionAt(database, TENANT, first.datasetId, when);
    expect((await find({ number: 1 }))?.id).toBe(first.id);
    expect((await find({}))?.id).toBe(second.id);
    expect((await find({ at: new Date(second.createdAt.getTime() - 2) }))?.id).toBe(first.id);
    expect((await find({ at: later() }))?.id).toBe(second.id);
    expect(await find({ at: new Date(first.createdAt.getTime() - 5) })).toBeUndefined();
    expect(await find({ number: 3 })).toBeUndefined();
    expect(() => find({ number: 1, at: later() })).toThrow("not by both");
  });
});

describe("a collection", () => {
  test("takes old versions, keeps their rows in the catalogue, and keeps objects that another version shares", async () => {
    const { add, collect, store } = await openProject();
    const first = await add("cities", content(0));
    await add("cities", content(1));
    const shared = await add("elsewhere", content(0));
    await add("cities", content(2));
    const { ids, objectCount } = await collect(1);
    expect(ids).toContain(first.id);
    expect(ids).toHaveLength(2);
    expect(objectCount).toBe(1);
    expect(toRows(await readFrame(store, shared))).toHaveLength(3);
    expect((await getDatasetVersion(database, TENANT, first.id)).collectedAt).toBeInstanceOf(Date);
    expect((await collect(1)).ids).toEqual([]);
  });

  test("keeps what is pinned until its last pin is removed, and refuses a pin on what is gone", async () => {
    const { add, collect, pin, unpin, diff } = await openProject();
    const kept = await add("cities", content(0));
    const latest = await add("cities", content(1));
    await pin(kept.id, "a");
    await pin(kept.id, "a");
    await pin(kept.id, "b");
    await unpin(kept.id, "a");
    expect(await failureOf(unpin(kept.id, "a"))).toMatchObject({ code: "NOT_FOUND", path: ["name"] });
    expect((await collect(1)).ids).toEqual([]);
    await unpin(kept.id, "b");
    expect((await collect(1)).ids).toEqual([kept.id]);
    const gone = { code: "DATASET_VERSION_COLLECTED", path: ["datasetVersionId"] };
    expect(await failureOf(pin(kept.id))).toMatchObject(gone);
    expect(await failureOf(diff(kept.id, latest.id))).toMatchObject({ ...gone, path: ["beforeId"] });
  });

  test("keeps what a job that is not over is to read", async () => {
    const { add, collect, projectId } = await openProject();
    const read = await add("cities", content(0));
    await add("cities", content(1));
    const input = JSON.stringify({ datasetVersionId: read.id });
    const id = newIdentifier();
    await database
      .insertInto("job")
      .values({ id, tenantId: TENANT, projectId, kind: "TRAIN", state: "QUEUED", input })
      .execute();
    expect((await collect(1)).ids).toEqual([]);
    await database.updateTable("job").set({ state: "CANCELLED" }).where("id", "=", id).execute();
    expect((await collect(1)).ids).toEqual([read.id]);
  });

  test("waits for a pin that is being set, and sees it", async () => {
    const { add, collect } = await openProject();
    const kept = await add("cities", content(0));
    await add("cities", content(1));
    const { promise: told, resolve: go } = Promise.withResolvers<void>();
    const { promise: locked, resolve: isLocked } = Promise.withResolvers<void>();
    const pinning = transact.execute(async (transaction) => {
      await pinDatasetVersion(transaction, TENANT, kept.id, "slow");
      isLocked();
      await told;
    });
    await locked;
    const collecting = collect(1);
    setTimeout(go, 100);
    await pinning;
    expect((await collecting).ids).toEqual([]);
  });
});

type Step =
  | { readonly kind: "import"; readonly dataset: number; readonly content: number }
  | { readonly kind: "pin" | "unpin"; readonly at: number }
  | { readonly kind: "diff"; readonly at: number; readonly other: number }
  | { readonly kind: "collect"; readonly keepVersions: number };

const place = fc.nat(7);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("import" as const), dataset: fc.nat(1), content: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("pin" as const, "unpin" as const), at: place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("diff" as const), at: place, other: place }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("collect" as const), keepVersions: fc.integer({ min: 1, max: 2 }) }),
  },
);

test("whatever is imported, compared, pinned and collected, each pinned version has its bytes and its rows", async () => {
  const rowsOf = new Map<number, object[]>();
  for (const index of tables.keys()) rowsOf.set(index, toRows(await readFrame(sourceStore, content(index))));
  const run = async (steps: readonly Step[]) => {
    const { store, add, collect, pin, unpin, diff } = await openProject();
    const versions: { id: string; content: number; dataset: number }[] = [];
    const pinned = new Set<string>();
    const gone = new Set<string>();
    const versionAt = (at: number) => versions[at % Math.max(1, versions.length)];
    for (const next of steps) {
      if (next.kind === "import") {
        const { id } = await add(`set ${next.dataset}`, content(next.content));
        versions.push({ id, content: next.content, dataset: next.dataset });
      } else if (next.kind === "collect") {
        const { ids } = await collect(next.keepVersions);
        // What goes is what should: neither pinned nor among the newest that are there.
        const expected = versions.filter(({ id, dataset }, index) => {
          const newer = versions.slice(index + 1).filter((other) => other.dataset === dataset && !gone.has(other.id));
          return !pinned.has(id) && !gone.has(id) && newer.length >= next.keepVersions;
        });
        expect(new Set(ids)).toEqual(new Set(expected.map(({ id }) => id)));
        for (const id of ids) gone.add(id);
      } else {
        const version = versionAt(next.at);
        if (!version) continue;
        if (next.kind === "diff") {
          const other = versionAt(next.other);
          const compared = diff(version.id, other?.id ?? "");
          if (version.content === other?.content) expect(await compared).toMatchObject({ identical: true });
          else if (gone.has(version.id) || gone.has(other?.id ?? ""))
            expect(await failureOf(compared)).toMatchObject({ code: "DATASET_VERSION_COLLECTED" });
          else expect(await compared).toMatchObject({ identical: false });
        } else if (next.kind === "pin" && !gone.has(version.id)) {
          await pin(version.id);
          pinned.add(version.id);
        } else if (next.kind === "unpin" && pinned.delete(version.id)) await unpin(version.id);
      }
      for (const version of versions.filter(({ id }) => !gone.has(id) || pinned.has(id))) {
        const { files, contentHash } = await getDatasetVersion(database, TENANT, version.id);
        expect(contentHash).toBe(content(version.content).contentHash);
        for (const { hash } of files) {
          expect(
            createHash("sha256")
              .update(await store.read(hash))
              .digest("hex"),
          ).toBe(hash);
        }
      }
    }
    for (const version of versions.filter(({ id }) => pinned.has(id))) {
      const stored = await getDatasetVersion(database, TENANT, version.id);
      expect(toRows(await readFrame(store, stored))).toEqual(rowsOf.get(version.content));
    }
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 24, size: "max" }), run), {
    numRuns: 12,
    seed: 20261125,
  });
});
