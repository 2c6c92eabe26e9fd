import { execFileSync } from 'node:child_process';
import { mkdtemp, mkdir, open, rm, statfs } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { bundleNode, makeRelayPlace, type Node, type RelayPlace } from './relay-place.ts';
import { copiesOf, letterTo, openOutbox, tryOnce } from './relay-sender.ts';

const MIB = 1024 ** 2;
const HOUR = 3_600_000;
/** So many bytes of the disk stay free for everything else: the spool takes nothing more then. */
const FREE_MIN = 128 * MIB;

/** Whether a file system of its own can be mounted here. */
function canMount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', '/mnt'], { stdio: 'ignore' });
    execFileSync('umount', ['/mnt']);
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!canMount())('the relay on a disk of its own (skipped where none can be mounted)', () => {
  let bundle: Awaited<ReturnType<typeof bundleNode>>;
  let catcher: MailCatcher;
  let folder: string;
  let data: string;
  let place: RelayPlace;
  let node: Node;

  beforeAll(async () => {
    bundle = await bundleNode();
    catcher = await openMailCatcher();
    folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-relay-'));
    data = path.join(folder, 'data');
    await mkdir(data);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=220m', 'none', data]);
    place = await makeRelayPlace({ node: bundle.file, smtp: catcher.smtp, folder });
    node = await place.start();
  });
  afterAll(async () => {
    await node.kill();
    execFileSync('umount', [data]);
    await place.remove();
    await catcher.close();
    await bundle.remove();
  });

  const ballast = (): string => path.join(data, 'ballast');
  /** Leaves so many bytes of the disk, and what is asked about it next is asked anew. */
  async function leave(bytes: number): Promise<void> {
    await rm(ballast(), { force: true });
    const { bavail, bsize } = await statfs(data);
    const file = await open(ballast(), 'w');
    const block = Buffer.alloc(MIB);
    for (let left = bavail * bsize - bytes; left > 0; left -= MIB) {
      // To the last byte: what no longer fits whole is written in part.
      await file.write(block, 0, Math.min(MIB, left)).catch(() => undefined);
    }
    await file.close();
    node.passTime(2000);
    await node.rounds(3);
  }

  /** A message goes in and arrives. */
  async function works(): Promise<void> {
    const letter = letterTo(place.aliases[0] ?? '');
    const outbox = openOutbox(place.port);
    await outbox.send([letter]);
    await node.emptied();
    expect(copiesOf(catcher.letters).get(letter.id)).toBe(1);
  }

  test('with no room that may be used up, mail is told to come later, and is taken when there is room', async () => {
    await works();
    await leave(FREE_MIN - 8 * MIB);
    const letter = letterTo(place.aliases[1] ?? '');
    // Who comes first finds it out; who comes after that is told when he connects.
    expect((await tryOnce(place.port, letter))?.text).toMatch(/^452 4\.3\.1 /u);
    expect((await tryOnce(place.port, letter))?.text).toMatch(/^4\d\d 4\.3\.\d No room/u);
    await rm(ballast());
    node.passTime(2000);
    await works();
    expect((await place.left()).deliveries.has(letter.id)).toBe(false);
  });

  test.each([
    ['the room that may be used up ends', FREE_MIN - 4 * MIB],
    ['somebody fills it to its last byte', 0],
  ])('in the middle of a message of 20 MB %s: later, and nothing of it stays', async (_name, bytes) => {
    const letter = letterTo(place.aliases[2] ?? '', 20_000_000);
    const answer = await tryOnce(place.port, letter, () => leave(bytes));
    expect(answer?.text).toMatch(/^4\d\d 4\./u);
    expect(copiesOf(catcher.letters).has(letter.id)).toBe(false);
    await rm(ballast());
    node.passTime(2000);
    await works();
    const { deliveries, pieces } = await place.left(8 * HOUR);
    expect([deliveries.has(letter.id), pieces]).toEqual([false, 0]);
    const outbox = openOutbox(place.port);
    await outbox.send([letter]);
    await node.emptied();
    expect(copiesOf(catcher.letters).get(letter.id)).toBe(1);
  });
});
