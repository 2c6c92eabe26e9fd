import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../src/config.ts';
import { freePort } from '../free-port.ts';
import { assemble, isRoot, run } from './assembled.ts';

const ANALYZE = '/usr/bin/systemd-analyze';
if (!existsSync(ANALYZE)) process.stderr.write(`SKIPPED: ${ANALYZE} is not there, so the unit is not checked\n`);
if (!isRoot) process.stderr.write('SKIPPED: only root can install as docs/installing.md says\n');

const unit = path.join(ROOT, 'docs/aluco.service');

test.skipIf(!existsSync(ANALYZE))('systemd understands the unit, and finds little that it may do', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-unit-'));
  try {
    const placed = path.join(folder, 'aluco.service');
    const text = await readFile(unit, 'utf8');
    await writeFile(placed, text.replace('/opt/aluco/node_modules/.bin/node', process.execPath));
    const { stderr } = await run(ANALYZE, ['verify', '--man=no', placed]);
    expect(stderr).toBe('');
    const { stdout } = await run(ANALYZE, ['security', '--offline=true', '--no-pager', placed]);
    const exposure = Number(/Overall exposure level for aluco\.service: ([\d.]+)/u.exec(stdout)?.[1]);
    expect(exposure).toBeLessThanOrEqual(1.3);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.skipIf(!existsSync(ANALYZE))(
  'systemd understands the file that gives the right to port 25, and no other right',
  async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-unit-'));
    try {
      const page = await readFile(path.join(ROOT, 'docs/mail.md'), 'utf8');
      const right = /<!-- steps: port 25 -->.*?<<'END'\n(.*?)END\n/su.exec(page)?.[1] ?? '';
      expect(right).toContain('CAP_NET_BIND_SERVICE');
      const placed = path.join(folder, 'aluco.service');
      const text = await readFile(unit, 'utf8');
      await writeFile(placed, text.replace('/opt/aluco/node_modules/.bin/node', process.execPath));
      await mkdir(`${placed}.d`);
      await writeFile(path.join(`${placed}.d`, 'port-25.conf'), right);
      const { stderr } = await run(ANALYZE, ['verify', '--man=no', placed]);
      expect(stderr).toBe('');
      // What the file says stands after what the unit says.
      await writeFile(placed, `${await readFile(placed, 'utf8')}\n${right}`);
      const { stdout } = await run(ANALYZE, ['security', '--offline=true', '--no-pager', placed]);
      const exposure = Number(/Overall exposure level for aluco\.service: ([\d.]+)/u.exec(stdout)?.[1]);
      expect(exposure).toBeLessThanOrEqual(1.7);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

describe.skipIf(!isRoot)('the steps for systemd, without systemd', () => {
  let image: Awaited<ReturnType<typeof assemble>>;
  let place: string;
  beforeAll(async () => {
    image = await assemble();
    place = await mkdtemp(path.join(os.tmpdir(), 'aluco-machine-'));
    await chmod(place, 0o755);
  });
  afterAll(async () => {
    await image.remove();
    await rm(place, { recursive: true, force: true });
  });

  /** A text of the documents with this machine's folders and its user without rights. */
  const here = (text: string): string =>
    text
      .replaceAll('/opt/aluco', image.folder)
      .replaceAll('/etc/aluco', path.join(place, 'etc'))
      .replaceAll('/var/lib/aluco', path.join(place, 'var'))
      .replaceAll('/usr/local/bin/aluco', path.join(place, 'aluco'))
      .replaceAll('/etc/systemd/system', place)
      .replaceAll('-u aluco', '-u nobody')
      .replaceAll('-o aluco -g aluco', '-o nobody -g nogroup')
      .replaceAll('aluco:aluco', 'nobody:nogroup');

  test('leave a server that starts under its own user, and a command that works beside it', async () => {
    const page = await readFile(path.join(ROOT, 'docs/installing.md'), 'utf8');
    const steps = /<!-- steps: systemd -->\s+```sh\n(.*?)```/su.exec(page)?.[1] ?? '';
    const commands = steps.split('\n').filter((line) => !/^(cd|npm|useradd|systemctl|journalctl) /u.test(line));
    expect(commands.length).toBeGreaterThan(6);
    await run('sh', ['-euc', here(commands.join('\n'))], { cwd: ROOT });
    // The service makes its state folder; here nobody else does.
    await run('install', ['-d', '-o', 'nobody', '-g', 'nogroup', '-m', '700', path.join(place, 'var')]);
    for (const file of ['aluco', 'aluco.service']) {
      await writeFile(path.join(place, file), here(await readFile(path.join(place, file), 'utf8')));
    }
    expect((await stat(path.join(place, 'etc/master-key'))).mode & 0o777).toBe(0o600);

    const port = await freePort();
    await writeFile(path.join(place, 'etc/settings'), `ALUCO_PORT=${port}\n`, { flag: 'a' });
    const start = /^ExecStart=(.+)$/mu.exec(await readFile(path.join(place, 'aluco.service'), 'utf8'))?.[1]?.split(' ');
    const child = spawn('runuser', ['-u', 'nobody', '--', ...(start ?? [])], {
      cwd: image.folder,
      env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      for (let tries = 0; !said.includes('"listening"') && tries < 480 && child.exitCode === null; tries += 1) {
        await pause(250);
      }
      expect(said).toContain(`"port":${port}`);
      const made = execFile(path.join(place, 'aluco'), ['account', 'add', 'odile', '--administrator']);
      made.stdin?.end('nine winters by the mill\n');
      expect(await once(made, 'exit')).toEqual([0, null]);
      const { stdout } = await run(path.join(place, 'aluco'), ['group', 'list']);
      expect(stdout).toBe('');
    } finally {
      const node = await run('pgrep', ['-P', String(child.pid)]).then(
        ({ stdout }) => Number(stdout),
        () => undefined,
      );
      process.kill(node ?? child.pid ?? 0, 'SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    }
  });
});
