// How values become values of the five column types, as SQL over one column: what counts as which type in text, what
// a typed column of a file maps to, and when a value does not fit.
import type { ColumnTypeName } from "./schema.ts";

/** A column's way into the dataset. `value` gives the typed value; where `valid` is not true the value does not fit. */
export type Conversion = {
  readonly type: ColumnTypeName;
  readonly value: string;
  /** SQL that is true for a value that fits; undefined when every value does. */
  readonly valid?: string;
  /** SQL that is true for a value that does not fit only because it is an integer beyond 2^53 - 1. */
  readonly outOfRange?: string;
};

const LARGEST = "9007199254740991";
const TIMESTAMP_PATTERN =
  "\\d{4}-\\d{2}-\\d{2}([ T]\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?)?(Z|[+-](0\\d|1[0-5])(:?[0-5]\\d)?)?";
const FLOAT_PATTERN = "[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?";
const NOT_FINITE_PATTERN = "(?i)[+-]?(inf|infinity|nan)";

const matches = (value: string, pattern: string): string => `regexp_full_match(${value}, '${pattern}')`;
/** A time without seconds before its zone, which DuckDB does not take, gets them. */
const withSeconds = (value: string): string =>
  `(case when substring(${value}, 17, 1) in ('Z', '+', '-') then substring(${value}, 1, 16) || ':00' || substring(${value}, 17) else ${value} end)`;
const utc = (value: string): string => `(try_cast(${withSeconds(value)} as timestamptz) at time zone 'UTC')`;
const exact = (value: string): string => `coalesce(abs(try_cast(${value} as hugeint)) <= ${LARGEST}, false)`;

/** NaN is missing: a dataset knows one kind of absence. Infinities and the sign of zero are kept. */
export const withoutNaN = (value: string): string => `(case when isnan(${value}) then null else ${value} end)`;

/** The classes of a text, for inference. */
export type TextClass = "INTEGER" | "LARGE_INTEGER" | "LEADING_ZERO" | "FLOAT" | "BOOLEAN" | "TIMESTAMP" | "TEXT";

/**
 * SQL for the class of a text: an integer without sign "+" or leading zeros, one beyond 2^53 - 1, digits with a leading
 * zero (an identifier, not a number), a decimal or exponent number, true or false in any case, an ISO 8601 date or time.
 *
 * The first byte (43 to 57 are + , - . / and the digits; f, i, n, t) spares most texts every pattern, and most integers
 * are told by a cast that gives the same text back.
 */
export const textClass = (value: string): string => `case
  when ${value} is null then null
  when ascii(${value}) between 43 and 57 then case
    when substring(${value}, 5, 1) = '-' and ${matches(value, TIMESTAMP_PATTERN)} and ${utc(value)} is not null then 'TIMESTAMP'
    when try_cast(${value} as bigint)::varchar = ${value} then case
      when try_cast(${value} as bigint) between -${LARGEST} and ${LARGEST} then 'INTEGER' else 'LARGE_INTEGER' end
    when ${matches(value, "-?0")} then 'INTEGER'
    when ${matches(value, "-?[1-9]\\d*")} then 'LARGE_INTEGER'
    when ${matches(value, "-?0\\d+")} then 'LEADING_ZERO'
    when ${matches(value, FLOAT_PATTERN)} and not starts_with(${value}, '+') and isfinite(try_cast(${value} as double)) then 'FLOAT'
    when ${matches(value, NOT_FINITE_PATTERN)} then 'FLOAT'
    else 'TEXT' end
  when ascii(lower(${value})) in (102, 105, 110, 116) then case
    when ${matches(value, "(?i)true|false")} then 'BOOLEAN'
    when ${matches(value, NOT_FINITE_PATTERN)} then 'FLOAT'
    else 'TEXT' end
  else 'TEXT' end`;

