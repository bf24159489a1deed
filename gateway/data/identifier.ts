// Row ids: UUID version 7 (RFC 9562, section 5.7) as text, made here so that a row's id is known before it is
// written. They sort by time of making, which is what keyset pages and B-tree inserts want.
import { randomFillSync } from "node:crypto";

let lastMillisecond = 0;
let counter = 0;
const random = new Uint8Array(10);

/**
 * A new UUID version 7, greater as text than every one made before it by this process.
 *
 * Within one millisecond the 12 bits after the version count up from a random start (RFC 9562, section 6.2,
 * method 1); when they are used up, or the clock steps back, the time part runs ahead of the clock.
 *
 * @example
 * const id = newIdentifier(); // "019ab6e2-7d1c-7a41-9f0e-3c5d2b1a0f9e"
 */
export function newIdentifier(now: number = Date.now()): string {
  randomFillSync(random);
  if (now > lastMillisecond) {
    lastMillisecond = now;
    // The top bit stays clear, so at least 2,048 ids fit in a millisecond.
    counter = (((random[8] ?? 0) << 8) | (random[9] ?? 0)) & 0x7ff;
  } else if (++counter > 0xfff) {
    lastMillisecond++;
    counter = 0;
  }
  const time = lastMillisecond.toString(16).padStart(12, "0");
  const sequence = counter.toString(16).padStart(3, "0");
  const variant = (0x80 | ((random[0] ?? 0) & 0x3f)).toString(16).padStart(2, "0");
  const tail = Buffer.from(random.buffer, 1, 7).toString("hex");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${sequence}-${variant}${tail.slice(0, 2)}-${tail.slice(2)}`;
}

/** Whether a text has the form of a row id: ids that come from outside are checked before they reach SQL. */
export function isIdentifier(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(text);
}

/** The tenant of a gateway that serves one household: every row bears it until tenants have tokens of their own. */
export const LOCAL_TENANT = "local";
