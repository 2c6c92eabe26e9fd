import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { PEOPLE } from '../people.ts';

let catcher: MailCatcher;
let house: House;

beforeAll(async () => {
  catcher = await openMailCatcher();
  house = await openHouse({ settings: { ALUCO_SMTP: catcher.smtp, ALUCO_MAIL_FROM: 'aluco@example.org' } });
});
afterAll(async () => {
  await house.close();
  await catcher.close();
});

test('a letter to alix arrives, in both its forms, with its link', async () => {
  const { mail, storage } = house.parts;
  const to = PEOPLE.alix.mailbox;
  await storage.write((tx) =>
    mail.post(tx, { kind: 'recovery', to, language: 'fr', values: { login_name: 'alix', token: 'tok-en_1' } }),
  );
  await mail.deliver();
  const letter = await catcher.next(to);
  expect(letter.from).toContain('aluco@example.org');
  expect(letter.links).toEqual([`${house.url}/link/tok-en_1`]);
  expect(letter.html).toContain(`href="${house.url}/link/tok-en_1"`);
  expect(await mail.waiting()).toBe(0);
});
