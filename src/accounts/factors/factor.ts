import { z } from 'zod';
import { UserError } from '../../errors.ts';
import type { FactorKind } from '../credentials.ts';

/** What somebody shows to prove a second factor, as it came from their browser: of one kind, and of no other. */
export type FactorAnswer =
  | { readonly kind: 'totp'; readonly code: string }
  | { readonly kind: 'recovery-code'; readonly code: string }
  /** `response`: what the authenticator said, as JSON. `place`: the id of the journey that asked. */
  | { readonly kind: 'passkey'; readonly response: string; readonly place: string };

/** What proves a second factor: the kinds an account sets up, and the codes that stand in for them. */
export type ProofKind = FactorAnswer['kind'];

/** One kind of second factor. How often somebody may answer is counted over all kinds together, by who calls this. */
export type Factor<K extends ProofKind> = {
  readonly kind: K;
  /**
   * Whether the answer is right for this account. A right one is used up by this: of several requests with the same
   * answer, on whatever nodes, exactly one is told so. What came from outside never makes it throw.
   */
  prove(accountId: string, answer: Extract<FactorAnswer, { kind: K }>): Promise<boolean>;
};

/** What the sealed content of every factor holds, whatever else its kind adds. */
export const factorContent = z.looseObject({
  /** What its owner calls it; empty where they did not say. */
  name: z.string(),
  /** When it was added (YYYY-MM): an account's dates are months (P1). */
  month: z.string(),
});

/** A factor as its owner sees it. `month` is YYYY-MM. */
export type Held = { readonly id: string; readonly kind: FactorKind; readonly name: string; readonly month: string };

/** How long the name of a factor may be, in characters. */
export const FACTOR_NAME_MAX = 40;

/**
 * The name of a factor as it is kept: NFC, on one line; it may be empty.
 * @throws {UserError} factor_name_invalid{max}
 */
export function parseFactorName(text: string): string {
  const name = text.length > 4 * FACTOR_NAME_MAX ? '\n' : text.normalize('NFC').trim();
  if ([...name].length > FACTOR_NAME_MAX || /[\p{C}\p{Zl}\p{Zp}]/u.test(name)) {
    throw new UserError('factor_name_invalid', { max: FACTOR_NAME_MAX });
  }
  return name;
}
