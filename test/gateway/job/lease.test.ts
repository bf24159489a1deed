import { setTimeout as sleep } from "node:timers/promises";
import { listSeries, readPoints } from "@millrace/gateway/domain/metric/service.ts";
import { defineExecutor } from "@millrace/gateway/job/executor.ts";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { startWorkplace, TENANT } from "../workplace.fixture.ts";

test("a worker that fell silent is shut out by the one that took its job over, and one effect remains", async () => {
  let attempts = 0;
  const late: unknown[] = [];
  const training = defineExecutor({
    kind: "TRAIN",
    parse: (input) => input,
    async run(_, { checkpoint, metrics, projectId }) {
      const attempt = ++attempts;
      const from = Number((await checkpoint.load())?.position.step ?? 0);
      metrics.append("step", from + 1, attempt);
      await checkpoint.commit({ position: { step: from + 1 } });
      // The first worker is away (a paused machine) while its job is given to another.
      if (attempt === 1) await sleep(3000);
      metrics.append("step", from + 2, attempt);
      await checkpoint.commit({ position: { step: from + 2 } }).catch((error: unknown) => {
        late.push(error);
        throw error;
      });
      return async (transaction) => {
        const name = `by attempt ${attempt}`;
        await transaction.insertInto("model").values({ id: name, tenantId: TENANT, projectId, name }).execute();
        return { attempt };
      };
    },
  });
  const first = await startWorkplace([training], { places: 1 });
  const { connection, projectId, engine } = first;
  const { id } = await engine.submit(TENANT, { projectId, kind: "TRAIN", input: {} });
  while (attempts < 1) await sleep(10);
  await sleep(200);
  // What pg-boss does when heartbeats stay away, without waiting for them to.
  await first.workplace.database.transaction().execute((transaction) => first.workplace.queue.recover(transaction, id));
  const second = await startWorkplace([training], { connection, projectId, places: 1 });
  const job = await second.until(id);
  expect(job).toMatchObject({ state: "SUCCEEDED", output: { attempt: 2 }, attempt: 2 });
  for (const end = Date.now() + 6000; late.length === 0 && Date.now() < end; ) await sleep(50);
  expect(String(late[0])).toContain("lease");
  const models = await connection.database.selectFrom("model").select("name").execute();
  expect(models).toEqual([{ name: "by attempt 2" }]);
  const [series] = await listSeries(connection.database, TENANT, id);
  expect(await readPoints(connection.database, TENANT, series?.id ?? "")).toEqual({
    steps: [1, 2, 3],
    values: [1, 2, 2],
  });
});

test("a job that only ever crashes its worker is given up, and says where to look", async () => {
  const { connection, projectId, engine, workplace, dataFolder, close } = await startWorkplace([], { places: 0 });
  const { id } = await engine.submit(TENANT, { projectId, kind: "TRAIN", input: {} });
  await sql`update job set crashes = 5 where id = ${id}`.execute(connection.database);
  expect(workplace.meter.machine.cores).toBe(2);
  await close();
  let ran = false;
  const fatal = defineExecutor({
    kind: "TRAIN",
    parse: (input) => input,
    async run() {
      ran = true;
      return async () => ({});
    },
  });
  const { until } = await startWorkplace([fatal], { connection, projectId, dataFolder });
  expect(await until(id)).toMatchObject({ state: "FAILED", error: { code: "JOB_CRASHED" } });
  expect(ran).toBe(false);
});
