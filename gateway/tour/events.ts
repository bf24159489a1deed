// Server-sent events as text: https://html.spec.whatwg.org/multipage/server-sent-events.html, of which GraphQL over SSE
// uses the fields `event` and `data`.

/** One event; `event` is "message" unless the server named it. */
export type ServerEvent = { readonly event: string; readonly data: string };

const parseEvent = (block: string): ServerEvent | undefined => {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    // A line that begins with a colon is a comment: the server's sign of life.
    if (colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
  return event === "message" && data.length === 0 ? undefined : { event, data: data.join("\n") };
};

/**
 * Reads events from a body, wherever its pieces are cut.
 *
 * @example
 * for await (const { event, data } of readEvents(response.body)) console.log(event, data);
 */
export async function* readEvents(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<ServerEvent, void, void> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of body) {
    text = (text + decoder.decode(piece, { stream: true })).replaceAll("\r\n", "\n");
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const event = parseEvent(text.slice(0, end));
      text = text.slice(end + 2);
      if (event) yield event;
    }
  }
}
