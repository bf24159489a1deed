// How estimators' specifications are made: defaults, then what the caller says. One function, as a page carries them all.

/** A constructor of specifications of a kind from its defaults. */
export const constructorOf =
  <Specification extends { readonly kind: string }>(
    defaults: Specification,
  ): ((options?: Partial<Omit<Specification, "kind">>) => Specification) =>
  (options) => ({ ...defaults, ...options });
