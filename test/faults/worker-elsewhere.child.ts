// A worker of its own on a database that is there, to be killed while its job waits. Prints a line when it takes one.
import { openDatabase } from "@millrace/gateway/data/database.ts";
import { logToStandardError } from "@millrace/gateway/http/log.ts";
import { startEngine } from "@millrace/gateway/job/engine.ts";
import { defineExecutor } from "@millrace/gateway/job/executor.ts";
import { openWorkplace } from "@millrace/gateway/job/workplace.ts";

const [url = "", dataFolder = "", objects = ""] = process.argv.slice(2);
const waiting = defineExecutor({
  kind: "TRAIN",
  parse: (input) => input,
  async run(_, { checkpoint, signal }) {
    await checkpoint.commit({ position: { by: process.pid }, state: new Uint8Array([1, 2, 3]) });
    process.stdout.write(`${JSON.stringify({ took: process.pid })}\n`);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    signal.throwIfAborted();
    return async () => ({});
  },
});
const connection = openDatabase(url, 4);
const { workplace } = await openWorkplace(connection, { dataFolder, objects, cores: 1, log: logToStandardError });
await startEngine(workplace, [waiting], 1);
process.stdout.write(`${JSON.stringify({ ready: process.pid })}\n`);
