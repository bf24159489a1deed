// A small GraphQL client over fetch: the tour knows the gateway through its API alone, as any other program would.
import { DomainError } from "../domain/error.ts";

/** Something in the tour did not go as it should: said in one line, and the tour ends with 1. */
export class TourFailed extends DomainError {
  readonly code = "TOUR_FAILED";
}

/** An expected failure as the API gives it. */
export type Refusal = { readonly code: string; readonly message: string; readonly path: readonly string[] };

/** A mutation's answer: its success, or a member of the union that says why not. */
export type Payload<Success> = { readonly __typename: string } & (Success | Refusal);

type Answer<Data> = { readonly data?: Data; readonly errors?: readonly { readonly message: string }[] };

export type Client = {
  readonly url: string;
  /** Asks and gives the data. @throws TourFailed with the gateway's words */
  ask<Data>(document: string, variables?: object): Promise<Data>;
  /** Follows a subscription over server-sent events until it ends. */
  follow<Data>(document: string, variables: object): AsyncGenerator<Data, void, void>;
};

const dataOf = <Data>({ data, errors }: Answer<Data>): Data => {
  if (errors !== undefined || data === undefined) {
    throw new TourFailed(`The gateway says: ${errors?.map(({ message }) => message).join("; ") ?? "no data"}`);
  }
  return data;
};

/** Whether an answer is a refusal. Successes have no member `code`. */
const isRefusal = (payload: object): payload is Refusal => "code" in payload && "message" in payload;

/** The success of a payload. @throws TourFailed when it is a refusal */
export const succeeded = <Success extends object>(payload: Payload<Success>): Success => {
  if (isRefusal(payload)) throw new TourFailed(`${payload.code} at ${payload.path.join(".")}: ${payload.message}`);
  return payload;
};

/** The fields of an expected failure, for the documents of mutations. */
export const REFUSAL = "__typename ... on Error { code message path }";

/** Makes a client of the gateway at a URL. */
export const createClient = (url: string): Client => {
  const post = (document: string, variables: object, accept: string, signal?: AbortSignal): Promise<Response> =>
    fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept },
      body: JSON.stringify({ query: document, variables }),
      ...(signal && { signal }),
    });
  return {
    url,
    async ask<Data>(document: string, variables: object = {}) {
      const response = await post(document, variables, "application/json");
      const answer: Answer<Data> = await response.json();
      return dataOf(answer);
    },
    async *follow<Data>(document: string, variables: object) {
      const leave = new AbortController();
      const response = await post(document, variables, "text/event-stream", leave.signal);
      try {
        const decoder = new TextDecoder();
        let text = "";
        for await (const piece of response.body ?? []) {
          text += decoder.decode(piece, { stream: true });
          for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
            const lines = text.slice(0, end).split("\n");
            text = text.slice(end + 2);
            if (lines.includes("event: complete")) return;
            const data = lines.find((line) => line.startsWith("data: "));
            if (data === undefined) continue;
            const answer: Answer<Data> = JSON.parse(data.slice("data: ".length));
            yield dataOf(answer);
          }
        }
      } finally {
        leave.abort();
      }
    },
  };
};
