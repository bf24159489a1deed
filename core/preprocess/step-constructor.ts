// Constructors of steps: their defaults, with what is told instead.

export const step =
  <Step extends { readonly kind: string }>(defaults: Step) =>
  (options: Partial<Omit<Step, "kind">> = {}): Step => ({ ...defaults, ...options });
