// Where time goes: profiles by kernel, their table, their Chrome trace, and the roof that they are held against.
export { describeProfile } from "./describe.ts";
export { type KernelProfile, type Profile, type ProfileOptions, profiled } from "./profile.ts";
export type { ProfileEvent } from "./record.ts";
export { type DeviceRoof, measureRoof } from "./roof.ts";
export { type ChromeTrace, type ChromeTraceEvent, traceProfile } from "./trace.ts";
