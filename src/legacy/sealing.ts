import type { Seals } from '../storage/seal.ts';
import type { NewSecret } from './secret.ts';

/** Rows are of one size, but for those with very long hashes. */
const PADDING = 256;

/** What a row's secret is bound to. */
export const contextOf = (applicationId: string, nameKey: string): string => `${applicationId} ${nameKey}`;

const trueOrNot = (flag: boolean | undefined): true | undefined => (flag === true ? true : undefined);

type Sealing = Pick<Seals, 'sealPadded'>;

/**
 * What is sealed, in JSON. What is not so is left out: with it most rows would need twice the room, and an import most of
 * its time for that.
 */
export function textOf(value: Omit<NewSecret, 'seed'>): string {
  const { confirmed, blocked, secondFactor, moves, asksToMove, unsubscribed } = value;
  return JSON.stringify({
    ...value,
    confirmed: trueOrNot(confirmed),
    blocked: trueOrNot(blocked),
    secondFactor: trueOrNot(secondFactor),
    moves: trueOrNot(moves),
    asksToMove: trueOrNot(asksToMove),
    unsubscribed: trueOrNot(unsubscribed),
  });
}

function sealText(seals: Sealing, applicationId: string, nameKey: string, text: string): string {
  return seals.sealPadded('legacy-profile', contextOf(applicationId, nameKey), text, PADDING);
}

/** What stands in a row, sealed for this name at this application. */
export function sealLegacy(seals: Sealing, applicationId: string, nameKey: string, value: NewSecret): string {
  return sealText(seals, applicationId, nameKey, textOf(value));
}

/** The same of a text that `textOf` made, which has no seed yet. */
export function sealSeeded(seals: Sealing, applicationId: string, nameKey: string, seed: string, text: string): string {
  return sealText(seals, applicationId, nameKey, `{"seed":${JSON.stringify(seed)},${text.slice(1)}`);
}
