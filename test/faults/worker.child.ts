// A gateway's database and worker in a process of its own, to be killed while it counts. The job counts to 300 and
// keeps a checkpoint every ten steps; its curve has one point a step, whose value the state alone can give.
import { migrateDatabase, openDatabase } from "@millrace/gateway/data/database.ts";
import { newIdentifier } from "@millrace/gateway/data/identifier.ts";
import { logToStandardError } from "@millrace/gateway/http/log.ts";
import { startEngine } from "@millrace/gateway/job/engine.ts";
import { defineExecutor } from "@millrace/gateway/job/executor.ts";
import { openWorkplace } from "@millrace/gateway/job/workplace.ts";
import { startPostgres } from "@millrace/gateway/postgres/cluster.ts";

const STEPS = 300;
const [dataFolder = ""] = process.argv.slice(2);

const counting = defineExecutor({
  kind: "TRAIN",
  parse: (input) => input,
  async run(_, { checkpoint, metrics, usage, put, breathe, progress }) {
    const found = await checkpoint.load();
    const state =
      found?.state === undefined ? new Float64Array(1) : new Float64Array(new Uint8Array(found.state).buffer);
    const { step: reached = 0 } = found?.position ?? {};
    for (let step = Number(reached) + 1; step <= STEPS; step++) {
      state[0] = (state[0] ?? 0) + step;
      metrics.append("sum", step, state[0]);
      metrics.append("half", step, step / 2);
      usage.add("add", "cpu", { calls: 1, flops: 1, bytes: 8, seconds: 1e-6 });
      progress(step / STEPS, `step ${step}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (step % 10 === 0) {
        await checkpoint.commit({ position: { step }, state: new Uint8Array(state.slice().buffer) });
      }
      await breathe();
    }
    const { hash } = await put(new Uint8Array(state.slice().buffer));
    return async (transaction) => {
      const { projectId: id } = await transaction.selectFrom("job").select("projectId").executeTakeFirstOrThrow();
      await transaction
        .insertInto("model")
        .values({ id: newIdentifier(), tenantId: "local", projectId: id, name: "counted" })
        .execute();
      return { hash };
    };
  },
});

const cluster = await startPostgres(dataFolder);
const connection = openDatabase(cluster.url);
await migrateDatabase(connection.database);
const { workplace, close } = await openWorkplace(connection, { dataFolder, cores: 2, log: logToStandardError });
const engine = await startEngine(workplace, [counting], 1);
const { database } = connection;
let job = await database.selectFrom("job").select("id").executeTakeFirst();
if (job === undefined) {
  const id = newIdentifier();
  await database.insertInto("project").values({ id, tenantId: "local", name: "test" }).execute();
  job = await engine.submit("local", { projectId: id, kind: "TRAIN", input: {} });
}
process.once("SIGTERM", async () => {
  await engine.close();
  await close();
  await connection.close();
  await cluster.stop();
  process.exit(0);
});
process.stdout.write(`${JSON.stringify({ url: cluster.url, jobId: job.id, pid: cluster.pid })}\n`);
