// A gateway's database in a process of its own, to be killed: prints one line of JSON once it runs, stops on SIGTERM.
import { startPostgres } from "@millrace/gateway/postgres/cluster.ts";

const [dataFolder = ""] = process.argv.slice(2);
try {
  const { url, pid, adopted, stop } = await startPostgres(dataFolder);
  process.once("SIGTERM", () => {
    stop().then(() => process.exit(0));
  });
  setInterval(() => {}, 1000);
  process.stdout.write(`${JSON.stringify({ url, pid, adopted })}\n`);
} catch (error) {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  process.stdout.write(`${JSON.stringify({ code, message: String(error) })}\n`);
  process.exit(1);
}
