import { expect, test } from 'vitest';
import { TIMELINE_KINDS } from '../../src/accounts/timeline.ts';
import { eventText } from '../../views/portal/eventText.ts';
import { languages, translator } from '../../views/text.ts';
import { onBothEngines } from '../engines.ts';
import { makeHouse } from './house.ts';

onBothEngines('a timeline', (ground) => {
  test('keeps the last fifty events, newest first', async () => {
    const { accounts } = makeHouse(ground());
    expect(await accounts.timeline.list('camille')).toEqual([]);
    for (let at = 1; at <= 60; at += 1) {
      await accounts.timeline.record('camille', {
        kind: 'application_entered',
        at,
        detail: { application: 'Mastodon' },
      });
    }
    const events = await accounts.timeline.list('camille');
    expect(events.map(({ at }) => at)).toEqual(Array.from({ length: 50 }, (_, number) => 60 - number));
    expect(events[0]).toEqual({ kind: 'application_entered', at: 60, detail: { application: 'Mastodon' } });
  });

  test('keeps all events that happen at once, on rows that are not there yet', async () => {
    const { accounts } = makeHouse(ground());
    // Opens all connections, or the first write would be over before the second begins.
    await Promise.all(Array.from({ length: 20 }, () => accounts.timeline.list('nobody')));
    const people = ['noé', 'zoé', 'ana', 'bert', 'cyril'];
    const times = Array.from({ length: 8 }, (_, number) => 8 - number);
    await Promise.all(
      people.flatMap((id) => times.map((at) => accounts.timeline.record(id, { kind: 'signed_in', at }))),
    );
    for (const id of people) expect((await accounts.timeline.list(id)).map(({ at }) => at)).toEqual(times);
  });

  test('does not show by its size whether one or ten things happened, nor grows with what it is given', async () => {
    const { storage } = ground();
    const { accounts } = makeHouse(ground());
    const sizes = async () =>
      (await storage.read.select().from(storage.tables.timeline)).map(({ sealed }) => sealed.length);
    await accounts.timeline.record('one', { kind: 'signed_in', at: 1 });
    for (let at = 0; at < 10; at += 1) await accounts.timeline.record('ten', { kind: 'signed_in', at });
    expect(new Set(await sizes()).size).toBe(1);
    const detail = Object.fromEntries(Array.from({ length: 100 }, (_, number) => [`k${number}`, 'x'.repeat(100_000)]));
    await accounts.timeline.record('one', { kind: 'profile_created', at: 2, detail });
    expect(Math.max(...(await sizes()))).toBeLessThan(12_000);
  });
});

test('whatever stands in a timeline its owner reads: there are words for every kind, in every language', () => {
  const detail = {
    application: 'Lake',
    day: '2026-11-05',
    device: 'Firefox',
    left: '3',
    method: 'totp',
    name: 'phone',
    profile: 'hulotte',
    quota: '3',
    reason: '',
    reference: 'Art. 6',
    version: '1',
    words: '',
  };
  for (const language of languages) {
    const silent = TIMELINE_KINDS.filter((kind) => !eventText(translator(language), { kind, detail }));
    expect([language, silent]).toEqual([language, []]);
  }
});
