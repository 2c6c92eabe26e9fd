import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { makeLog } from '../../src/log.ts';
import { openPlace, SECOND_MAILBOX, type Place } from '../mail/leaks-place.ts';
import { leaksIn } from '../mail/outgoing.ts';
import { PEOPLE } from '../people.ts';
import { beRefused, breakDownWithMail, install, liveWithMail, PEER, SAID, stumbleOverMail } from './mail-troubles.ts';
import { ADDRESS } from './troubles.ts';

/** Longer than any line may be. */
const LONGEST = 2000;

describe.each(['sqlite', 'postgres'] as const)('the log of a life with mail on %s', (engine) => {
  const lines: string[] = [];
  /** What else was printed, past the log. */
  const printed: string[] = [];
  /** Values that must stand in no line. */
  const secrets = new Map<string, string>();
  const ofAccounts: string[] = [PEOPLE.alix.loginName];
  const ofProfiles: string[] = [];
  let place: Place;
  let folder: string;

  function keep(what: string, value: unknown): void {
    if (typeof value === 'string' && value !== '') secrets.set(`${what} ${secrets.size}`, value);
  }

  beforeAll(async () => {
    for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
      vi.spyOn(console, method).mockImplementation(
        (...words: unknown[]) => void printed.push(words.map(String).join(' ')),
      );
    }
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(...chunk.toString().split('\n').filter(Boolean));
        done();
      },
    });
    folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-quiet-'));
    await install(folder, true);
    place = await openPlace({
      engine,
      log: makeLog('trace', stream),
      settings: {
        ALUCO_SUBMISSION: '127.0.0.1:0',
        ALUCO_RELAY_PEERS: PEER,
        ALUCO_RELAY_CERTIFICATE: path.join(folder, 'relay.crt'),
        ALUCO_RELAY_CERTIFICATE_KEY: path.join(folder, 'relay.key'),
      },
    });
    const { sender, profiles } = await place.scene('alix', 'alix');
    const account = place.accounts.get('alix');
    if (account === undefined) throw new Error('alix is missing');
    await place.person('odile');
    const { secret } = await place.house.parts.applications.addSubmission(sender.application.id);
    keep('password of an application', secret);
    keep('words of the other server', SAID);
    keep('domain of the application', sender.domain);
    keep('domain of a stranger', 'stranger.example');
    keep('domain of a mailbox', 'home.example');
    keep('domain of the second mailbox', 'attic.example');
    for (const mailbox of [PEOPLE.alix.mailbox, SECOND_MAILBOX]) keep('mailbox', mailbox);
    for (const { aliasLocal } of profiles) keep('alias', aliasLocal);
    ofAccounts.push(account.id);
    ofProfiles.push(...profiles.flatMap(({ id, name, subject }) => [id, name, subject]));
    const life = { place, sender, account, profiles, folder, keep };
    for (const part of [liveWithMail, stumbleOverMail, beRefused, breakDownWithMail]) await part(life);
    for (const { from } of place.envelopes) keep('return path', from.slice(0, from.indexOf('@')));
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await place.close();
    await rm(folder, { recursive: true });
  });

  test('P9: has something to say of each kind', () => {
    const events = new Set(lines.map((line) => (JSON.parse(line) as { event: string }).event));
    expect([...events].toSorted()).toEqual([
      'database_upgraded',
      'deliveries_forgotten',
      'delivery_sealed',
      'relay_certificate_bad',
      'relay_certificate_read',
      'relay_failed',
    ]);
    expect(lines.filter((line) => line.includes('"relay_failed"')).length).toBeGreaterThan(4);
  });

  test('P9: holds no address, alias, return path, domain of a mailbox, password or word of another server', () => {
    const about = { mailboxes: [PEOPLE.alix.mailbox, SECOND_MAILBOX], networks: [ADDRESS, PEER, '127.0.0.1'] };
    expect(secrets.size).toBeGreaterThan(15);
    for (const line of lines) {
      for (const [what, secret] of secrets) expect(line.includes(secret), `${what} in ${line}`).toBe(false);
      expect(leaksIn(line, about), line).toEqual([]);
      expect(line).not.toMatch(/[\w.+-]+@[\w-]+\.\w/u);
      expect(line).not.toMatch(/\b\d{1,3}(\.\d{1,3}){3}\b/u);
    }
  });

  test('P9: names no account together with a profile', () => {
    const names = (line: string, words: readonly string[]) =>
      words.some((word) => new RegExp(`(?<![\\w-])${word}(?![\\w-])`, 'u').test(line));
    expect(lines.filter((line) => names(line, ofAccounts) && names(line, ofProfiles))).toEqual([]);
  });

  test('P9: has no long line, and is all that is printed', () => {
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(LONGEST);
    expect(printed).toEqual([]);
  });
});
