// A whole gateway on a folder of its own, spoken to over HTTP as an app does.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Gateway, readConfiguration, startGateway } from "../../gateway/index.ts";

/** What a test holds of a gateway that runs. */
export type RunningGateway = {
  readonly url: string;
  /** One GraphQL request; its data, or an error with the messages. */
  ask<Data>(query: string, variables?: Record<string, unknown>): Promise<Data>;
  /** Waits until a job is over. */
  finish(jobId: string): Promise<FinishedJob>;
  close(): Promise<void>;
};

export type FinishedJob = {
  state: string;
  error: { code: string; message: string; path: string[] } | null;
  modelVersion: { id: string; bundlePath: string } | null;
  datasetVersion: { id: string; rowCount: number } | null;
  predictionSet: { id: string; rowCount: number } | null;
};

/** Starts a gateway; files below `importFrom` may be imported by path. */
export const startTestGateway = async (importFrom: readonly string[]): Promise<RunningGateway> => {
  const data = await mkdtemp(path.join(tmpdir(), "millrace-gateway-"));
  const flags = [
    "--data",
    data,
    "--port",
    "0",
    "--cores",
    "2",
    ...importFrom.flatMap((folder) => ["--import-from", folder]),
  ];
  const gateway: Gateway = await startGateway(readConfiguration(flags, {}), { log: () => {} });
  const { url = "" } = gateway;
  const ask = async <Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> => {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    const answer: { data?: Data; errors?: { message: string }[] } = await response.json();
    if (answer.errors || !answer.data) throw new Error(JSON.stringify(answer.errors ?? response.status));
    return answer.data;
  };
  const finish = async (jobId: string): Promise<FinishedJob> => {
    for (;;) {
      const { node } = await ask<{ node: FinishedJob }>(
        "query ($id: ID!) { node(id: $id) { ... on Job { state error { code message path } modelVersion { id bundlePath } datasetVersion { id rowCount } predictionSet { id rowCount } } } }",
        { id: jobId },
      );
      if (!["QUEUED", "RUNNING"].includes(node.state)) return node;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return {
    url,
    ask,
    finish,
    async close() {
      await gateway.close();
      await rm(data, { recursive: true, force: true });
    },
  };
};
