import type { Level } from '../journey/journey.ts';

/** The two levels of assurance: one factor, or two. Coarse on purpose, whichever factors they were (P1). */
export const PASSWORD_ACR = 'urn:aluco:acr:password';
export const TWO_FACTOR_ACR = 'urn:aluco:acr:two-factor';

/** The authentication context class of a proof. */
export function acrOf(level: Level): string {
  return level === 2 ? TWO_FACTOR_ACR : PASSWORD_ACR;
}

/** The level of a session; one that says nothing of ours has proven one factor. */
export function levelOf(acr: string | undefined): Level {
  return acr === TWO_FACTOR_ACR ? 2 : 1;
}
