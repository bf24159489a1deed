// The asking side of a participant, whatever carries its messages: a process's channel, or a worker's.
import type { Answer, Question } from "./answers.ts";
import type { Cost } from "./participant.ts";
import type { Expectation } from "./workloads/check.ts";
import type { Workload } from "./workloads/index.ts";
import type { Measure } from "./workloads/task.ts";

/** A participant that answers from its own process. */
export interface RemoteParticipant extends Disposable {
  readonly name: string;
  readonly version: string;
  readonly device: string;
  /** Builds, checks and warms up for turns of `milliseconds`. False where it cannot do the workload. @throws with the reason when it gave a wrong result */
  readonly prepare: (
    workload: Workload,
    expectation: Expectation,
    milliseconds: number,
  ) => Promise<false | { readonly cost: Cost | undefined }>;
  /** Prepares a roof beside the workload; gives the FLOP, bytes or launches of one run. */
  readonly prepareRoof: (measure: Measure, milliseconds: number) => Promise<number>;
  /** Seconds of one run, the median of a slice. */
  readonly slice: (of: "workload" | "roof", milliseconds: number) => Promise<number>;
}

/**
 * Opens a participant.
 * @param ask sends a question and gives its answer; rejects when the participant failed or is gone
 * @param end ends the participant
 */
export const openRemote = async (
  name: string,
  ask: (question: Question) => Promise<Exclude<Answer, { kind: "failed" }>>,
  end: () => void,
): Promise<RemoteParticipant> => {
  const unexpected = (reply: Answer): Error => new Error(`${name} answered "${reply.kind}" out of turn`);
  try {
    const opened = await ask({ ask: "open" });
    if (opened.kind !== "opened") throw unexpected(opened);
    return {
      name: opened.name,
      version: opened.version,
      device: opened.device,
      prepare: async (workload, expectation, milliseconds) => {
        const reply = await ask({ ask: "prepare", workload, expectation, milliseconds });
        if (reply.kind !== "prepared" && reply.kind !== "cannot") throw unexpected(reply);
        return reply.kind === "prepared" && { cost: reply.cost };
      },
      prepareRoof: async (measure, milliseconds) => {
        const reply = await ask({ ask: "prepare-roof", measure, milliseconds });
        if (reply.kind !== "prepared") throw unexpected(reply);
        return reply.amount;
      },
      slice: async (of, milliseconds) => {
        const reply = await ask({ ask: "slice", of, milliseconds });
        if (reply.kind !== "slice") throw unexpected(reply);
        return reply.seconds;
      },
      [Symbol.dispose]: end,
    };
  } catch (error) {
    end();
    throw error;
  }
};
