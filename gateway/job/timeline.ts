// A machine's time as arithmetic: every microsecond from the first to the last belongs to exactly one activity. No
// clock and no database here, so that the sum can be checked on its own.

/** An activity's name in the ledger: `job/<id>`, `serve`, `idle`. */
export type ActivityName = string;
/** What the machine does when it does nothing else. */
export const IDLE: ActivityName = "idle";

/** A stretch of time to be booked: the shares add up to `to - from`. */
export type Segment = {
  readonly from: number;
  readonly to: number;
  readonly shares: ReadonlyMap<ActivityName, number>;
};

/** The open end of a machine's time. All times are whole microseconds since 1970. */
export type Timeline = {
  /** Begins an activity; one that is begun twice lasts until it has ended twice, and counts as one. */
  enter(activity: ActivityName, now: number): void;
  leave(activity: ActivityName, now: number): void;
  /** Whether anything but idling happened since the last segment was taken. */
  readonly busy: boolean;
  /** Where the last segment that was taken ends. */
  readonly takenTo: number;
  /** Takes everything up to now. */
  take(now: number): Segment;
  /** Puts back a segment whose booking failed: the next one covers it too. */
  restore(segment: Segment): void;
  /** Takes out of a segment what turned out to be booked already. */
  without(segment: Segment, booked: Segment): Segment;
};

/** Starts a timeline at a mark. */
export function createTimeline(mark: number): Timeline {
  const active = new Map<ActivityName, number>();
  let shares = new Map<ActivityName, number>();
  let takenTo = mark;
  let reached = mark;

  /** Divides the time since the last change equally, in whole microseconds; the first activities get the remainder. */
  function advance(now: number): void {
    const elapsed = Math.max(0, now - reached);
    if (elapsed === 0) return;
    reached = now;
    const names = active.size === 0 ? [IDLE] : [...active.keys()];
    const share = Math.floor(elapsed / names.length);
    const remainder = elapsed - share * names.length;
    names.forEach((name, index) => {
      const microseconds = share + (index < remainder ? 1 : 0);
      if (microseconds > 0) shares.set(name, (shares.get(name) ?? 0) + microseconds);
    });
  }

  return {
    enter(activity, now) {
      advance(now);
      active.set(activity, (active.get(activity) ?? 0) + 1);
    },
    leave(activity, now) {
      advance(now);
      const count = active.get(activity) ?? 0;
      if (count <= 1) active.delete(activity);
      else active.set(activity, count - 1);
    },
    get busy() {
      return active.size > 0 || [...shares.keys()].some((name) => name !== IDLE);
    },
    get takenTo() {
      return takenTo;
    },
    take(now) {
      advance(now);
      const segment = { from: takenTo, to: reached, shares };
      takenTo = reached;
      shares = new Map();
      return segment;
    },
    restore(segment) {
      takenTo = segment.from;
      for (const [name, share] of segment.shares) shares.set(name, (shares.get(name) ?? 0) + share);
    },
    without(segment, booked) {
      const rest = new Map(segment.shares);
      for (const [name, share] of booked.shares) {
        const left = (rest.get(name) ?? 0) - share;
        if (left > 0) rest.set(name, left);
        else rest.delete(name);
      }
      return { from: booked.to, to: segment.to, shares: rest };
    },
  };
}
