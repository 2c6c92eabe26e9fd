import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openGround, type Ground } from '../../engines.ts';
import { ALIAS_DOMAIN, openForwarding, type Options } from './forwarding.ts';

/** What applications send, and what becomes of it. Lines end in LF there, and in CRLF on their way. */
const FOLDER = path.join(import.meta.dirname, 'golden');
const NAMES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.in.eml'))
  .map((file) => file.replace('.in.eml', ''));

let ground: Ground;
beforeAll(async () => {
  ground = await openGround('sqlite');
});
afterAll(() => ground.close());

const OPTIONS: Readonly<Record<string, Options>> = {
  administrators: { profileId: undefined, alias: `postmaster@${ALIAS_DOMAIN}` },
};

async function octetsOf(file: string): Promise<Buffer> {
  return Buffer.from((await readFile(path.join(FOLDER, file), 'latin1')).replaceAll('\n', '\r\n'), 'latin1');
}

test.each(NAMES)('what %s sends arrives as it should, octet by octet', async (name) => {
  const { forward, correspondents, profileId } = openForwarding(ground);
  const incoming = await octetsOf(`${name}.in.eml`);
  const end = incoming.indexOf('\r\n\r\n') + 4;
  const { octets } = await forward(incoming.subarray(0, end), OPTIONS[name]);
  const locals = new Map(
    (await correspondents.list(profileId)).map(({ local, address }) => [local, `for.${address.replaceAll('@', '.')}`]),
  );
  const written = Buffer.concat([octets, incoming.subarray(end)])
    .toString('latin1')
    .replaceAll(/[a-z0-9]{20}(?=@relay\.example)/gu, (local) => locals.get(local) ?? local);
  const file = `${name}.out.eml`;
  if (process.env['GOLDEN'] === 'write') {
    await writeFile(path.join(FOLDER, file), written.replaceAll('\r\n', '\n'), 'latin1');
  }
  expect(written).toBe((await octetsOf(file)).toString('latin1'));
});
