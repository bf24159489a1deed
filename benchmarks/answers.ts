// A participant's side of the talk, in a process of Node or a worker of a page: it builds what is asked for, checks it, and
// times slices when it is its turn. Whoever is not at turn waits for a message and uses no core.
import { timeSlice, warmUp } from "./measure.ts";
import type { Cost, Participant, Prepared, RoofParticipant } from "./participant.ts";
import { type Expectation, findWrongResult } from "./workloads/check.ts";
import type { Workload } from "./workloads/index.ts";
import type { Measure } from "./workloads/task.ts";

/** What the parent may ask. Every question has one answer. */
export type Question =
  | { readonly ask: "open" }
  | {
      readonly ask: "prepare";
      readonly workload: Workload;
      readonly expectation: Expectation;
      readonly milliseconds: number;
    }
  | { readonly ask: "prepare-roof"; readonly measure: Measure; readonly milliseconds: number }
  | { readonly ask: "slice"; readonly milliseconds: number; readonly of: "workload" | "roof" };

export type Answer =
  | { readonly kind: "opened"; readonly name: string; readonly version: string; readonly device: string }
  | { readonly kind: "prepared"; readonly amount: number; readonly cost?: Cost | undefined }
  | { readonly kind: "cannot" }
  | { readonly kind: "slice"; readonly seconds: number; readonly runs: number }
  | { readonly kind: "failed"; readonly message: string };

const hasRoofs = (value: Participant): value is RoofParticipant => "prepareRoof" in value;

/** What answers questions for a participant, which it opens when asked to; failures are answers too. */
export const answering = (open: () => Promise<Participant>): ((question: Question) => Promise<Answer>) => {
  let participant: Participant | undefined;
  const prepared: Partial<Record<"workload" | "roof", { readonly call: Prepared; readonly repeats: number }>> = {};

  const keep = async (of: "workload" | "roof", call: Prepared, milliseconds: number): Promise<void> => {
    prepared[of] = { call, repeats: await warmUp(call, milliseconds) };
  };

  const forget = (of: "workload" | "roof"): void => {
    prepared[of]?.call.dispose();
    delete prepared[of];
  };

  const answer = async (question: Question): Promise<Answer> => {
    if (question.ask === "open") {
      participant = await open();
      return { kind: "opened", name: participant.name, version: participant.version, device: participant.device };
    }
    if (participant === undefined) throw new Error(`a participant was asked to ${question.ask} before it was opened`);
    if (question.ask === "prepare") {
      forget("workload");
      forget("roof");
      const call = await participant.prepare(question.workload);
      if (call === undefined) return { kind: "cannot" };
      const wrong = findWrongResult(question.expectation, await call.output());
      if (wrong !== undefined) {
        call.dispose();
        throw new Error(`wrong result, so it is not timed: ${wrong}`);
      }
      await keep("workload", call, question.milliseconds);
      return { kind: "prepared", amount: 0, cost: call.cost };
    }
    if (question.ask === "prepare-roof") {
      if (!hasRoofs(participant)) throw new Error(`${participant.name} measures no roofs`);
      forget("roof");
      const call = await participant.prepareRoof(question.measure);
      await keep("roof", call, question.milliseconds);
      return { kind: "prepared", amount: call.amount };
    }
    const ready = prepared[question.of];
    if (ready === undefined) throw new Error(`asked for a slice of a ${question.of} that is not prepared`);
    return { kind: "slice", ...(await timeSlice(ready.call, question.milliseconds, ready.repeats)) };
  };
  return (question) =>
    answer(question).catch((error: unknown) => ({
      kind: "failed",
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }));
};
