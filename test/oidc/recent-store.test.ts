import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeEach, expect, test } from 'vitest';
import {
  makeRecentSignIns,
  type RecentSignIns,
  type Report,
  type SignInEntry,
} from '../../src/journey/recent-sign-ins.ts';
import { makeSeals, randomId } from '../../src/storage/seal.ts';
import { openStorage } from '../../src/storage/open.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { onBothEngines } from '../engines.ts';

const MINUTE = 60_000;
const begun = (journey: string): Report => ({ outcome: 'begun', clientId: 'web', stranger: true, refs: [journey] });
const issued = (journey: string, code: string): Report => ({
  outcome: 'issued',
  clientId: 'web',
  stranger: false,
  refs: [journey, code],
});
const succeeded = (code: string, token: string): Report => ({
  outcome: 'succeeded',
  clientId: 'web',
  stranger: false,
  refs: [code, token],
});
const fetched = (token: string): Report => ({
  outcome: 'succeeded',
  clientId: 'web',
  stranger: false,
  userinfo: 'fetched',
  refs: [token],
});
const wrongAddress = (asked: string): Report => ({
  outcome: 'redirect_unknown',
  clientId: 'web',
  stranger: true,
  asked,
});
const brief = (list: readonly SignInEntry[]): string[] => list.map(({ outcome, count }) => `${outcome} ${count}`);

