// A GraphQL client in one file: queries and mutations over POST, subscriptions over server-sent events. Operations carry
// the types of their data and variables, so that the tour reads as any program that an app developer would write.
import { type Refusal, RequestRefused, TourFailed } from "./errors.ts";
import { readEvents } from "./events.ts";

/** A document with the types of its answer and its variables. The types exist at compile time alone. */
export type Operation<Data, Variables> = {
  readonly document: string;
  readonly types?: (variables: Variables) => Data;
};

/** A document as an operation. */
export const operation = <Data, Variables = Record<string, never>>(document: string): Operation<Data, Variables> => ({
  document,
});

/** A payload: its success, or one of the typed errors that the schema lists for it. */
export type Payload<Success extends object> = Success | Refusal;

type GraphqlError = { message: string; path?: (string | number)[]; extensions?: { code?: string } };
type GraphqlAnswer<Data> = { data?: Data | null; errors?: GraphqlError[] };

/** Asks a gateway. Every method rejects with the signal's reason once it aborts. */
export type Client = {
  readonly url: string;
  /** @throws RequestRefused when the answer has errors */
  ask<Data, Variables>(operation: Operation<Data, Variables>, variables: Variables): Promise<Data>;
  /** Each event of a subscription until the server completes it. @throws RequestRefused, TourFailed when it breaks off */
  follow<Data, Variables>(
    operation: Operation<Data, Variables>,
    variables: Variables,
  ): AsyncGenerator<Data, void, void>;
};

const isRefusal = (payload: object): payload is Refusal => "code" in payload && "message" in payload;

/**
 * The success of a payload.
 *
 * @throws RequestRefused with the typed error otherwise
 */
export const succeed = <Success extends object>(payload: Payload<Success>): Success => {
  if (isRefusal(payload)) throw new RequestRefused(payload);
  return payload;
};

/** The typed error of a payload that should be one. @throws TourFailed when the gateway took what it should refuse */
export const refused = (payload: object): Refusal => {
  if (isRefusal(payload)) return payload;
  throw new TourFailed("The gateway took a request that it should have refused.");
};

const dataOf = <Data>({ data, errors }: GraphqlAnswer<Data>): Data => {
  const [error] = errors ?? [];
  if (error) {
    const { message, path = [], extensions } = error;
    const code = extensions?.code ?? "GRAPHQL_ERROR";
    throw new RequestRefused({ __typename: "GraphQLError", code, message, path: path.map(String) });
  }
  if (data === undefined || data === null) throw new TourFailed("The gateway's answer holds neither data nor errors.");
  return data;
};

/**
 * A client of the gateway at a URL.
 *
 * @example
 * const client = createClient("http://127.0.0.1:4000", signal);
 * const { machines } = await client.ask(operation<{ machines: { name: string }[] }>("{ machines { name } }"), {});
 */
export const createClient = (url: string, signal: AbortSignal): Client => {
  const post = async (accept: string, query: string, variables: unknown, until: AbortSignal): Promise<Response> => {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept },
      body: JSON.stringify({ query, variables }),
      signal: until,
    });
    if (/json|event-stream/.test(response.headers.get("content-type") ?? "")) return response;
    throw new TourFailed(`The gateway answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
  };
  return {
    url,
    async ask<Data, Variables>({ document }: Operation<Data, Variables>, variables: Variables): Promise<Data> {
      const response = await post("application/json", document, variables, signal);
      const answer: GraphqlAnswer<Data> = await response.json();
      return dataOf(answer);
    },
    async *follow<Data, Variables>({ document }: Operation<Data, Variables>, variables: Variables) {
      const leave = new AbortController();
      try {
        const until = AbortSignal.any([signal, leave.signal]);
        const response = await post("text/event-stream", document, variables, until);
        if (response.headers.get("content-type")?.includes("json")) {
          const answer: GraphqlAnswer<Data> = await response.json();
          yield dataOf(answer);
          return;
        }
        for await (const { event, data } of readEvents(response.body ?? [])) {
          if (event === "complete") return;
          const answer: GraphqlAnswer<Data> = JSON.parse(data);
          yield dataOf(answer);
        }
        throw new TourFailed("A subscription broke off before the gateway completed it.");
      } finally {
        leave.abort();
      }
    },
  };
};
