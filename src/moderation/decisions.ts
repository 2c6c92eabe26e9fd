import { parseWords, type Account } from '../accounts/accounts.ts';
import type { Application } from '../applications/applications.ts';
import { reasonOf } from './reasons.ts';

/** How long what moderators write may be, in characters. */
export const DECISION_WORDS = { min: 0, max: 500 } as const;
export const NOTE_WORDS = { min: 1, max: 1000 } as const;

/** For how many days a profile may be blocked, where it is not for good. */
export const BLOCK_DAYS = { min: 1, max: 365 } as const;

/** Why: the id of one of the application's reasons, and words of one's own, which may be empty. */
export type Why = { readonly reason: string; readonly words: string };

/** The same as it is kept: the reason as it reads now. */
export type KeptWhy = { readonly reason: { readonly fr: string; readonly en: string }; readonly words: string };

/** @throws {UserError} reason_unknown, words_too_many{max} */
export function checkWhy(application: Application, { reason, words }: Why): KeptWhy {
  return { reason: reasonOf(application, reason), words: parseWords(words, DECISION_WORDS) };
}

/** The reason in the language of whoever reads it. */
export function reasonFor(owner: Pick<Account, 'language'>, { reason }: KeptWhy): string {
  return reason[owner.language];
}
