// The page's side of its workers: one question at a time, each with its answer or an error that names who failed.
import type { ParticipantOptions } from "../participant.ts";
import { openRemote, type RemoteParticipant } from "../remote-participant.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

export interface Connection {
  readonly ask: (message: ToWorker) => Promise<Exclude<FromWorker, { kind: "failed" }>>;
  readonly end: () => void;
}

export const connect = (name: string): Connection => {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name });
  return {
    ask: (message) =>
      new Promise((fulfil, reject) => {
        worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
          if (data.kind === "failed") reject(new Error(`${name}: ${data.message}`));
          else fulfil(data);
        };
        worker.onerror = (event) => reject(new Error(`${name}: ${event.message || "its worker did not start"}`));
        worker.postMessage(message);
      }),
    end: () => worker.terminate(),
  };
};

/** Opens a participant in a worker of its own. */
export const openInWorker = async (participant: string, options: ParticipantOptions): Promise<RemoteParticipant> => {
  const { ask, end } = connect(participant);
  await ask({ to: "start", participant, options });
  return openRemote(
    participant,
    async (question) => {
      const reply = await ask({ to: "answer", question });
      if (reply.kind === "started" || reply.kind === "expectation" || reply.kind === "roof")
        throw new Error(`${participant} answered "${reply.kind}" out of turn`);
      return reply;
    },
    end,
  );
};
