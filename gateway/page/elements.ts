// The page's elements by id, and faults shown where people look.

/** An element of the page by id. @throws Error when the page has no such element of that kind */
export const element = <E extends Element>(id: string, kind: abstract new () => E): E => {
  const found = document.getElementById(id) as unknown;
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} #${id}`);
};

/** Runs an action and shows what went wrong. */
export const guarded = async (action: () => Promise<void>): Promise<void> => {
  const fault = element("fault", HTMLOutputElement);
  fault.textContent = "";
  try {
    await action();
  } catch (error) {
    fault.textContent = error instanceof Error ? error.message : String(error);
  }
};

/** Fills a select with options. */
export const fillSelect = (
  select: HTMLSelectElement,
  options: readonly (readonly [value: string, text: string])[],
): void => {
  select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
};
