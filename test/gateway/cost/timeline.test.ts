import { createTimeline, type Segment } from "@millrace/gateway/job/timeline.ts";
import { expect, test } from "vitest";

const sum = (segment: Segment) => [...segment.shares.values()].reduce((total, share) => total + share, 0);
const shares = (segment: Segment) => Object.fromEntries(segment.shares);

test("time in which nothing is done is idle", () => {
  const timeline = createTimeline(1000);
  expect(timeline.busy).toBe(false);
  expect(timeline.take(1500)).toMatchObject({ from: 1000, to: 1500, shares: new Map([["idle", 500]]) });
});

test("time is divided equally among what is done, whole microseconds with the remainder to the first", () => {
  const timeline = createTimeline(0);
  timeline.enter("job/a", 10);
  timeline.enter("job/b", 20);
  timeline.enter("serve", 30);
  timeline.leave("serve", 41);
  timeline.leave("job/a", 50);
  const segment = timeline.take(60);
  // idle 0-10; a 10-20; a, b 20-30 (5 each); a, b, serve 30-41 (4, 4, 3); a, b 41-50 (5, 4); b 50-60.
  expect(shares(segment)).toEqual({ idle: 10, "job/a": 24, "job/b": 23, serve: 3 });
  expect(sum(segment)).toBe(60);
});

test("many requests at once count as one activity, until the last has ended", () => {
  const timeline = createTimeline(0);
  timeline.enter("serve", 0);
  timeline.enter("serve", 0);
  timeline.enter("job/a", 0);
  timeline.leave("serve", 100);
  timeline.leave("serve", 200);
  expect(shares(timeline.take(300))).toEqual({ serve: 100, "job/a": 200 });
});

test("a segment whose booking failed is in the next one, and one that was booked after all is taken out", () => {
  const timeline = createTimeline(0);
  timeline.enter("job/a", 0);
  const first = timeline.take(100);
  timeline.restore(first);
  const second = timeline.take(250);
  expect(second).toMatchObject({ from: 0, to: 250 });
  expect(shares(second)).toEqual({ "job/a": 250 });
  const rest = timeline.without(second, first);
  expect(rest).toMatchObject({ from: 100, to: 250 });
  expect(shares(rest)).toEqual({ "job/a": 150 });
});

test("a clock that steps back books nothing twice", () => {
  const timeline = createTimeline(100);
  timeline.enter("job/a", 90);
  expect(sum(timeline.take(80))).toBe(0);
  expect(timeline.take(200)).toMatchObject({ from: 100, to: 200 });
});

test("whatever happens, the segments follow each other and their shares add up to the time that passed", () => {
  let seed = 1;
  // The generator of POSIX.1-2001's example implementation of rand().
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let round = 0; round < 200; round++) {
    const start = random(1_000_000);
    const timeline = createTimeline(start);
    let now = start;
    let booked = 0;
    let end = start;
    for (let step = 0; step < 100; step++) {
      now += random(7) === 0 ? 0 : random(1000);
      const name = `job/${random(4)}`;
      const action = random(5);
      if (action < 2) timeline.enter(name, now);
      else if (action < 4) timeline.leave(name, now);
      else {
        const segment = timeline.take(now);
        expect(segment.from).toBe(end);
        expect(sum(segment)).toBe(segment.to - segment.from);
        if (random(3) === 0) timeline.restore(segment);
        else {
          booked += sum(segment);
          end = segment.to;
        }
      }
    }
    const last = timeline.take(now);
    expect(booked + sum(last)).toBe(now - start);
  }
});
