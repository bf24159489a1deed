// The client against servers that answer well, refuse, and break off.
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createClient, operation, refused, succeed } from "@millrace/gateway/tour/client.ts";
import { RequestRefused, TourFailed } from "@millrace/gateway/tour/errors.ts";
import { readEvents } from "@millrace/gateway/tour/events.ts";
import { describe, expect, onTestFinished, test } from "vitest";

const serve = async (listener: RequestListener, signal = new AbortController().signal) => {
  const server = createServer(listener).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  return createClient(`http://127.0.0.1:${address.port}`, signal);
};
const answer =
  (type: string, body: string, status = 200): RequestListener =>
  (_, response) =>
    response.writeHead(status, { "content-type": type }).end(body);

const count = operation<{ count: number }>("{ count }");
const missing = {
  __typename: "MissingField",
  code: "MISSING_FIELD",
  message: "Row 0 has no mass.",
  path: ["rows", "0", "mass"],
};

const gather = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const gathered: Item[] = [];
  for await (const item of items) gathered.push(item);
  return gathered;
};

describe("an answer", () => {
  test("is given as its data", async () => {
    const client = await serve(answer("application/json", '{"data":{"count":3}}'));
    expect(await client.ask(count, {})).toEqual({ count: 3 });
  });

  test("with an error is thrown with the gateway's code, message and path", async () => {
    const error = { message: "Not an id.", path: ["node"], extensions: { code: "INVALID_ID" } };
    const client = await serve(answer("application/graphql-response+json", JSON.stringify({ errors: [error] }), 400));
    const failed = await client.ask(count, {}).catch((reason: unknown) => reason);
    expect(failed).toBeInstanceOf(RequestRefused);
    expect(failed).toMatchObject({ code: "INVALID_ID", path: ["node"] });
    expect(String(failed)).toContain("Not an id. (at node)");
  });

  test("that is no GraphQL is told with its status", async () => {
    const client = await serve(answer("text/plain", "The database is away.", 503));
    await expect(client.ask(count, {})).rejects.toThrow("503: The database is away.");
  });
});

test("a payload is its success, or is thrown as the typed error that it is", () => {
  expect(succeed({ project: { id: "a" } })).toEqual({ project: { id: "a" } });
  expect(() => succeed(missing)).toThrow("MissingField: Row 0 has no mass. (at rows.0.mass)");
  expect(refused(missing)).toEqual(missing);
  expect(() => refused({ rows: [] })).toThrow(TourFailed);
});

describe("a subscription", () => {
  const next = (value: number): string => `event: next\ndata: {"data":{"count":${value}}}\n\n`;

  test("gives each event until it is complete", async () => {
    const body = `:\n\n${next(1)}${next(2)}event: complete\ndata:\n\n${next(3)}`;
    const client = await serve(answer("text/event-stream", body));
    expect(await gather(client.follow(count, {}))).toEqual([{ count: 1 }, { count: 2 }]);
  });

  test("that breaks off before it is complete is a failure, not an end", async () => {
    const client = await serve(answer("text/event-stream", next(1)));
    await expect(gather(client.follow(count, {}))).rejects.toThrow("broke off");
  });

  test("ends with the signal's reason when it aborts", async () => {
    const stop = new AbortController();
    const client = await serve((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write(next(1));
    }, stop.signal);
    const follow = client.follow(count, {});
    await follow.next();
    const waiting = follow.next();
    stop.abort(new Error("Enough."));
    await expect(waiting).rejects.toThrow("Enough.");
  });
});

test("events are read wherever their bytes are cut", async () => {
  const bytes = new TextEncoder().encode(": ping\n\nevent: next\r\ndata: {\r\ndata: }\r\n\r\nevent: complete\n\n");
  const expected = [
    { event: "next", data: "{\n}" },
    { event: "complete", data: "" },
  ];
  for (let size = 1; size <= bytes.length; size++) {
    const pieces = [];
    for (let from = 0; from < bytes.length; from += size) pieces.push(bytes.subarray(from, from + size));
    expect(await gather(readEvents(pieces)), `pieces of ${size}`).toEqual(expected);
  }
});
