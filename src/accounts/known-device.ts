import { z } from 'zod';
import { randomId, SealError, type Seals } from '../storage/seal.ts';

/** How long a browser is remembered after its last sign-in, in milliseconds. */
export const KNOWN_DEVICE_LIFETIME = 365 * 86_400_000;

/** Ours are about 200 characters; a longer one is not opened. */
const MAX_LENGTH = 400;

const content = z.object({ device: z.string(), until: z.number() });

/**
 * The value by which a browser shows that it has signed in to an account before. It says nothing to who cannot open
 * it, proves nothing by itself and only decides which count a wrong password goes to.
 */
export function sealKnownDevice(seals: Seals, accountId: string, device: string | undefined, now: number): string {
  const json = JSON.stringify({ device: device ?? randomId(), until: now + KNOWN_DEVICE_LIFETIME });
  return seals.seal('known-device', accountId, json);
}

/** The device, if the value is of this account and not too old; whatever else it is, there is none. */
export function openKnownDevice(
  seals: Seals,
  accountId: string,
  value: string | undefined,
  now: number,
): string | undefined {
  if (value === undefined || value.length > MAX_LENGTH) return undefined;
  try {
    const { device, until } = content.parse(JSON.parse(seals.open('known-device', accountId, value)));
    return now < until ? device : undefined;
  } catch (error) {
    // It comes from outside: another account's, an old key's and nonsense are all the same to us.
    if (error instanceof SealError) return undefined;
    throw error;
  }
}
