import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '../../src/config.ts';
import { sharedFields, wordsIn } from './compare.ts';

const run = promisify(execFile);

const atPiaf = {
  answer: { code: 'c1', iss: 'http://aluco' },
  tokens: { access_token: 'a1', token_type: 'bearer', expires_in: 600 },
  idToken: { iss: 'http://aluco', sub: 's1', sid: 'i1', iat: 7, preferred_username: 'alice', email_verified: true },
};
const atPlumes = {
  answer: { code: 'c2', iss: 'http://aluco' },
  tokens: { access_token: 'a2', token_type: 'bearer', expires_in: 600 },
  idToken: { iss: 'http://aluco', sub: 's2', sid: 'i2', iat: 7, preferred_username: 'charlie', email_verified: true },
};

test('the demo walks a sign-in by itself, finds nothing shared and leaves nothing behind', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-walk-'));
  try {
    const { stdout } = await run(process.execPath, ['--import', 'tsx', 'test/demo/main.ts', '--once'], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'] ?? '', TMPDIR: folder },
    });
    expect(stdout).toMatch(/Piaf received[^]*alice[^]*Plumes received[^]*charlie/u);
    expect(stdout).toContain('yes  the two have nothing in common');
    expect(stdout).toContain('yes  what it wrote arrived in the mailbox of alix');
    expect(stdout).toContain('yes  Piaf was told neither mailbox, nor login name, nor the other profile');
    expect(stdout).toContain('yes  maud saw neither whose it was, nor the other profile');
    // At the start of a line: a token may end with anything.
    expect(stdout).not.toMatch(/^\s*NO /mu);
    expect((await readdir(folder)).filter((name) => name.startsWith('aluco-demo-'))).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('the demo would see a value that both applications were given', () => {
  expect(sharedFields(atPiaf, atPlumes)).toEqual([]);
  expect(sharedFields(atPiaf, { ...atPlumes, idToken: { ...atPlumes.idToken, sid: 'i1' } })).toEqual(['sid']);
  expect(sharedFields(atPiaf, { ...atPlumes, idToken: { ...atPlumes.idToken, sub: 'i1' } })).toEqual(['sub']);
  expect(sharedFields({ groups: ['Birdwatchers'] }, { groups: ['Birdwatchers'] })).toEqual(['groups']);
});

test('the demo would see the login name of alix, also inside a token', () => {
  const token = `e30.${Buffer.from('{"login":"alix"}').toString('base64url')}.x`;
  expect(wordsIn(atPiaf, ['alix', 'alix@home.example'])).toEqual([]);
  expect(wordsIn({ ...atPiaf, token }, ['alix', 'alix@home.example'])).toEqual(['alix']);
  expect(wordsIn({ email: 'alix@home.example' }, ['alix@home.example'])).toEqual(['alix@home.example']);
});
