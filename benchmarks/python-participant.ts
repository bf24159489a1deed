// A library of Python as a participant: a process of python/participant.py, given its inputs as files.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Answer, Question } from "./answers.ts";
import { openRemote, type RemoteParticipant } from "./remote-participant.ts";
import { findWrongResult } from "./workloads/check.ts";
import { taskOf } from "./workloads/index.ts";

/** Libraries by the names of their columns, and the modules that speak for them. */
export const pythonModules = { lightgbm: "lightgbm_work", "scikit-learn": "sklearn_work" } as const;
export type PythonLibrary = keyof typeof pythonModules;

/**
 * Starts a library.
 * @param python the interpreter that has it
 * @throws Error with what Python said where it has not
 */
export const startPython = async (
  python: string,
  library: PythonLibrary,
  threads: number,
): Promise<RemoteParticipant> => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"));
  const script = join(import.meta.dirname, "python/participant.py");
  const child = spawn(python, [script, pythonModules[library], String(threads)], { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  let settle: ((answer: Answer) => void) | undefined;
  const fail = (message: string): void => settle?.({ kind: "failed", message });
  child.on("error", (error) => fail(String(error)));
  child.on("exit", (code) => fail(`${python} ended with code ${code}\n${said}`));
  createInterface({ input: child.stdout }).on("line", (line) => settle?.(JSON.parse(line)));
  const send = async (question: object): Promise<Exclude<Answer, { kind: "failed" }>> => {
    const answer = await new Promise<Answer>((resolve) => {
      settle = resolve;
      if (child.exitCode !== null) fail(`${python} ended with code ${child.exitCode}\n${said}`);
      else child.stdin.write(`${JSON.stringify(question)}\n`);
    });
    if (answer.kind === "failed") throw new Error(`${library}: ${answer.message}`);
    return answer;
  };
  const ask = async (question: Question): Promise<Exclude<Answer, { kind: "failed" }>> => {
    if (question.ask !== "prepare") return send(question);
    const { workload, expectation } = question;
    const inputs = taskOf(workload)
      .inputs()
      .map(({ shape, data }, i) => {
        const file = join(folder, `${i}.f32`);
        writeFileSync(file, data);
        return { file, shape };
      });
    const output = join(folder, "output.f32");
    const answer = await send({ ...question, inputs, output });
    if (answer.kind !== "prepared") return answer;
    const bytes = readFileSync(output);
    const wrong = findWrongResult(expectation, new Float32Array(Uint8Array.from(bytes).buffer));
    if (wrong !== undefined) throw new Error(`${library}: wrong result, so it is not timed: ${wrong}`);
    return answer;
  };
  const remote = await openRemote(library, ask, () => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  // The column has the library's name, not its module's.
  return { ...remote, name: library };
};
