// The forms of door-forms.ts, in one chunk.
export { deriveDates } from "./derive-dates.ts";
export { encodeHashed } from "./encode-hashed.ts";
export { foldOf } from "./fold.ts";
