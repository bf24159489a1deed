// The process of one participant in Node. One process each keeps heaps, compilers and thread pools apart.
import { answering, type Question } from "./answers.ts";
import type { OpenParticipant } from "./participant.ts";

const [module = "", threads = "1", device = "wasm", software = "false"] = process.argv.slice(2);

const answer = answering(async () => {
  const adapter: { default: OpenParticipant } = await import(module);
  return adapter.default({
    threads: Number(threads),
    device: device === "webgpu" ? "webgpu" : "wasm",
    software: software === "true",
  });
});

process.on("message", async (question: Question) => process.send?.(await answer(question)));
// The parent ends its participants by closing the channel; idle worker threads must not keep them alive.
process.on("disconnect", () => process.exit(0));
