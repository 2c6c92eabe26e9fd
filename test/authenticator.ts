import { generateSync } from 'otplib';
import type { Parts } from '../src/parts.ts';
import type { Page } from './visitor.ts';

/** One step of a code, in milliseconds. */
export const STEP = 30_000;

/** What an authenticator app shows at a time (milliseconds) for a secret, as written on the page. */
export function codeAt(secret: string, time: number): string {
  return generateSync({ secret: secret.replaceAll(' ', ''), epoch: Math.floor(time / 1000) });
}

/** Some code that is not right around a time: another one for each `n`, up to a hundred thousand. */
export function wrongCode(secret: string, time: number, n = 0): string {
  const near = [-2, -1, 0, 1, 2].map((steps) => codeAt(secret, time + steps * STEP));
  for (let code = n * 10; ; code += 1) {
    const text = String(code).padStart(6, '0');
    if (!near.includes(text)) return text;
  }
}

/** Takes the secret that a page shows into the authenticator app. */
export function scan(page: Page): string {
  const secret = page.document
    .querySelectorAll('code')
    .map((code) => code.textContent.trim())
    .find((text) => /^[A-Z2-7 ]{32,}$/u.test(text));
  if (secret === undefined) throw new Error(`no secret on ${page.url.pathname} (${page.status})`);
  return secret;
}

/** The recovery codes that a page shows. */
export function codesOn(page: Page): string[] {
  return page.document.textContent.match(/\b(?:[0-9a-z]{4}-){5}[0-9a-z]{4}\b/gu) ?? [];
}

/** Sets up an authenticator app for an account, without pages. The code of this very step is used up by it. */
export async function addApp(
  { accounts }: Pick<Parts, 'accounts'>,
  account: { id: string; loginName: string },
  time: number,
): Promise<{ secret: string; id: string; codes: readonly string[] }> {
  const { setUp, secret } = await accounts.secondFactors.totp.begin(account);
  const answer = { setUp, code: codeAt(secret, time), name: 'Phone' };
  const { id, codes = [] } = await accounts.secondFactors.totp.confirm(account.id, answer);
  return { secret, id, codes };
}
