import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { build } from 'esbuild';
import { makeHasher } from '../../src/accounts/hashing.ts';
import { readConfig, ROOT } from '../../src/config.ts';
import { makeLog } from '../../src/log.ts';
import { makeSteering } from '../../src/mail/steering.ts';
import { makeSpool, type Delivery } from '../../src/mail/spool/spool.ts';
import { makeParts } from '../../src/parts.ts';
import { loadSeals } from '../../src/storage/keys.ts';
import { openStorage } from '../../src/storage/open.ts';
import { newPostgresDatabase } from '../engines.ts';
import { freePort } from '../free-port.ts';
import { addApplication, addPerson, PEOPLE, type PersonName } from '../people.ts';

/** What is in the spool, read between two lives of the program. */
export type Left = {
  /** By Message-ID. */
  readonly deliveries: ReadonlyMap<string, Delivery>;
  /** Pieces of large bodies. */
  readonly pieces: number;
};

/** The relay in a process of its own. */
export type Node = {
  /** How many messages wait, as it said last; undefined before it said anything. */
  waiting(): number | undefined;
  /** Resolves when it has looked for what is due so many times more. */
  rounds(count: number): Promise<void>;
  /** Resolves when it says from now on that nothing waits any more. */
  emptied(): Promise<void>;
  /** Moves its clock on, in milliseconds. */
  passTime(milliseconds: number): void;
  /** Resolves with the signal that ended it. */
  ended(): Promise<string | null>;
  kill(): Promise<void>;
};

export type RelayPlace = {
  readonly data: string;
  readonly port: number;
  /** Relay addresses of everybody, in turn. */
  readonly aliases: readonly string[];
  /**
   * Starts a node.
   * @param life.point it kills itself when this was reached `times` times
   * @param life.clock its clock is ahead so many milliseconds
   * @param life.settings differ from those of the place
   */
  start(life?: { point?: string; times?: number; clock?: number; settings?: Record<string, string> }): Promise<Node>;
  /** Has mail wait from now on, or leave again. */
  pause(paused: boolean): Promise<void>;
  /** What is left in the spool. `sweptAfter`: removes first what is over after so many milliseconds. */
  left(sweptAfter?: number): Promise<Left>;
  remove(): Promise<void>;
};

/** The node as one file, for it is started often. It reads migrations from beside its folder, as the program does. */
export async function bundleNode(): Promise<{ file: string; remove(): Promise<void> }> {
  const file = path.join(ROOT, 'dist', `relay-node-${process.pid}.js`);
  await build({
    entryPoints: [path.join(ROOT, 'test/faults/relay-node.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    external: ['argon2', 'better-sqlite3', 'pg', '@zxcvbn-ts/language-common'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    keepNames: true,
    logLevel: 'error',
  });
  return { file, remove: () => rm(file, { force: true }) };
}

function watch(child: ChildProcess): Node {
  const exit = once(child, 'close') as Promise<[number | null, string | null]>;
  let last: { rounds: number; waiting?: number } = { rounds: 0 };
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.on('message', (message) => (last = message as typeof last));
  async function rounds(count: number): Promise<void> {
    const until = last.rounds + count;
    while (last.rounds < until && child.exitCode === null && child.signalCode === null) await pause(5);
    if (child.exitCode !== null) throw new Error(`a node ended with ${child.exitCode}: ${said}`);
  }
  return {
    waiting: () => last.waiting,
    rounds,
    async emptied() {
      // What it said last may be older than what was just accepted.
      do {
        await rounds(2);
        if (child.signalCode !== null) throw new Error('a node was killed before it was through');
      } while (last.waiting !== 0);
    },
    passTime: (milliseconds) => void child.send(milliseconds),
    ended: async () => (await exit)[1],
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

/** People with relay addresses of one application, whose server is on this machine; every node is started by the test. */
export async function makeRelayPlace(options: {
  engine?: 'sqlite' | 'postgres';
  node: string;
  smtp: string;
  profilesEach?: number;
  folder?: string;
}): Promise<RelayPlace> {
  const { engine = 'sqlite', profilesEach = 3 } = options;
  const folder = options.folder ?? (await mkdtemp(path.join(os.tmpdir(), 'aluco-relay-')));
  const data = path.join(folder, 'data');
  const port = await freePort();
  const environment: Record<string, string> = {
    ALUCO_URL: 'http://localhost:1',
    ALUCO_DATA: data,
    ALUCO_DATABASE: engine === 'sqlite' ? 'sqlite' : await newPostgresDatabase(),
    ALUCO_LANGUAGE: 'en',
    ALUCO_PRIVATE_NETWORKS: '127.0.0.0/8',
    ALUCO_ALIAS_DOMAIN: 'relay.example',
    ALUCO_MAIL_FROM: 'aluco@nest.example',
    ALUCO_RELAY: `127.0.0.1:${port}`,
    ALUCO_RELAY_NAME: 'mx.nest.example',
    ALUCO_DNS: '127.0.0.1:9',
    ALUCO_SMTP: options.smtp,
  };
  const cost = { memoryCost: 1024, timeCost: 2 };
  const log = makeLog('silent');
  const parts = await makeParts(readConfig(environment), { log, now: Date.now, hasher: makeHasher({ cost }) });
  const meadow = await addApplication(parts, 'Meadow', 'https://meadow.example/', {
    senderDomains: ['meadow.example'],
    senderNetworks: ['127.0.0.0/8'],
    quota: 20,
  });
  const profileIds: string[] = [];
  const aliases: string[] = [];
  const accounts = await Promise.all((Object.keys(PEOPLE) as PersonName[]).map((name) => addPerson(parts, name)));
  for (let number = 0; number < profilesEach; number += 1) {
    for (const { id } of accounts) {
      const profile = await parts.profiles.create(id, meadow, { name: `bird_${profileIds.length}`, note: '' });
      profileIds.push(profile.id);
      aliases.push(`${profile.aliasLocal}@relay.example`);
    }
  }
  await parts.mailKeys.ensure();
  await parts.storage.close();

  return {
    data,
    port,
    aliases,
    async start({ point = '', times = 1, clock = 0, settings = {} } = {}) {
      const child = fork(options.node, [point, String(times), String(clock)], {
        env: { PATH: process.env['PATH'] ?? '', ...environment, ...settings },
        execArgv: [],
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      });
      const node = watch(child);
      await node.rounds(1);
      return node;
    },
    async pause(paused) {
      const storage = await openStorage(environment['ALUCO_DATABASE'] ?? '', data);
      await makeSteering({ storage, now: Date.now }).pause(paused);
      await storage.close();
    },
    async left(sweptAfter) {
      const storage = await openStorage(environment['ALUCO_DATABASE'] ?? '', data);
      const seals = await loadSeals(storage, [], `${data}.key`);
      const spool = makeSpool({ storage, seals, log, now: () => Date.now() + (sweptAfter ?? 0) });
      if (sweptAfter !== undefined) await spool.sweep();
      const found = (await Promise.all(profileIds.map((id) => spool.logOf(id)))).flat();
      const pieces = await storage.read
        .select({ id: storage.tables.spoolChunk.spoolId })
        .from(storage.tables.spoolChunk);
      await storage.close();
      return {
        deliveries: new Map(found.map((delivery) => [delivery.messageId ?? '', delivery])),
        pieces: pieces.length,
      };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
