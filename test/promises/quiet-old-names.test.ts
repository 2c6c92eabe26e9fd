import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { makeLog } from '../../src/log.ts';
import { aluco } from '../aluco.ts';
import { openHouse } from '../house.ts';
import { openMailCatcher } from '../mail-catcher.ts';
import { addApplication, addPerson, PEOPLE } from '../people.ts';
import { makeVisitor } from '../visitor.ts';

/** Openwall's vectors, at the least cost: of `U*U`, of `U*U*`. */
const HASHES = [
  '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
  '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK',
] as const;

const USERS = [
  'name,hash,address,confirmed,key',
  `heron_lakeside,${HASHES[0]},${PEOPLE.alix.mailbox},1,71401`,
  `sparrow_downtown,${HASHES[1]},sparrow@elsewhere.example,1,71402`,
  `magpie_oaktree,not a hash of ours: magpie-secret,magpie@elsewhere.example,1,71403`,
  `siskin_alder,${HASHES[1]},not an address of siskin,1,71404`,
  '"unclosed,wagtail@elsewhere.example',
].join('\n');

test('P9: neither the log nor a command says an address, a hash or a password of an old account; the log not even a name', async () => {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(...chunk.toString().split('\n').filter(Boolean));
      done();
    },
  });
  const catcher = await openMailCatcher({
    // A host that repeats the address in its refusal, as real ones do.
    onRcptTo({ address }, _session, done) {
      done(Object.assign(new Error(`<${address}>: no such mailbox`), { responseCode: 550 }));
    },
  });
  const settings = { ALUCO_SMTP: catcher.smtp, ALUCO_MAIL_FROM: 'aluco@example.org' };
  const house = await openHouse({ log: makeLog('trace', stream), settings });
  try {
    const { parts } = house;
    const alix = await addPerson(parts, 'alix');
    const meadow = await addApplication(parts, 'Meadow', 'https://meadow.example', { quota: 9, people: 'awaited' });
    const [users, rejects, pepper] = ['users.csv', 'users.csv.rejects', 'pepper'].map((name) =>
      path.join(house.folder, name),
    ) as [string, string, string];
    await writeFile(users, USERS);
    await writeFile(pepper, 'the pepper of the meadow\n');
    // One that lies about from before, for everybody to read.
    await writeFile(rejects, 'old');
    await chmod(rejects, 0o644);
    const said: string[] = [];
    const run = async (...args: string[]): Promise<void> => {
      const answer = await aluco(house.environment, ['legacy', ...args]);
      said.push(...answer.said, ...answer.complained);
    };
    const source = ['--application', meadow.id, '--source', 'csv'];
    await run('check', ...source, users);
    await run('import', ...source, '--pepper-file', pepper, '--force', users);
    await run('batches', '--application', meadow.id);
    const [batch] = await parts.legacy.batches.list(meadow.id);
    expect(batch?.status).toBe('done');
    await run('undo', batch?.id ?? '');
    await run('notices', 'begin', '--application', meadow.id);
    expect((await stat(rejects)).mode & 0o777).toBe(0o600);
    expect(await readFile(rejects, 'utf8')).toContain('magpie_oaktree');

    const network = '203.0.113.77';
    const { reclaim, notices } = parts.legacy;
    for (const attempt of [
      () => reclaim.withPassword(alix.id, meadow, { name: 'sparrow_downtown', password: 'a wrong guess', network }),
      () => reclaim.withPassword(alix.id, meadow, { name: 'nobody_at_all', password: 'a wrong guess', network }),
      () => reclaim.sendCode(alix.id, meadow, { name: 'sparrow_downtown', network, language: 'en' }),
      () => reclaim.withCode(alix.id, meadow, { name: 'sparrow_downtown', code: '1234 5678', network }),
      () => reclaim.withOffer(alix.id, meadow, { name: 'heron_lakeside', network }),
      () => reclaim.withPassword(alix.id, meadow, { name: 'sparrow_downtown', password: 'U*U*', network }),
      () => notices.run(),
    ])
      await attempt().catch(() => undefined);
    expect((await parts.profiles.at(alix.id, meadow)).profiles).toHaveLength(2);
    for (let round = 0; round < 3; round += 1) await parts.mail.deliver();
    // The same by pages, with what is wrong in them.
    const visitor = makeVisitor();
    for (const page of ['/old-account/nothing', `/applications/${meadow.id}/old-account`])
      await visitor.get(`${house.url}${page}`);

    expect(lines.some((line) => line.includes('letter_refused'))).toBe(true);
    expect(said.length).toBeGreaterThan(8);
    const secret =
      /@(?:home|elsewhere)\.example|not an address|\$2a\$|CCCC|magpie-secret|wrong guess|U\*U|pepper of|1234 5678|203\.0\.113/u;
    for (const line of [...lines, ...said]) expect(line).not.toMatch(secret);
    for (const line of lines) {
      expect(line).not.toMatch(/heron|sparrow|magpie|siskin|alix|7140\d/u);
      expect(line.length).toBeLessThan(2000);
      const profiles = (await parts.profiles.at(alix.id, meadow)).profiles.map(({ id }) => id);
      expect(line.includes(alix.id) && profiles.some((id) => line.includes(id))).toBe(false);
    }
  } finally {
    await house.close();
    await catcher.close();
  }
}, 120_000);
