import { createHash } from 'node:crypto';
import type { ServiceProvider } from '../applications/applications.ts';

type WithSource = Pick<ServiceProvider, 'metadata'>;

const HOUR = 3_600_000;
/** Metadata that does not say how soon it changes is read again so often. */
const USUALLY = 6 * HOUR;
/** Nobody is asked more often, whatever their metadata says. */
const SOONEST = HOUR;
/** Each provider's pause is longer or shorter by up to this part of it, so that not all are asked at one moment. */
const SPREAD = 1 / 12;

/** Whether what we know of a service provider is past the date its metadata gave. */
export function isExpired({ metadata }: WithSource, now: number): boolean {
  return metadata?.validUntil !== undefined && metadata.validUntil <= now;
}

/**
 * Whether sign-ins may rely on what we know of a service provider. Metadata must not be used past its validUntil (SAML
 * Metadata §2.3.1 and §4.3.1): so it is where a date can do its work, because somebody renews what we read or vouches
 * for it by a signature. What an administrator gave by hand and unsigned goes on past its date, with a warning on their
 * pages: they decide, and widespread libraries write a date two days ahead into a file that is copied once.
 */
export function isUsable(provider: WithSource, now: number): boolean {
  const { metadata } = provider;
  if (metadata === undefined || !isExpired(provider, now)) return true;
  return metadata.url === undefined && metadata.keys.length === 0;
}

/** A number from -1 to 1 that is always the same for the same id, and differs between ids. */
function leaning(id: string): number {
  const [first = 0, second = 0] = createHash('sha256').update(id).digest();
  return ((first * 256 + second) / 65_535) * 2 - 1;
}

/**
 * Whether to read the metadata of a service provider again: after the time it names, or six hours; after a failure within
 * six hours; and an hour before it ends. An attempt at a time that has not come was made under a wrong clock.
 */
export function isDue({ id, metadata }: Pick<ServiceProvider, 'id' | 'metadata'>, now: number): boolean {
  if (metadata?.url === undefined) return false;
  const { takenAt, triedAt = takenAt, refreshEvery = USUALLY, validUntil = Number.POSITIVE_INFINITY } = metadata;
  const last = Math.max(takenAt, triedAt);
  const pause = metadata.problem === undefined ? refreshEvery : Math.min(USUALLY, refreshEvery);
  const planned = last + pause * (1 + SPREAD * leaning(id));
  const inTime = Math.max(last + SOONEST, validUntil - HOUR);
  return last > now + HOUR || Math.min(planned, inTime) <= now;
}
