import { expect } from 'vitest';
import type { Page } from '../visitor.ts';

/** Headers that differ from answer to answer whatever was asked. */
const FLEETING = new Set(['date', 'connection', 'keep-alive', 'etag', 'set-cookie']);

/**
 * Everything a visitor can see of a page, with what is drawn at random (the journey's id, the form's token) written as
 * one word: two pages that say the same are then the same text.
 */
export function withoutChance(page: Page | undefined): string {
  if (page === undefined) throw new Error('no page');
  const journey = /^\/journey\/([^/]+)/u.exec(page.url.pathname)?.[1];
  const tokens = page.document
    .querySelectorAll('input[name=csrf]')
    .map((input) => input.getAttribute('value') ?? '')
    .filter((value) => value !== '');
  const headers = [...page.headers].filter(([name]) => !FLEETING.has(name)).toSorted();
  let text = JSON.stringify([page.status, page.url.pathname, headers, page.text]);
  for (const chance of [journey, ...tokens]) if (chance !== undefined) text = text.replaceAll(chance, 'CHANCE');
  expect(page.text.length).toBeGreaterThan(100);
  return text;
}
