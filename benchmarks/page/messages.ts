// What the page's workers are told and answer.
import type { DeviceRoof } from "@millrace/core";
import type { Answer, Question } from "../answers.ts";
import type { ParticipantOptions } from "../participant.ts";
import type { Expectation } from "../workloads/check.ts";
import type { Workload } from "../workloads/index.ts";

/** A worker is started for one participant, or to compute what results are due, or to measure the device's roofs. */
export type ToWorker =
  | { readonly to: "start"; readonly participant: string; readonly options: ParticipantOptions }
  | { readonly to: "answer"; readonly question: Question }
  | { readonly to: "expect"; readonly workload: Workload }
  | { readonly to: "measure-roof"; readonly options: ParticipantOptions };

export type FromWorker =
  | Answer
  | { readonly kind: "started" }
  | { readonly kind: "expectation"; readonly expectation: Expectation }
  | { readonly kind: "roof"; readonly roof: DeviceRoof; readonly device: string };
