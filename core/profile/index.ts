// Where time goes: profiles by kernel, their table, their Chrome trace, and the roof that they are held against.
export { describeProfile } from "./describe.ts";
export type { KernelProfile, Profile, ProfileOptions } from "./profile.ts";
export { measureRoof, profiled } from "./profiled.ts";
export type { ProfileEvent } from "./record.ts";
export { type ChromeTrace, type ChromeTraceEvent, traceProfile } from "./trace.ts";
