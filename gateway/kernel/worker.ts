// The inside of a kernel thread: core runs here, so that heartbeats and requests go on outside. Tasks share the devices.
import { parentPort, workerData } from "node:worker_threads";
import { type Device, MillraceError, openDevice } from "@millrace/core";
import type { ModelAnswers } from "../domain/model/answers.ts";
import type { DeviceHint } from "../domain/model/training.ts";
import { openStore } from "../store/open.ts";
import type { ObjectStore } from "../store/store.ts";
import { fitTask } from "./fit-task.ts";
import type { Failure, FromThread, KernelOutcome, KernelTask, Report, ThreadSettings, ToThread } from "./messages.ts";
import { predictTask } from "./predict-task.ts";
import { rowsTask } from "./rows-task.ts";

/** The memory of answers, to be handed over. */
const buffersOf = (answers: ModelAnswers): ArrayBuffer[] =>
  Object.values(answers).flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []));

/** What a task works with. */
export type TaskRoom = {
  readonly settings: ThreadSettings;
  readonly store: ObjectStore;
  readonly device: Device;
  readonly signal: AbortSignal;
  /** Collects; what was collected is sent about ten times a second and with every message. */
  readonly progress: (fraction: number, message: string) => void;
  readonly point: (series: string, step: number, value: number) => void;
  readonly use: (usage: Report["usage"][number]) => void;
  /** Hands something over and waits until it is dealt with. */
  readonly hand: (message: Handed) => Promise<void>;
};

type Handed =
  | Omit<Extract<FromThread, { say: "checkpoint" }>, "id" | "report">
  | Omit<Extract<FromThread, { say: "predicted" }>, "id" | "report">;

const REPORT_MILLISECONDS = 100;

const port = parentPort;
if (port === null) throw new Error("gateway/kernel/worker.ts is the inside of a worker thread");
const settings: ThreadSettings = workerData;
const store = openStore(settings.objects, settings.limits.temporaryFolder);
const devices = new Map<DeviceHint, Promise<Device>>();

/** The device of a hint, opened once; one that was lost is opened anew for the next task. */
const deviceFor = (hint: DeviceHint): Promise<Device> => {
  const known = devices.get(hint);
  if (known) return known;
  const threads = settings.cores;
  const opening =
    hint === "deterministic"
      ? openDevice("wasm", { deterministic: true, threads })
      : openDevice(hint === "auto" ? undefined : hint, { threads });
  devices.set(hint, opening);
  opening.then(
    (device) => device.lost.then(() => devices.delete(hint)),
    () => devices.delete(hint),
  );
  return opening;
};

const placeOf = (error: object, name: "column" | "row"): unknown => Reflect.get(error, name);

const failureOf = (error: unknown): Failure => {
  if (!(error instanceof Error))
    return {
      name: "Error",
      message: String(error),
      code: undefined,
      column: undefined,
      row: undefined,
      stack: undefined,
    };
  const code: unknown = Reflect.get(error, "code");
  const [column, row] = [placeOf(error, "column"), placeOf(error, "row")];
  const isExpected = error instanceof MillraceError || "path" in error;
  return {
    name: error.name,
    message: error.message,
    code: isExpected && typeof code === "string" ? code : undefined,
    column: typeof column === "string" ? column : undefined,
    row: typeof row === "number" ? row : undefined,
    stack: error.stack,
  };
};

type Running = { readonly abort: AbortController; taken: (() => void) | undefined };
const running = new Map<number, Running>();

const runTask = (task: KernelTask, room: TaskRoom): Promise<KernelOutcome> => {
  if (task.kind === "fit") return fitTask(task, room);
  return task.kind === "predict" ? predictTask(task, room) : rowsTask(task, room);
};

const start = async (id: number, task: KernelTask): Promise<void> => {
  const own: Running = { abort: new AbortController(), taken: undefined };
  running.set(id, own);
  let progress: Report["progress"];
  let points: Report["points"][number][] = [];
  let usage: Report["usage"][number][] = [];
  let sent = performance.now();
  const report = (): Report => {
    const full: Report = { progress, points, usage };
    [progress, points, usage] = [undefined, [], []];
    sent = performance.now();
    return full;
  };
  const tell = (message: FromThread, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  const maybeReport = (): void => {
    if (performance.now() - sent >= REPORT_MILLISECONDS) tell({ id, say: "report", report: report() });
  };
  try {
    const room: TaskRoom = {
      settings,
      store: await store,
      device: await deviceFor(task.device),
      signal: own.abort.signal,
      progress: (fraction, message) => {
        progress = { fraction, message };
        maybeReport();
      },
      point: (...point) => void points.push(point),
      use: (use) => void usage.push(use),
      hand: (message) =>
        new Promise<void>((resolve) => {
          own.taken = resolve;
          const transfer = message.say === "checkpoint" ? [message.state.buffer] : buffersOf(message.answers);
          tell({ ...message, id, report: report() }, transfer);
        }),
    };
    const outcome = await runTask(task, room);
    tell({ id, say: "done", report: report(), outcome }, outcome.kind === "fit" ? [outcome.bundle.buffer] : []);
  } catch (error) {
    tell({ id, say: "failed", report: report(), failure: failureOf(error) });
  } finally {
    running.delete(id);
  }
};

/** Ends in order: a GPU device that is torn down with a read pending would take the process with it. */
const end = async (): Promise<void> => {
  for (const { abort, taken } of running.values()) {
    abort.abort();
    taken?.();
  }
  for (const opening of devices.values()) (await opening.catch(() => undefined))?.[Symbol.dispose]();
  port.close();
};

port.on("message", (message: ToThread) => {
  if (message.say === "start") void start(message.id, message.task);
  else if (message.say === "abort") running.get(message.id)?.abort.abort();
  else if (message.say === "taken") running.get(message.id)?.taken?.();
  else void end();
});
