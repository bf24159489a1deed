// A profile in the Trace Event Format, which chrome://tracing and Perfetto open:
// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
import type { Profile } from "./profile.ts";

/** One event of a Chrome trace: "X" is a span (times in microseconds), "M" names a process or a thread. */
export interface ChromeTraceEvent {
  readonly name: string;
  readonly ph: "X" | "M";
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly args: Readonly<Record<string, string | number>>;
}

/** The content of a Chrome trace file. */
export interface ChromeTrace {
  readonly traceEvents: readonly ChromeTraceEvent[];
  readonly displayTimeUnit: "ms";
  readonly otherData: Readonly<Record<string, string>>;
}

/**
 * A profile as a Chrome trace: one span a timed step, with its sizes and its work; steps of the reference device in a
 * thread of their own.
 * @example await writeFile("trace.json", JSON.stringify(traceProfile(profile))); // open it in ui.perfetto.dev
 */
export const traceProfile = (profile: Profile): ChromeTrace => {
  const named = (name: string, tid: number, value: string): ChromeTraceEvent => ({
    name,
    ph: "M",
    pid: 1,
    tid,
    args: { name: value },
  });
  return {
    displayTimeUnit: "ms",
    otherData: { device: profile.device, clock: profile.clock },
    traceEvents: [
      named("process_name", 1, "Millrace"),
      named("thread_name", 1, profile.device),
      ...(profile.events.some((event) => event.fallsBack) ? [named("thread_name", 2, "reference (fallback)")] : []),
      ...profile.events.map(
        ({ name, step, begin, milliseconds, flops, bytes, fallsBack }): ChromeTraceEvent => ({
          name,
          ph: "X",
          pid: 1,
          tid: fallsBack ? 2 : 1,
          ts: 1000 * begin,
          dur: 1000 * milliseconds,
          cat: fallsBack ? "fallback" : "kernel",
          args: { step, flops, bytes },
        }),
      ),
    ],
  };
};
