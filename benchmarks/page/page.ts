// The page: what is to be run, the run itself, and what it gave as charts, a table and a file.
import type { DeviceRoof } from "@millrace/core";
import type { ParticipantOptions } from "../participant.ts";
import type { RemoteParticipant } from "../remote-participant.ts";
import type { Row } from "../row.ts";
import { runCase } from "../run-case.ts";
import { suites } from "../suites/index.ts";
import { connect, openInWorker } from "./connection.ts";
import { ratioChart } from "./ratios.ts";
import { rooflineChart } from "./roofline.ts";
import { figure } from "./svg.ts";

const peerNames = { wasm: ["tfjs-wasm", "jax-js"], webgpu: ["tfjs-webgpu", "jax-js"] } as const;

/** `?run&device=wasm&suites=map,reduce&case=4M&rounds=3&milliseconds=50&software&no-peers` runs at once, for programs. */
const query = new URLSearchParams(location.search);
const rounds = Number(query.get("rounds") ?? 5);
const milliseconds = Number(query.get("milliseconds") ?? 100);
const caseFilter = query.get("case") ?? "";

const find = <E extends Element>(selector: string, kind: new () => E): E => {
  const found = document.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`the page has no ${selector}`);
  return found;
};
const status = find("#status", HTMLElement);
const form = find("form", HTMLFormElement);
const download = find("#download", HTMLButtonElement);
const messages = find("#messages", HTMLElement);

const say = (line: string): void => {
  const item = document.createElement("li");
  item.textContent = line.split("\n")[0] ?? "";
  messages.append(item);
};

/** Suites that say nothing about kernels: they take a fresh page each. */
const runnable = suites.filter(({ name, cases }) => name !== "load" && cases.length > 0);

for (const { name } of runnable) {
  const label = document.createElement("label");
  const box = Object.assign(document.createElement("input"), { type: "checkbox", name: "suite", value: name });
  box.checked = query.get("suites")?.split(",").includes(name) ?? name === "matmul";
  label.append(box, ` ${name}`);
  find("#suites", HTMLElement).append(label);
}
const wanted = query.get("device") ?? ("gpu" in navigator ? "webgpu" : "wasm");
find(`input[value=${wanted === "webgpu" ? "webgpu" : "wasm"}]`, HTMLInputElement).checked = true;

interface Run {
  readonly userAgent: string;
  readonly device: string;
  readonly roof: DeviceRoof;
  readonly rows: Row[];
}

const show = ({ rows, roof, device }: Run): void => {
  const section = (id: string, title: string, about: string, content: string): void => {
    find(`#${id}`, HTMLElement).innerHTML = `<h2>${title}</h2><p>${about}</p>${content}`;
  };
  section(
    "roofline",
    "Roofline",
    "Each dot is a case; the lines are what this device can do at most.",
    rooflineChart(rows, roof),
  );
  section("ratios", "Beside the peers", "Our speed over theirs, in the same run.", ratioChart(rows));
  const peers = [...new Set(rows.flatMap((row) => row.peers.map(({ name }) => name)))];
  const table = document.createElement("table");
  const line = (cells: readonly string[], kind: "td" | "th"): void => {
    const tr = table.insertRow();
    for (const content of cells) tr.append(Object.assign(document.createElement(kind), { textContent: content }));
  };
  line(["case", "ours", "spread", "roof", "of roof", ...peers], "th");
  for (const row of rows) {
    const ofPeer = (name: string): string => {
      const peer = row.peers.find((own) => own.name === name);
      return peer ? `${figure(peer.value).trim()} (${peer.ratio.toFixed(2)}x)` : "-";
    };
    const share = `${(100 * row.shareOfRoof).toFixed(1)} %`;
    const own = `${Number(row.value.toPrecision(3))} ${row.unit}`;
    const spread = `±${(100 * row.spread).toFixed(1)} %`;
    line(
      [`${row.suite}: ${row.case}`, own, spread, String(Number(row.roof.toPrecision(3))), share, ...peers.map(ofPeer)],
      "td",
    );
  }
  section("table", "Figures", device, "");
  find("#table", HTMLElement).append(table);
};

const runSuites = async (names: readonly string[], device: "wasm" | "webgpu"): Promise<void> => {
  const software = query.has("software");
  const threads = device === "webgpu" ? 1 : crossOriginIsolated ? navigator.hardwareConcurrency : 1;
  const options: ParticipantOptions = { threads, device, software };
  const participants: RemoteParticipant[] = [];
  const truth = connect("truth");
  try {
    status.textContent = "Measuring the device's roofs …";
    const prober = connect("roof");
    const measured = await prober.ask({ to: "measure-roof", options });
    prober.end();
    if (measured.kind !== "roof") throw new Error("the roofs were not measured");
    const ours = await openInWorker("millrace", options);
    participants.push(ours);
    for (const name of query.has("no-peers") ? [] : peerNames[device]) {
      status.textContent = `Starting ${name} …`;
      await openInWorker(name, options).then(
        (peer) => participants.push(peer),
        (error: unknown) => say(String(error)),
      );
    }
    const run: Run = { userAgent: navigator.userAgent, device: ours.device, roof: measured.roof, rows: [] };
    for (const suite of runnable.filter(({ name }) => names.includes(name)))
      for (const one of suite.cases.filter(({ name }) => name.includes(caseFilter))) {
        status.textContent = `${suite.name}: ${one.name} …`;
        try {
          const due = await truth.ask({ to: "expect", workload: one.workload });
          if (due.kind !== "expectation") throw new Error("what is due was not computed");
          const { expectation } = due;
          const peers = participants.slice(1);
          run.rows.push(
            await runCase(ours, peers, one, { suite: suite.name, threads, rounds, milliseconds, expectation, say }),
          );
          show(run);
        } catch (error) {
          say(`${suite.name}: ${one.name}: ${error instanceof Error ? error.message : error}`);
        }
      }
    download.disabled = false;
    download.onclick = () => {
      const blob = new Blob([JSON.stringify(run, null, 2)], { type: "application/json" });
      Object.assign(document.createElement("a"), {
        href: URL.createObjectURL(blob),
        download: "millrace-benchmarks.json",
      }).click();
    };
    Object.assign(globalThis, { millraceRun: run });
    status.textContent = `Done: ${run.rows.length} cases on ${ours.device}.`;
  } finally {
    truth.end();
    for (const participant of participants) participant[Symbol.dispose]();
  }
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const data = new FormData(form);
  const device = data.get("device") === "webgpu" ? "webgpu" : "wasm";
  const button = find("button[type=submit]", HTMLButtonElement);
  button.disabled = true;
  runSuites(data.getAll("suite").map(String), device)
    .catch((error: unknown) => {
      status.textContent = `Failed: ${error instanceof Error ? error.message : error}`;
    })
    .finally(() => {
      button.disabled = false;
    });
});
if (query.has("run")) form.requestSubmit();
