import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-layers-'));
  await cp('.oxlintrc.json', path.join(folder, '.oxlintrc.json'));
  await cp('tsconfig.json', path.join(folder, 'tsconfig.json'));
  await symlink(path.resolve('node_modules'), path.join(folder, 'node_modules'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the linter says of a file at this place with this import. */
async function lint(place: string, imported: string): Promise<string> {
  const file = path.join(folder, place);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `import { thing } from '${imported}';\n\nthing();\n`);
  try {
    const { stdout } = await run('node_modules/.bin/oxlint', ['--config', path.join(folder, '.oxlintrc.json'), file]);
    return stdout;
  } catch (error) {
    return (error as { stdout: string }).stdout;
  } finally {
    await rm(file);
  }
}

test.each([
  ['src/storage/one.ts', '../accounts/accounts.ts'],
  ['src/storage/one.ts', '../oidc/oidc.ts'],
  ['src/accounts/one.ts', '../profiles/profiles.ts'],
  ['src/house/one.ts', '../applications/applications.ts'],
  ['src/accounts/one.ts', '../web/server.ts'],
  ['src/applications/one.ts', '../profiles/profiles.ts'],
  ['src/profiles/one.ts', '../journey/journey.ts'],
  ['src/profiles/one.ts', '../oidc/oidc.ts'],
  ['src/journey/one.ts', '../oidc/oidc.ts'],
  ['src/journey/one.ts', '../web/server.ts'],
  ['src/oidc/one.ts', '../web/server.ts'],
  ['src/oidc/one.ts', '../../views/layout.tsx'],
  ['src/saml/one.ts', '../web/server.ts'],
  ['src/saml/one.ts', '../oidc/oidc.ts'],
  ['src/saml/one.ts', 'oidc-provider'],
  ['src/oidc/one.ts', '../saml/saml.ts'],
  ['src/oidc/one.ts', 'samlify'],
  ['src/web/one.ts', '../saml/gate.ts'],
  ['src/web/one.ts', 'xml-crypto'],
  ['src/web/one.ts', '../jobs/clock.ts'],
  ['src/web/journey/one.ts', '../../profiles/store.ts'],
  ['src/web/one.ts', '../oidc/adapter.ts'],
  ['src/oidc/one.ts', '../profiles/ownership.ts'],
  ['src/accounts/one.ts', 'better-sqlite3'],
  ['src/web/one.ts', 'oidc-provider'],
  ['src/journey/one.ts', '../parts.ts'],
  ['views/one.ts', '../src/errors.ts'],
  ['src/mail/one.ts', '../web/server.ts'],
  ['src/mail/one.ts', '../journey/journey.ts'],
  ['src/mail/one.ts', '../accounts/letter.ts'],
  ['src/mail/one.ts', '../jobs/clock.ts'],
  ['src/mail/one.ts', 'pg'],
  ['src/accounts/one.ts', '../mail/mail.ts'],
  ['src/web/one.ts', '../mail/mail.ts'],
  ['src/web/one.ts', 'nodemailer'],
  ['src/accounts/one.ts', 'nodemailer'],
])('the linter stops %s from importing %s', async (place, imported) => {
  expect(await lint(place, imported)).toContain('no-restricted-imports');
});

test.each([
  ['src/web/one.ts', '../oidc/oidc.ts'],
  ['src/web/one.ts', '../saml/saml.ts'],
  ['src/saml/one.ts', '../journey/journey.ts'],
  ['src/saml/one.ts', 'samlify'],
  ['src/web/one.ts', '../../views/layout.tsx'],
  ['src/oidc/one.ts', '../journey/journey.ts'],
  ['src/journey/one.ts', '../profiles/profiles.ts'],
  ['src/profiles/one.ts', '../applications/applications.ts'],
  ['src/profiles/one.ts', './store.ts'],
  ['src/accounts/one.ts', '../storage/seal.ts'],
  ['src/storage/one.ts', 'better-sqlite3'],
  ['src/oidc/one.ts', 'oidc-provider'],
  ['src/mail/one.ts', '../accounts/accounts.ts'],
  ['src/mail/one.ts', '../../views/mail/letter.tsx'],
  ['src/mail/one.ts', '../storage/seal.ts'],
  ['src/mail/one.ts', 'nodemailer'],
])('the linter lets %s import %s', async (place, imported) => {
  expect(await lint(place, imported)).not.toContain('no-restricted-imports');
});
