// A worker of the page: the home of one participant, as a process is in Node.
import { measureRoof } from "@millrace/core";
import { answering } from "../answers.ts";
import { openDeviceFor, prepareOn } from "../millrace-prepare.ts";
import type { OpenParticipant, ParticipantOptions, RoofParticipant } from "../participant.ts";
import { prepareRoof } from "../roof.ts";
import { expectationOf } from "../workloads/check.ts";
import { taskOf } from "../workloads/index.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

const openMillrace = async (options: ParticipantOptions): Promise<RoofParticipant> => {
  const device = await openDeviceFor(options);
  return {
    name: "millrace",
    version: "of this page",
    device: device.name,
    prepare: (workload) => prepareOn(device, workload),
    prepareRoof: (measure) => prepareRoof(device, measure),
  };
};

/** Peers' adapters are checked apart, with the peers' own types. */
const openPeer = async (name: string, options: ParticipantOptions) => {
  const address = new URL(`../peers/page-${name.startsWith("tfjs") ? "tfjs" : name}.ts`, import.meta.url).href;
  const adapter: { default: OpenParticipant } = await import(/* @vite-ignore */ address);
  return adapter.default(options);
};

let answer: ReturnType<typeof answering> | undefined;

const reply = async (message: ToWorker): Promise<FromWorker> => {
  switch (message.to) {
    case "start": {
      const { participant, options } = message;
      answer = answering(() => (participant === "millrace" ? openMillrace(options) : openPeer(participant, options)));
      return { kind: "started" };
    }
    case "answer":
      if (answer === undefined) throw new Error("a worker was asked before it was started");
      return answer(message.question);
    case "expect":
      return { kind: "expectation", expectation: expectationOf(taskOf(message.workload)) };
    case "measure-roof": {
      using device = await openDeviceFor(message.options);
      const roof = await measureRoof(device);
      if (roof === undefined) throw new Error(`${device.name} has no roof`);
      return { kind: "roof", roof, device: device.name };
    }
  }
};

globalThis.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  reply(data)
    .catch((error: unknown): FromWorker => ({ kind: "failed", message: String(error) }))
    .then((value) => globalThis.postMessage(value));
};
