import type { Letter } from '../../src/accounts/accounts.ts';

/** The token in the last letter to a mailbox; empty where there is none. */
export function tokenIn(letters: readonly Letter[], to: string): string {
  const values: Readonly<Record<string, string>> = letters.findLast((letter) => letter.to === to)?.values ?? {};
  return values['token'] ?? '';
}
