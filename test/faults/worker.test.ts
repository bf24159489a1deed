import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { defineExecutor } from "@millrace/gateway/job/executor.ts";
import { expect, onTestFinished, test } from "vitest";
import { startWorkplace, TENANT } from "../gateway/workplace.fixture.ts";
import { startChild } from "./child.fixture.ts";

test("the job of a worker that dies on another machine is taken over within half a minute, from its checkpoint", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "millrace-elsewhere-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  let found: unknown;
  const finishing = defineExecutor({
    kind: "TRAIN",
    parse: (input) => input,
    async run(_, { checkpoint }) {
      found = await checkpoint.load();
      return async () => ({ finished: true });
    },
  });
  // Submits only, until the worker elsewhere has the job.
  const here = await startWorkplace([finishing], { places: 0, dataFolder: folder });
  const elsewhere = startChild("worker-elsewhere.child.ts", [
    here.connection.url,
    path.join(folder, "elsewhere"),
    path.join(folder, "objects"),
  ]);
  await elsewhere.read();
  const { id } = await here.engine.submit(TENANT, { projectId: here.projectId, kind: "TRAIN", input: {} });
  expect(await elsewhere.read()).toEqual({ took: elsewhere.process.pid });
  await here.close();
  const { until } = await startWorkplace([finishing], {
    connection: here.connection,
    projectId: here.projectId,
    dataFolder: folder,
  });
  const killed = Date.now();
  await elsewhere.end("SIGKILL");
  const job = await until(id);
  process.stdout.write(`taken over after ${((Date.now() - killed) / 1000).toFixed(1)} s\n`);
  expect(job).toMatchObject({ state: "SUCCEEDED", attempt: 2, output: { finished: true } });
  expect(found).toEqual({ position: { by: elsewhere.process.pid }, state: new Uint8Array([1, 2, 3]) });
});
