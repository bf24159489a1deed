// The parent's side of a participant: starts its process, asks, and turns a failure into an error that names who failed.
import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Answer, Question } from "./answers.ts";
import type { ParticipantOptions } from "./participant.ts";
import { openRemote, type RemoteParticipant } from "./remote-participant.ts";
import { softwareGPUEnvironment } from "./software-gpu.ts";

/** The peers of each of our devices, by the names of their adapter files in `peers/`. */
export const peerNames = {
  wasm: ["tfjs-wasm", "jax-js", "onnxruntime-web", "onnxruntime-node", "typed-array"],
  webgpu: ["tfjs-webgpu", "jax-js"],
} as const;

/** No single answer takes longer; a peer that hangs fails its case and not the run. */
const answerMilliseconds = 180_000;

const moduleOf = (name: string): string => {
  const files = name === "millrace" ? ["millrace.ts"] : [`peers/${name}.ts`, `table-peers/${name}.ts`];
  const file = files.map((own) => join(import.meta.dirname, own)).find((own) => existsSync(own));
  if (!file) throw new Error(`there is no participant "${name}": ${files.join(" or ")} is missing`);
  return file;
};

/** Starts a participant's process and opens it. */
export const startParticipant = async (name: string, options: ParticipantOptions): Promise<RemoteParticipant> => {
  const child: ChildProcess = fork(
    join(import.meta.dirname, "participant-process.ts"),
    [moduleOf(name), String(options.threads), options.device, String(options.software ?? false)],
    {
      env: { ...process.env, ...(options.software ? await softwareGPUEnvironment() : {}) },
      execArgv: ["--conditions=millrace-source", "--expose-gc", "--disable-warning=ExperimentalWarning"],
      serialization: "advanced",
      // What a peer prints at start is no part of the table.
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    },
  );
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  const ask = (question: Question): Promise<Exclude<Answer, { kind: "failed" }>> =>
    new Promise((fulfil, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        child.off("message", answered);
        child.off("exit", exited);
      };
      const answered = (reply: Answer): void => {
        settle();
        if (reply.kind === "failed") reject(new Error(`${name}: ${reply.message}`));
        else fulfil(reply);
      };
      const exited = (code: number | null): void => {
        settle();
        reject(new Error(`${name}: its process ended (code ${code}) at "${question.ask}"\n${said}`));
      };
      const timer = setTimeout(() => {
        settle();
        child.kill("SIGKILL");
        reject(new Error(`${name}: no answer to "${question.ask}" in ${answerMilliseconds / 1000} s`));
      }, answerMilliseconds);
      child.on("message", answered);
      child.on("exit", exited);
      child.send(question, (error) => {
        if (error) exited(child.exitCode);
      });
    });
  return openRemote(name, ask, () => child.kill("SIGKILL"));
};