onBothEngines('the last sign-ins, with two nodes', (ground) => {
  let time: number;
  let forum: string;
  let nodes: [RecentSignIns, RecentSignIns];
  const others: Storage[] = [];

  beforeEach(async () => {
    time = Date.UTC(2026, 10, 21, 9, 30, 17);
    forum = randomId();
    const { storage, seals, address, folder } = ground();
    const [other = await openStorage(address, folder)] = others;
    if (others.length === 0) others.push(other);
    const now = (): number => time;
    nodes = [makeRecentSignIns({ storage, seals, now }), makeRecentSignIns({ storage: other, seals, now })];
  });
  afterAll(async () => {
    for (const other of others) await other.close();
  });

  test('keep ten, newest first, to the minute', async () => {
    const [node] = nodes;
    for (let number = 0; number < 14; number += 1) {
      node.record(forum, number % 2 === 0 ? issued(`j${number}`, `c${number}`) : succeeded(`c${number}`, `t${number}`));
      time += MINUTE;
    }
    const list = await node.read(forum);
    expect(list).toHaveLength(10);
    expect(list.map(({ at }) => at)).toEqual(list.map(({ at }) => at).toSorted((a, b) => b - a));
    expect(list.every(({ at }) => at % MINUTE === 0)).toBe(true);
    expect(list[0]?.outcome).toBe('succeeded');
  });

  test.each([[[0, 1, 2, 3]], [[3, 2, 1, 0]], [[2, 0, 3, 1]], [[1, 3, 0, 2]]])(
    'make one of the steps of one sign-in, on whichever node each was, written in the order %j',
    async (order) => {
      // Each step is seen by a node that knows nothing of the others.
      const reports: ((node: RecentSignIns) => void)[] = [
        (node) => node.record(forum, begun('journey')),
        (node) => node.record(forum, issued('journey', 'code')),
        (node) => node.record(forum, succeeded('code', 'token')),
        (node) => node.add(forum, fetched('token')),
      ];
      for (const step of order) {
        const node = nodes[step % 2] as RecentSignIns;
        reports[step]?.(node);
        await node.flush();
      }
      for (let round = 0; round < 3; round += 1) for (const node of nodes) await node.flush();
      const list = await nodes[0].read(forum);
      expect(brief(list)).toEqual(['succeeded 1']);
      expect(list[0]?.userinfo).toBe('fetched');
    },
  );

  test('lose nothing when both write at once', async () => {
    for (let round = 0; round < 20; round += 1) {
      const application = randomId();
      for (let number = 0; number < 4; number += 1) {
        nodes[0].record(application, issued(`a${number}`, `ca${number}`));
        nodes[1].record(application, issued(`b${number}`, `cb${number}`));
        nodes[number % 2]?.record(forum, wrongAddress('https://x.example'));
      }
      await Promise.all(nodes.map((node) => node.flush()));
      expect(await nodes[0].read(application)).toHaveLength(8);
    }
    expect(brief(await nodes[1].read(forum))).toEqual(['redirect_unknown 80']);
  });

  test('count equal ones together once nothing more comes of them', async () => {
    const [node] = nodes;
    for (let number = 0; number < 6; number += 1) node.record(forum, issued(`j${number}`, `c${number}`));
    expect(brief(await node.read(forum))).toHaveLength(6);
    time += 5 * MINUTE;
    node.record(forum, succeeded('c', 't'));
    expect(brief(await node.read(forum))).toEqual(['succeeded 1', 'issued 6']);
  });

  test('a stranger with a million bad requests fills neither memory nor the list', async () => {
    const [node] = nodes;
    node.record(forum, succeeded('code', 'token'));
    node.record(forum, { outcome: 'secret_wrong', clientId: 'web', stranger: false, used: 'client_secret_post' });
    await node.flush();
    time += MINUTE;
    const kinds = ['redirect_unknown', 'pkce_missing', 'scope_invalid', 'silent_login', 'request_invalid'] as const;
    const others = ['response_type', 'level_unknown', 'code_unknown', 'pkce_method'] as const;
    for (let number = 0; number < 6000; number += 1) {
      const outcome = [...kinds, ...others][number % 9] ?? 'redirect_unknown';
      node.record(forum, {
        outcome,
        clientId: 'web',
        stranger: true,
        asked: `https://x.example/${number}`,
        refs: [`c${number}`],
      });
      node.record(forum, begun(`journey ${number}`));
      node.add(forum, fetched(`made up ${number}`));
      if (number % 2000 === 0) await node.flush();
    }
    await node.flush();
    const list = await node.read(forum);
    expect(list.length).toBeLessThanOrEqual(10);
    expect(list.map(({ outcome }) => outcome)).toEqual(expect.arrayContaining(['succeeded', 'secret_wrong', 'begun']));
    expect(list.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(2000);
    expect(JSON.stringify(list).length).toBeLessThan(8192);
  });

  test('lie in one row of one size, sealed for their application, with nothing to follow a code or a token by', async () => {
    const { storage, seals } = ground();
    const { recentSignIns } = storage.tables;
    const sizes = new Set<number>();
    for (const count of [1, 10]) {
      for (let number = 0; number < count; number += 1) {
        nodes[0].record(forum, {
          ...issued(`j${number}`, `c${number}`),
          asked: 'a'.repeat(200),
          unknownScopes: 'b'.repeat(100),
        });
      }
      await nodes[0].flush();
      const rows = await storage.read.select().from(recentSignIns).where(eq(recentSignIns.applicationId, forum));
      expect(rows).toHaveLength(1);
      sizes.add(rows[0]?.sealed.length ?? 0);
      expect(() => seals.open('recent-sign-ins', randomId(), rows[0]?.sealed ?? '')).toThrow('does not open');
      expect(seals.open('recent-sign-ins', forum, rows[0]?.sealed ?? '')).not.toMatch(/"[jc]\d"/u);
    }
    expect(sizes.size).toBe(1);
  });

  test('wait for the next write when one fails, and begin anew where no key opens the row', async () => {
    const { storage, seals } = ground();
    let isDown = true;
    const failing: Storage = {
      ...storage,
      write: (work) => (isDown ? Promise.reject(new Error('no connection')) : storage.write(work)),
    };
    const node = makeRecentSignIns({ storage: failing, seals, now: () => time });
    node.record(forum, issued('j', 'c'));
    await expect(node.flush()).rejects.toThrow('no connection');
    node.record(forum, succeeded('c', 't'));
    isDown = false;
    expect(brief(await node.read(forum))).toEqual(['succeeded 1']);
    const other = makeRecentSignIns({ storage, seals: makeSeals([randomBytes(32)]), now: () => time });
    expect(await other.read(forum)).toEqual([]);
    other.record(forum, issued('j2', 'c2'));
    expect(brief(await other.read(forum))).toEqual(['issued 1']);
  });
});
