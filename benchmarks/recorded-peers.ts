// Figures of peers that a run without Python cannot have: kept from a run that had it, with the roof that this machine had
// then. Scaled by what the roof of the case is now over what it was: a guess, marked as one, that knows only how fast cores
// and memory are.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DeviceRoof } from "@millrace/core";
import type { Machine } from "./machine.ts";
import type { PeerResult, Row } from "./row.ts";

const folder = join(import.meta.dirname, "recorded");

/** One case at one number of threads. */
export interface RecordedFigure {
  readonly case: string;
  readonly threads: number;
  readonly value: number;
  readonly spread: number;
  /** Of the same run, in the same unit. */
  readonly roof: number;
}

export interface RecordedPeer {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly machine: Machine;
  /** What the machine could do then on one thread, multiply-adds and copies. */
  readonly roofs: DeviceRoof;
  readonly figures: readonly RecordedFigure[];
}

const licences: Readonly<Record<string, string>> = { lightgbm: "MIT", "scikit-learn": "BSD-3-Clause" };

export const readRecordedPeers = (): readonly RecordedPeer[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".json"))
        .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")))
    : [];

/** The row with the recorded peers that were not run beside it. */
export const withRecordedPeers = (row: Row, recorded: readonly RecordedPeer[]): Row => {
  const added = recorded.flatMap(({ name, version, figures }): PeerResult[] => {
    if (row.peers.some((peer) => peer.name === name)) return [];
    const figure = figures.find((one) => one.case === row.case && one.threads === row.threads);
    if (!figure) return [];
    const value = figure.value * (row.roof / figure.roof);
    return [{ name, version: `${version}, recorded`, value, spread: figure.spread, ratio: row.value / value }];
  });
  return { ...row, peers: [...row.peers, ...added] };
};

/** What a run says of a peer, over what was recorded of it before. */
export const recordedPeerOf = (
  name: string,
  rows: readonly Row[],
  machine: Machine,
  roofs: RecordedPeer["roofs"],
  before: RecordedPeer | undefined,
): RecordedPeer | undefined => {
  const now = rows.flatMap((row) => {
    const peer = row.peers.find((one) => one.name === name && !one.version.endsWith("recorded"));
    if (!peer) return [];
    const { value, spread, version } = peer;
    return [{ version, figure: { case: row.case, threads: row.threads, value, spread, roof: row.roof } }];
  });
  const [first] = now;
  if (!first) return undefined;
  const figures = now.map(({ figure }) => figure);
  const kept = before?.figures.filter(
    (old) => !figures.some((one) => one.case === old.case && one.threads === old.threads),
  );
  return {
    name,
    version: first.version,
    licence: licences[name] ?? "unknown",
    machine,
    roofs,
    figures: [...(kept ?? []), ...figures],
  };
};

export const recordedFile = (name: string): string => join(folder, `${name}.json`);