/** The conversion of text to a type. Declared types take a leading "+" and leading zeros, which inference does not. */
export const convertText = (value: string, type: ColumnTypeName): Conversion => {
  switch (type) {
    case "TEXT":
      return { type, value };
    case "INTEGER":
      return {
        type,
        value: `try_cast(${value} as bigint)`,
        valid: `(${matches(value, "[+-]?\\d+")} and ${exact(value)})`,
        outOfRange: `(${matches(value, "[+-]?\\d+")} and not ${exact(value)})`,
      };
    case "FLOAT": {
      const number = `try_cast(${value} as double)`;
      const finite = `(${matches(value, FLOAT_PATTERN)} and isfinite(${number}))`;
      return { type, value: withoutNaN(number), valid: `(${finite} or ${matches(value, NOT_FINITE_PATTERN)})` };
    }
    case "BOOLEAN":
      return { type, value: `(lower(${value}) = 'true')`, valid: matches(value, "(?i)true|false") };
    case "TIMESTAMP":
      return { type, value: utc(value), valid: `(${matches(value, TIMESTAMP_PATTERN)} and ${utc(value)} is not null)` };
  }
};

const SMALL_INTEGER = /^(U?TINYINT|U?SMALLINT|U?INTEGER)$/;
const LARGE_INTEGER = /^(U?BIGINT|U?HUGEINT|BIGNUM|DECIMAL\(\d+,0\))$/;
const FLOATING = /^(FLOAT|DOUBLE|DECIMAL\(\d+,\d+\))$/;
const TEXTUAL = /^(VARCHAR|UUID|TIME.*|ENUM.*|JSON)$/;
const INSTANT = /^(DATE|TIMESTAMP.*|TIMESTAMP WITH TIME ZONE)$/;

/** What a typed column of a file is, before any declaration; undefined when a dataset has no place for it. */
export const naturalType = (duckdbType: string): ColumnTypeName | undefined => {
  if (duckdbType === "BOOLEAN") return "BOOLEAN";
  if (SMALL_INTEGER.test(duckdbType) || LARGE_INTEGER.test(duckdbType)) return "INTEGER";
  if (FLOATING.test(duckdbType)) return "FLOAT";
  if (INSTANT.test(duckdbType)) return "TIMESTAMP";
  return TEXTUAL.test(duckdbType) ? "TEXT" : undefined;
};

const instant = (value: string, duckdbType: string): string =>
  duckdbType === "TIMESTAMP WITH TIME ZONE"
    ? `(${value} at time zone 'UTC')`
    : duckdbType === "TIMESTAMP"
      ? value
      : `try_cast(${value} as timestamp)`;

const convertSame = (value: string, duckdbType: string, type: ColumnTypeName): Conversion => {
  switch (type) {
    case "INTEGER":
      return SMALL_INTEGER.test(duckdbType)
        ? { type, value: `${value}::bigint` }
        : {
            type,
            value: `try_cast(${value} as bigint)`,
            valid: `(${value} between -${LARGEST} and ${LARGEST})`,
            outOfRange: "true",
          };
    case "FLOAT":
      return { type, value: withoutNaN(`${value}::double`) };
    case "TIMESTAMP": {
      const moment = instant(value, duckdbType);
      return {
        type,
        value: moment,
        valid: `coalesce(${moment} between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999', false)`,
      };
    }
    case "BOOLEAN":
      return { type, value };
    case "TEXT":
      return { type, value: duckdbType === "VARCHAR" ? value : `${value}::varchar` };
  }
};

const isNested = (duckdbType: string): boolean => /(\[\d*\]$)|^(STRUCT|MAP|UNION)\(/.test(duckdbType);

/** The conversion of a typed column to a type; undefined when a dataset has no place for what the column holds. */
export const convertTyped = (value: string, duckdbType: string, type: ColumnTypeName): Conversion | undefined => {
  const natural = naturalType(duckdbType);
  if (natural === type) return convertSame(value, duckdbType, type);
  if (type === "TEXT")
    return { type, value: isNested(duckdbType) ? `to_json(${value})::varchar` : `${value}::varchar` };
  if (natural === undefined) return undefined;
  if (type === "FLOAT" && natural === "INTEGER") return { type, value: `${value}::double` };
  if (type === "INTEGER" && natural === "FLOAT") {
    const whole = `(isnan(${value}::double) or (${value} = trunc(${value}) and abs(${value}) <= ${LARGEST}))`;
    return { type, value: `try_cast(${withoutNaN(`${value}::double`)} as bigint)`, valid: whole };
  }
  return convertText(`${value}::varchar`, type);
};
