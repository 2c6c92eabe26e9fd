import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import bcrypt from 'bcryptjs';
import { build } from 'esbuild';
import { afterEach, expect, inject, test } from 'vitest';
import { ROOT } from '../../../src/config.ts';
import { makeOldPasswords, type OldPasswords } from '../../../src/legacy/schemes/old-passwords.ts';
import { decoyOf } from '../../../src/legacy/schemes/schemes.ts';
import { recordOf } from './known.ts';

const PASSWORD = 'the barn door creaks at dusk';
const light = recordOf({ text: bcrypt.hashSync(PASSWORD, 4) });
/** Takes long enough to be caught at it. */
const heavy = recordOf({ text: `$2b$14$${'A'.repeat(53)}` });

let passwords: OldPasswords;
afterEach(() => passwords.close());

test('alix is known by her old password, and the thread that compared it ends when nobody comes', async () => {
  passwords = makeOldPasswords({ idle: 50 });
  expect(passwords.counts().threads).toBe(0);
  expect(await passwords.verify(light, PASSWORD, {})).toBe(true);
  expect(await passwords.verify(light, 'another', {})).toBe(false);
  await expect.poll(() => passwords.counts().threads).toBe(0);
  expect(await passwords.verify(light, PASSWORD, {})).toBe(true);
  expect(passwords.counts()).toMatchObject({ verified: 3, refused: 0, inside: 0 });
});

test('A71: a name that nobody has is the same work', async () => {
  passwords = makeOldPasswords();
  expect(await passwords.waste(decoyOf(light), PASSWORD, {})).toBe(false);
  expect(passwords.counts().verified).toBe(1);
});

test('nothing else waits while old passwords are compared', async () => {
  passwords = makeOldPasswords({ threads: 1 });
  let isOver = false;
  const compared = passwords.verify(heavy, PASSWORD, {}).finally(() => {
    isOver = true;
  });
  let turns = 0;
  for (; !isOver; turns += 1) await pause(1);
  expect(await compared).toBe(false);
  expect(turns).toBeGreaterThan(20);
});

test('two are compared at once, some wait, and whoever comes then is refused with the time to come back', async () => {
  passwords = makeOldPasswords({ threads: 2, queue: 3 });
  const inside = Array.from({ length: 5 }, () => passwords.verify(light, PASSWORD, {}));
  await expect(passwords.verify(light, PASSWORD, {})).rejects.toMatchObject({
    code: 'busy',
    params: { retryAfter: expect.any(Number) as number },
  });
  expect(passwords.counts()).toMatchObject({ inside: 5, refused: 1 });
  expect(await Promise.all(inside)).toEqual([true, true, true, true, true]);
  expect(passwords.counts().threads).toBe(2);
});

test('one that takes too long on this machine is given up, and the next is compared all the same', async () => {
  passwords = makeOldPasswords({ threads: 1, timeout: 1 });
  await expect(passwords.verify(heavy, PASSWORD, {})).rejects.toMatchObject({ code: 'busy' });
  // What nobody has an answer to was not verified.
  expect(passwords.counts()).toMatchObject({ inside: 0, threads: 0, verified: 0 });
});

test('a record that is none is our mistake, not the password’s', async () => {
  passwords = makeOldPasswords({ threads: 1 });
  await expect(passwords.verify({ ...light, before: 'nonsense' }, PASSWORD, {})).rejects.toThrow('nonsense');
  expect(await passwords.verify(light, PASSWORD, {})).toBe(true);
});

test('what is asked for memory is given to one at a time', async () => {
  passwords = makeOldPasswords({ threads: 2 });
  const argon2 = recordOf({
    text: '$argon2id$v=19$m=65536,t=3,p=1$vBb99oJ12p3WAdYlaMHz1A$jtFOtbo/sYV9OSlTxDo/nVNq3uArHd5GJSEx0ty85Cc',
  });
  expect(await Promise.all([1, 2, 3].map(() => passwords.verify(argon2, 'test', {})))).toEqual([true, true, true]);
  expect(passwords.counts().threads).toBe(1);
});

test('the bundle finds the thread beside itself', async () => {
  passwords = makeOldPasswords();
  const program = inject('program');
  const { outputFiles } = await build({
    stdin: {
      contents: `import { makeOldPasswords } from './src/legacy/schemes/old-passwords.ts';
        const passwords = makeOldPasswords();
        const [, , record, password] = process.argv;
        console.log(await passwords.verify(JSON.parse(record), password, {}));`,
      resolveDir: ROOT,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['argon2'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    write: false,
  });
  const file = path.join(program, `old-passwords-${process.pid}.mjs`);
  await writeFile(file, outputFiles[0]?.text ?? '');
  const { stdout } = await promisify(execFile)(process.execPath, [file, JSON.stringify(light), PASSWORD]);
  expect(stdout.trim()).toBe('true');
});
