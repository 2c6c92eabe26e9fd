import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Letter } from '../../src/accounts/accounts.ts';
import { startClock } from '../../src/jobs/clock.ts';
import { makeLog } from '../../src/log.ts';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { PEOPLE } from '../people.ts';

const TOKEN = 'only-for-the-one-who-counts-everything';
const { mailbox: alix } = PEOPLE.alix;

let catcher: MailCatcher;
let house: House;

beforeAll(async () => {
  catcher = await openMailCatcher();
  const settings = {
    ALUCO_SMTP: catcher.smtp,
    ALUCO_MAIL_FROM: 'aluco@example.org',
    ALUCO_NAME: 'Le Nid',
    ALUCO_METRICS_TOKEN: TOKEN,
  };
  house = await openHouse({ settings });
});
afterAll(async () => {
  await house.close();
  await catcher.close();
});

const post = (letter: Letter): Promise<void> => {
  const { mail, storage } = house.parts;
  return storage.write((tx) => mail.post(tx, letter));
};

const recovery = {
  kind: 'recovery',
  to: alix,
  language: 'fr',
  values: { login_name: 'alix', token: 'tok-en_1' },
} as const;

/** What is counted of letters. */
async function counters(): Promise<string[]> {
  const answer = await fetch(`${house.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
  return (await answer.text()).split('\n').filter((line) => /^aluco_letters/u.test(line));
}

test('a letter to alix arrives, in both its forms, with its link, and is counted', async () => {
  await post(recovery);
  expect(await counters()).toEqual(['aluco_letters_waiting 1']);
  await house.parts.mail.deliver();
  const letter = await catcher.next(alix);
  expect(letter.from).toBe('"Le Nid" <aluco@example.org>');
  expect(letter.links).toEqual([`${house.url}/link/tok-en_1`]);
  expect(letter.html).toContain(`href="${house.url}/link/tok-en_1"`);
  expect(letter.text).toContain('identifiant est alix');
  expect(await counters()).toEqual(['aluco_letters_total{outcome="sent"} 1', 'aluco_letters_waiting 0']);
});

test('the clock sends letters by itself', async () => {
  const clock = startClock(house.parts.jobs, makeLog('silent'));
  await post(recovery);
  expect((await catcher.next(alix)).links).toHaveLength(1);
  await clock.stop();
});

test('a letter that waited while the house changed its name has the new one', async () => {
  await post(recovery);
  await house.parts.house.change({ ALUCO_CONTACT: 'odile, in person' });
  await house.renew();
  await house.parts.mail.deliver();
  expect((await catcher.next(alix)).text).toContain('odile, in person');
});
