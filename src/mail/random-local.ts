import { randomInt } from 'node:crypto';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 20;

/**
 * A local part that nobody guesses: 20 letters and digits, 103 random bits. Return paths and the addresses of
 * correspondents look alike, and none is ever derived from anything.
 */
export function randomLocal(): string {
  return Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}
