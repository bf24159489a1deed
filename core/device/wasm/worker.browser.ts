// Entry of a pool worker in a page.
import { runWorker, type WorkerStart } from "./worker.ts";

addEventListener("message", ({ data }: MessageEvent<WorkerStart>) => {
  runWorker(data, () => postMessage("ready"));
});
