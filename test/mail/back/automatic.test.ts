import { expect, test } from 'vitest';
import { fc } from '../../properties.ts';
import { isAutomatic } from '../../../src/mail/back/automatic.ts';
import { readHead } from '../../../src/mail/head.ts';

const head = (...lines: string[]) => readHead(Buffer.from(lines.map((line) => `${line}\r\n`).join('')));
const ALIX = 'alix@home.example';

test.each([
  ['F7', 'Auto-Submitted: auto-replied'],
  ['F7', 'auto-submitted: (hello) Auto-Generated; x=y'],
  ['F9', 'X-Autoreply: yes'],
  ['F9', 'X-Autorespond: absent'],
  ['F9', 'X-Auto-Response-Suppress: All'],
  ['F9', 'Precedence: bulk'],
  ['F9', 'Precedence: auto_reply'],
  ['F9', 'Precedence: junk'],
  ['F9', 'Subject: Automatic reply: Your notification'],
  ['F9', 'Subject: Out of Office'],
  ['F9', 'Subject: Auto-Reply'],
  ['F9', 'Subject: Abwesenheitsnotiz: Neue Nachricht'],
  ['F9', 'Subject: Automatische Antwort: Neu'],
  ['F9', 'Subject: =?UTF-8?B?UsOpcG9uc2UgYXV0b21hdGlxdWUgOiBib25qb3Vy?='],
  ['F9', 'Subject: =?iso-8859-1?Q?R=E9ponse_automatique?='],
  ['F9', 'Subject: Absence du bureau : bonjour'],
  ['F9', 'Subject: Message d’absence'],
  ['F9', 'Subject: Respuesta automática: hola'],
  ['F9', 'Subject: Risposta automatica'],
  ['F9', 'Subject: Automatisch antwoord: hoi'],
  ['F9', 'Subject: Autosvar: hej'],
  ['F9', 'Subject: Automatyczna odpowiedź: cześć'],
  ['F9', 'Subject: 自动回复: hello'],
  ['F12', 'Content-Type: multipart/report; report-type=disposition-notification; boundary=x'],
  ['F12', 'Content-Type: Message/Disposition-Notification'],
])('%s: "%s" says that a machine wrote it', (_, line) => {
  expect(isAutomatic(ALIX, head('From: a@b.example', line))).toBe(true);
});

test('F7: the null sender is a machine, whatever the rest says', () => {
  expect(isAutomatic('', head('Subject: Re: hello'))).toBe(true);
});

test.each([
  'Subject: Re: Automatic reply settings',
  'Subject: Re: Absence of a moderator',
  'Subject: AW: Abwesenheit',
  'Subject: Absinthe',
  'Subject: hello',
  'Auto-Submitted: no',
  'Auto-Submitted: No (a person)',
  'Precedence: first-class',
  'Content-Type: text/plain',
])('"%s" may be a person', (line) => {
  expect(isAutomatic(ALIX, head('From: a@b.example', line))).toBe(false);
});

test('P8: any header is judged', () => {
  const names = fc.constantFrom('Subject', 'Precedence', 'Auto-Submitted', 'Content-Type', 'X');
  const values = fc.string({ unit: 'binary', maxLength: 3000 }).map((text) => text.replaceAll(/[\r\n\0]/gu, ' '));
  fc.assert(
    fc.property(names, values, (name, value) => {
      expect(typeof isAutomatic(ALIX, head(`${name}: ${value}`))).toBe('boolean');
    }),
  );
  for (const value of ['('.repeat(200_000), '=?'.repeat(100_000), 'auto '.repeat(40_000), 'absen'.repeat(40_000)]) {
    isAutomatic(ALIX, head(`Subject: ${value}`, `Precedence: ${value.slice(0, 60_000)}`));
  }
});
