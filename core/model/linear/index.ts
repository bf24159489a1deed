// Linear models.
export {
  type ElasticNet,
  elasticNet,
  type Lasso,
  type LinearRegression,
  lasso,
  linearRegression,
  type Ridge,
  ridge,
} from "./specification.ts";
