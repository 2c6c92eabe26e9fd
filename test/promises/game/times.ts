import type { Sight } from './sights.ts';

/** From 2020 to 2100, in seconds. */
const EARLIEST = 1_577_836_800;
const LATEST = 4_102_444_800;

const INSTANT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?$/u;

/** The time that a value is, in seconds; nothing where it is none, or only a day. */
export function timeIn(value: Sight['value']): number | undefined {
  if (typeof value === 'string' && INSTANT.test(value)) return Math.floor(Date.parse(value) / 1000);
  if (typeof value !== 'number' && !/^\d{10}(?:\d{3})?$/u.test(String(value))) return undefined;
  const number = Number(value);
  const seconds = number > LATEST ? Math.floor(number / 1000) : number;
  return seconds > EARLIEST && seconds < LATEST ? seconds : undefined;
}

/** The day that a value is, counted from some day; nothing where it is none. */
export function dayIn(value: Sight['value']): number | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/u.test(value)) return undefined;
  return Date.parse(value) / 86_400_000;
}
