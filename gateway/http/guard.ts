// Who may speak to the door. There are no tokens yet, so the guard keeps web pages of other sites out: a request from
// a page must be of the same origin, and the host it names must be ours (a page that rebinds its name is not).
import type { IncomingMessage } from "node:http";

/** Why a request is refused: the status and a sentence for the client; undefined lets it in. */
export type Refusal = { status: number; code: string; message: string };

/** The header that says that a request did not come from a plain form: any value does. */
export const preflightHeader = "x-millrace-request";

const hostName = (host: string): string => {
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return "";
  }
};
const isLoopback = (name: string): boolean =>
  name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || /^127(\.\d{1,3}){3}$/.test(name);

/** Refuses names that are not this server's when it listens on loopback alone (DNS rebinding). */
const refuseHost = (request: IncomingMessage, boundHost: string): Refusal | undefined => {
  const name = hostName(request.headers.host ?? "");
  const bound = boundHost.includes(":") ? `[${boundHost}]` : boundHost;
  if (!isLoopback(bound) || isLoopback(name)) return undefined;
  return { status: 421, code: "WRONG_HOST", message: "This server answers to localhost alone." };
};

const refuseOrigin = (request: IncomingMessage): Refusal | undefined => {
  const { origin, host } = request.headers;
  const site = request.headers["sec-fetch-site"];
  const foreign =
    (site !== undefined && site !== "same-origin" && site !== "none") ||
    (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`);
  if (!foreign) return undefined;
  return { status: 403, code: "CROSS_ORIGIN", message: "Requests from pages of other origins are refused." };
};

/**
 * Refuses a GraphQL POST that a browser would send for another site without asking first: one whose content type a
 * form can have, and that lacks the header `x-millrace-request`.
 */
const refuseForm = (request: IncomingMessage): Refusal | undefined => {
  if (request.method !== "POST" || request.headers[preflightHeader] !== undefined) return undefined;
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const simple = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""];
  if (!simple.includes(type)) return undefined;
  return {
    status: 415,
    code: "JSON_REQUIRED",
    message: `Send application/json, or the header ${preflightHeader}: other bodies can come from a form on any page.`,
  };
};

/** Whether a request is refused before anything reads it. */
export const refuse = (request: IncomingMessage, boundHost: string, graphql: boolean): Refusal | undefined => {
  const page = graphql && request.method === "GET" && (request.headers.accept ?? "").includes("text/html");
  return (
    refuseHost(request, boundHost) ??
    (page && !request.url?.includes("query=") ? undefined : refuseOrigin(request)) ??
    (graphql ? refuseForm(request) : undefined)
  );
};
