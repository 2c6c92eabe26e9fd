import { attributeOf } from './document.ts';
import { refuseMetadata } from './metadata-problem.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Metadata is read again this soon at the earliest and this late at the latest, whatever it asks for. */
const SOONEST = HOUR;
const LATEST = DAY;

const DATE_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,3})\d{0,12})?(Z|[+-]\d\d:\d\d)?$/u;
const DURATION =
  /^P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.\d{1,12})?S)?)?$/u;
const PARTS = [365 * DAY, 30 * DAY, DAY, HOUR, MINUTE, SECOND];

/** An xs:dateTime in milliseconds; one without zone is in UTC (SAML Core §1.3.3). Undefined if it is none. */
function dateTime(text: string): number | undefined {
  const match = DATE_TIME.exec(text.trim());
  if (match === null) return undefined;
  const [, seconds = '', fraction = '0', zone = 'Z'] = match;
  const time = Date.parse(`${seconds}.${fraction}${zone}`);
  return Number.isNaN(time) ? undefined : time;
}

/**
 * Until when these elements may be used, in milliseconds: the earliest validUntil of them (SAML Metadata §2.3.1).
 * @throws {UserError} metadata_invalid: valid_until_invalid, valid_until_past.
 */
export function validUntilOf(elements: readonly Element[], now: number): number | undefined {
  const times = elements.flatMap((element) => {
    const text = attributeOf(element, 'validUntil');
    return text === undefined ? [] : [dateTime(text) ?? refuseMetadata('valid_until_invalid')];
  });
  if (times.length === 0) return undefined;
  const earliest = Math.min(...times);
  if (earliest <= now) refuseMetadata('valid_until_past', { day: new Date(earliest).toISOString().slice(0, 10) });
  return earliest;
}

/** An xs:duration in milliseconds, years and months by their usual lengths; undefined if it is none, or less than nothing. */
function duration(text: string): number | undefined {
  const match = DURATION.exec(text.trim());
  if (match === null || match.slice(1).every((part) => part === undefined)) return undefined;
  return PARTS.reduce((sum, length, index) => sum + Number(match[index + 1] ?? 0) * length, 0);
}

/**
 * How soon to read metadata again, in milliseconds, between one hour and one day: the shortest cacheDuration of these
 * elements (SAML Metadata §2.3.1). Undefined if they say nothing that can be read.
 */
export function refreshEveryOf(elements: readonly Element[]): number | undefined {
  const durations = elements.flatMap((element) => duration(attributeOf(element, 'cacheDuration') ?? '') ?? []);
  return durations.length === 0 ? undefined : Math.min(LATEST, Math.max(SOONEST, Math.min(...durations)));
}
