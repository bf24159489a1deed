// Naive Bayes: Gaussian, multinomial, Bernoulli.
export * from "./specification.ts";
