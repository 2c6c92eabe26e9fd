import { solveChallenge, type Challenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import type { WorkAsked } from '../views/parts/Work.tsx';
import { translator } from '../views/text.ts';
import type { Page, Visitor } from './visitor.ts';

/** The proof of work for a challenge, as the script of the page sends it: in the field `work_proof`. */
export async function proofFor(challenge: string): Promise<string> {
  const asked = JSON.parse(challenge) as Challenge;
  const solution = await solveChallenge({ challenge: asked, deriveKey });
  return Buffer.from(JSON.stringify({ challenge: asked, solution })).toString('base64');
}

/** What somebody with scripts sends with the form of this page. It takes as long as it is meant to. */
export async function worked(page: Page): Promise<{ work_proof: string }> {
  const challenge = page.document.querySelector('[data-challenge]')?.getAttribute('data-challenge');
  if (challenge === undefined) throw new Error(`no work is asked for on ${page.url.pathname}`);
  return { work_proof: await proofFor(challenge.replaceAll('&quot;', '"')) };
}

const PLACES = ['first', 'second', 'third', 'fourth', 'fifth', 'last'];

/** What somebody without scripts sends with the form of this page, which is in English. Costs nothing, but counts by network. */
export function answered(page: Page): { work: string } {
  const label = page.document.querySelector('label[for=work]')?.textContent ?? '';
  const [, place = '', words = ''] = /Copy the (\w+) of these words: ([\w, ]+)/u.exec(label) ?? [];
  const word = words.trim().split(', ')[PLACES.indexOf(place)];
  if (word === undefined) throw new Error(`no question on ${page.url.pathname}: ${label}`);
  return { work: word };
}

/** The word that a question asks for. */
export function answerTo({ question }: WorkAsked, language: 'fr' | 'en'): string {
  return translator(language)('work.words').split(' ')[question.words[question.place - 1] ?? -1] ?? '';
}

/** Sends the sign-in form of a page, and once more with the answer where it is asked for: after a few failures it is. */
export async function signInOn(visitor: Visitor, page: Page, login: string, password: string): Promise<Page> {
  const next = await visitor.submit(page, '/sign-in', { login, password });
  if (next.document.querySelector('label[for=work]') === null) return next;
  return visitor.submit(next, '/sign-in', { login, password, ...answered(next) });
}

/** What a form that is sent by hand has to carry after the page shown last: the question and its answer, where there is one. */
export function workOn(page: Page): Record<string, string> {
  const question = page.document.querySelector('input[name=work_question]')?.getAttribute('value');
  return question === undefined ? {} : { work_question: question, ...answered(page) };
}
