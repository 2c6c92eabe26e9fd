import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Application } from '../../src/applications/applications.ts';
import { makeLog } from '../../src/log.ts';
import { makeAnswer } from '../../src/mail/back/answer.ts';
import { makeChoices } from '../../src/mail/forward/choices.ts';
import { makeCorrespondents } from '../../src/mail/forward/correspondents.ts';
import { makeRelayOwner, type RelayOwner } from '../../src/mail/owner.ts';
import { makeSpool, type Delivery, type NewDelivery, type Spool } from '../../src/mail/spool/spool.ts';
import type { OwnProfile } from '../../src/profiles/profiles.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication, addPerson, PEOPLE } from '../people.ts';
import { HEAD, keep, octets } from './spool/sorting-office.ts';

const HOUR = 3_600_000;
const TROUBLE = { code: '552', enhanced: '5.2.2', text: '<alix@home.example>: full', at: 1 };
const NOTIFICATIONS = { address: 'notifications@blog.example', name: 'Blog' };

describe.each(['sqlite', 'postgres'] as const)('mail to her profiles, as Alix sees it, on %s', (engine) => {
  let house: House;
  let spool: Spool;
  let owner: RelayOwner;
  let correspondents: ReturnType<typeof makeCorrespondents>;
  let choices: ReturnType<typeof makeChoices>;
  let blog: Application;
  let [alix, bruno] = [{} as Account, {} as Account];
  let [heron, sparrow, magpie] = [{} as OwnProfile, {} as OwnProfile, {} as OwnProfile];
  let time = Date.now();
  /** Answers that this node has in hand. */
  const sent: Delivery[] = [];
  const now = (): number => time;

  beforeAll(async () => {
    house = await openHouse({ engine, now });
    const { accounts, applications, profiles, seals, storage } = house.parts;
    alix = await addPerson(house.parts, 'alix');
    bruno = await addPerson(house.parts, 'bruno');
    blog = await addApplication(house.parts, 'Blog', 'https://blog.example/', { quota: 5 });
    const make = async (account: Account, name: string): Promise<OwnProfile> => {
      const { id } = await profiles.create(account.id, blog, { name, note: '' });
      return profiles.own(account.id, id);
    };
    heron = await make(alix, 'heron');
    sparrow = await make(alix, 'sparrow');
    magpie = await make(bruno, 'magpie');
    spool = makeSpool({ storage, seals, now, log: makeLog('silent') });
    correspondents = makeCorrespondents({ storage, seals, now });
    choices = makeChoices({ storage, seals });
    const aliasDomain = 'relay.example';
    const answer = makeAnswer({ aliasDomain, now, spool });
    owner = makeRelayOwner({
      accounts,
      aliasDomain,
      answer: async (profile, to, words) => void sent.push(...(await answer(profile, to, words))),
      applications,
      choices,
      correspondents,
      now,
      profiles,
      spool,
    });
  });
  afterAll(() => house.close());
  // Each test on a day of its own: what the one before kept is over.
  beforeEach(async () => {
    for (const delivery of sent.splice(0)) await spool.settle(delivery, { state: 'delivered' });
    for await (const delivery of spool.due()) await spool.settle(delivery, { state: 'delivered' });
    time += 30 * 24 * HOUR;
    await spool.sweep();
  });

  async function receive(profile: OwnProfile, more: Partial<NewDelivery> = {}, body = octets('hello\r\n', 700)) {
    const [leased] = await keep(spool, body, [
      {
        profileId: profile.id,
        kind: 'forward',
        state: 'waiting',
        fromDomain: 'blog.example',
        correspondent: NOTIFICATIONS,
        messageId: `<${time}@blog.example>`,
        ...more,
      },
    ]);
    const delivery = leased ?? (await spool.logOf(profile.id))[0];
    time += 1000;
    if (delivery === undefined) throw new Error('not kept');
    return delivery;
  }

  const held = (profile: OwnProfile, why: Delivery['why'] = 'choice'): Promise<Delivery> =>
    receive(profile, { state: 'held', ...(why === undefined ? {} : { why }) });

  async function failed(profile: OwnProfile): Promise<Delivery> {
    const delivery = await receive(profile);
    await spool.settle(delivery, { state: 'failed', trouble: TROUBLE });
    return delivery;
  }

  async function delivered(profile: OwnProfile): Promise<Delivery> {
    const delivery = await receive(profile);
    await spool.settle(delivery, { state: 'delivered' });
    return delivery;
  }

  const problems = async (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => [],
      (error: unknown) =>
        (error as { fields?: { field: string; code: string }[] }).fields?.map(({ field, code }) => [field, code]) ??
        (error as { code: string }).code,
    );

  async function read(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
    const all: Buffer[] = [];
    for await (const piece of pieces) all.push(piece);
    return Buffer.concat(all);
  }

  test('the log says when, from where and what became of it, the last first, and nothing of what is in it', async () => {
    await delivered(heron);
    await failed(heron);
    await held(heron, 'stranger');
    await spool.note(heron.id, { kind: 'forward', state: 'muted', fromDomain: 'blog.example' });
    const log = await owner.log(alix.id, heron.id);
    expect(log.map(({ outcome, heldFor, domain, isKept }) => [outcome, heldFor, domain, isKept])).toEqual([
      ['muted', undefined, 'blog.example', false],
      ['held', 'stranger', 'blog.example', true],
      ['failed', undefined, 'blog.example', true],
      ['delivered', undefined, 'blog.example', false],
    ]);
    expect(log[2]?.trouble).toEqual(TROUBLE);
    expect(JSON.stringify(log)).not.toMatch(/hello|caf/u);
    expect(await owner.log(alix.id, sparrow.id)).toEqual([]);
    expect(await owner.standing(alix.id, heron.id)).toMatchObject({ waiting: 0, held: 1, failed: 1 });
  });

  test("A23: another's profile, one that never was and a message of another profile are refused alike", async () => {
    const mine = await held(heron);
    const others = await held(magpie);
    const other = await held(sparrow);
    const known = await correspondents.of(magpie.id, NOTIFICATIONS);
    const yes = { subject: '', text: 'yes', confirmed: true };
    const acts = (id: string): Record<string, (profileId: string) => Promise<unknown>> => ({
      standing: (profileId) => owner.standing(alix.id, profileId),
      log: (profileId) => owner.log(alix.id, profileId),
      message: (profileId) => owner.message(alix.id, profileId, id),
      sendAgain: (profileId) => owner.sendAgain(alix.id, profileId, id),
      discard: (profileId) => owner.discard(alix.id, profileId, id),
      download: (profileId) => owner.download(alix.id, profileId, id),
      answer: (profileId) => owner.answer(alix.id, profileId, id, yes),
      setMode: (profileId) => owner.setMode(alix.id, profileId, 'muted'),
      setStrangers: (profileId) => owner.setStrangers(alix.id, profileId, 'hold'),
      correspondents: (profileId) => owner.correspondents(alix.id, profileId),
      block: (profileId) => owner.block(alix.id, profileId, known.id, true),
    });
    // Every ability that takes a profile stands here.
    expect(Object.keys(acts('')).toSorted()).toEqual(
      Object.keys(owner)
        .filter((name) => !['trouble', 'resume'].includes(name))
        .toSorted(),
    );
    for (const [name, act] of Object.entries(acts(others.id))) {
      for (const profileId of [magpie.id, 'never-was', '']) {
        expect([name, profileId, await problems(act(profileId))]).toEqual([name, profileId, 'profile_unavailable']);
      }
    }
    const withMessage = ['message', 'sendAgain', 'discard', 'download', 'answer'];
    for (const id of [others.id, other.id, 'never-was', '']) {
      for (const [name, act] of Object.entries(acts(id)).filter(([name]) => withMessage.includes(name))) {
        expect([name, id, await problems(act(heron.id))]).toEqual([name, id, 'mail_gone']);
      }
    }
    expect(await problems(owner.block(alix.id, heron.id, known.id, true))).toBe('correspondent_unknown');
    const states = await Promise.all(
      [mine, others, other].map(async ({ id, profileId }) => (await spool.find(profileId ?? '', id))?.state),
    );
    expect(states).toEqual(['held', 'held', 'held']);
    expect(await choices.of(magpie.id)).toEqual({ mode: 'on', strangers: 'refuse' });
    expect((await correspondents.list(magpie.id))[0]?.isBlocked).toBe(false);
  });

  test('what was held or failed leaves at once when she says so, and once only', async () => {
    for (const make of [held, failed]) {
      const { id } = await make(heron);
      await owner.sendAgain(alix.id, heron.id, id);
      expect(await owner.message(alix.id, heron.id, id)).toMatchObject({ outcome: 'waiting', isKept: true });
      expect(await problems(owner.sendAgain(alix.id, heron.id, id))).toBe('mail_gone');
      expect(await problems(owner.discard(alix.id, heron.id, id))).toBe('mail_gone');
    }
  });

  test('what she throws away is gone, and its line says so', async () => {
    const { id } = await failed(heron);
    await owner.discard(alix.id, heron.id, id);
    expect(await owner.log(alix.id, heron.id)).toMatchObject([{ id, outcome: 'muted', isKept: false }]);
    for (const act of [owner.download, owner.discard, owner.sendAgain])
      expect(await problems(act(alix.id, heron.id, id))).toBe('mail_gone');
  });

  test('a message is downloaded octet by octet as it was received, the large one piece by piece', async () => {
    for (const size of [0, 700, 900_000]) {
      const body = octets('0123456789abcdef\r\n', size);
      const { id } = await receive(heron, { state: 'held', why: 'limit' }, body);
      const pieces = await owner.download(alix.id, heron.id, id);
      const expected = Buffer.concat([Buffer.from(HEAD, 'latin1'), body]);
      expect((await read(pieces)).equals(expected)).toBe(true);
    }
    const { id } = await delivered(heron);
    expect(await problems(owner.download(alix.id, heron.id, id))).toBe('mail_gone');
  });

  test('an answer goes into the spool, to whoever wrote, in the thread', async () => {
    const { id, messageId } = await delivered(heron);
    await owner.answer(alix.id, heron.id, id, { subject: ' Hello ', text: 'Thank you.\r\n', confirmed: false });
    const [reply] = await spool.waitingOf(heron.id);
    expect(reply).toMatchObject({ kind: 'reply', state: 'waiting', correspondent: NOTIFICATIONS });
    const message = await spool.message(reply?.spoolId ?? '');
    const head = message?.head.toString() ?? '';
    expect(head).toContain(`From: heron <${heron.aliasLocal}@relay.example>`);
    expect(head).toContain('Subject: Hello\r\n');
    expect(head).toContain(`In-Reply-To: ${messageId}`);
    const [line] = await owner.log(alix.id, heron.id);
    expect(line).toMatchObject({ way: 'out', outcome: 'waiting', domain: 'blog.example' });
  });

  test('R30: an answer that tells an address of hers leaves only once she says that it may', async () => {
    const { id } = await delivered(heron);
    const tell = (text: string, confirmed = false) =>
      problems(owner.answer(alix.id, heron.id, id, { subject: '', text, confirmed }));
    for (const text of [
      `Write to ${PEOPLE.alix.mailbox}`,
      'ALIX+blog@home.example',
      `${sparrow.aliasLocal}@relay.example`,
    ]) {
      expect([text, await tell(text)]).toEqual([text, [['confirmed', 'mail_tells_address']]]);
      expect([text, await tell(text, true)]).toEqual([text, []]);
    }
    // Its reader knows the one it is written from, and Bruno's is not hers to guard.
    expect(await tell(`${heron.aliasLocal}@relay.example, ${PEOPLE.bruno.mailbox}`)).toEqual([]);
    expect(
      await problems(
        owner.answer(alix.id, heron.id, id, { subject: PEOPLE.alix.mailbox, text: 'see above', confirmed: false }),
      ),
    ).toEqual([['confirmed', 'mail_tells_address']]);
  });

  test('A77: no title begins a field of the header, and nothing but text is sent', async () => {
    const { id } = await delivered(heron);
    const answer = (subject: string, text: string) =>
      problems(owner.answer(alix.id, heron.id, id, { subject, text, confirmed: true }));
    const injections = ['a\r\nBcc: maud@home.example', 'a\nb', 'a\rb', 'a\0b', 'a\u0085b', 'a\u2028b', '\t'];
    for (const subject of injections)
      expect([subject, await answer(subject, 'yes')]).toEqual([subject, [['subject', 'mail_subject_invalid']]]);
    expect(await answer('é'.repeat(201), 'yes')).toEqual([['subject', 'mail_subject_long']]);
    expect(await answer('', ' \r\n ')).toEqual([['text', 'mail_answer_empty']]);
    expect(await answer('', 'a'.repeat(20_001))).toEqual([['text', 'mail_answer_long']]);
    expect(await answer('', 'a'.repeat(1_000_000))).toEqual([['text', 'mail_answer_long']]);
    for (const text of ['a\0b', 'a\u001bb', 'a\u0090b'])
      expect([text, await answer('', text)]).toEqual([text, [['text', 'mail_answer_invalid']]]);
    expect(await answer('\r\n', '')).toEqual([
      ['subject', 'mail_subject_invalid'],
      ['text', 'mail_answer_empty'],
    ]);
    expect(await spool.waitingOf(heron.id)).toEqual([]);
  });

  test('answers are as few as a person writes', async () => {
    const { id } = await delivered(heron);
    const yes = { subject: '', text: 'yes', confirmed: false };
    for (let sent = 0; sent < 20; sent += 1) await owner.answer(alix.id, heron.id, id, yes);
    expect(await problems(owner.answer(alix.id, heron.id, id, yes))).toBe('mail_answers_often');
    const other = await delivered(sparrow);
    expect(await problems(owner.answer(alix.id, sparrow.id, other.id, yes))).toEqual([]);
    time += HOUR;
    expect(await problems(owner.answer(alix.id, heron.id, id, yes))).toEqual([]);
  });

  test('nobody answers a stranger, somebody blocked, an answer of their own or nobody', async () => {
    const yes = { subject: '', text: 'yes', confirmed: false };
    const refused = async ({ id }: Delivery) => {
      expect(await owner.message(alix.id, heron.id, id)).toMatchObject({ mayBeAnswered: false });
      expect(await problems(owner.answer(alix.id, heron.id, id, yes))).toBe('mail_unanswerable');
    };
    await refused(await held(heron, 'stranger'));
    await keep(spool, octets('x', 9), [
      { profileId: heron.id, kind: 'forward', state: 'held', why: 'choice', fromDomain: 'blog.example' },
    ]);
    for (const nobody of (await spool.logOf(heron.id)).slice(0, 1)) await refused(nobody);
    const known = await correspondents.of(heron.id, NOTIFICATIONS);
    const wanted = await delivered(heron);
    await owner.block(alix.id, heron.id, known.id, true);
    await refused(wanted);
    await owner.block(alix.id, heron.id, known.id, false);
    await owner.answer(alix.id, heron.id, wanted.id, yes);
    const [reply] = await spool.waitingOf(heron.id);
    if (reply !== undefined) await refused(reply);
    expect(reply?.kind).toBe('reply');
  });

  test('what she chooses for one profile is not said of the other', async () => {
    await owner.setMode(alix.id, heron.id, 'held');
    await owner.setStrangers(alix.id, heron.id, 'hold');
    expect(await owner.standing(alix.id, heron.id)).toMatchObject({ mode: 'held', strangers: 'hold' });
    await owner.setMode(alix.id, heron.id, 'on');
    expect(await owner.standing(alix.id, heron.id)).toMatchObject({ mode: 'on', strangers: 'hold' });
    expect(await owner.standing(alix.id, sparrow.id)).toMatchObject({ mode: 'on', strangers: 'refuse' });
  });

  test('while her address takes no mail nothing is sent to it, until she says that it does', async () => {
    const { mailboxHealth } = house.parts.accounts;
    expect(await owner.trouble(alix.id)).toBeUndefined();
    for (let bounce = 0; bounce < 3; bounce += 1) {
      await mailboxHealth.bounced(alix.id, PEOPLE.alix.mailbox, { lasting: true, kind: 'mailbox' });
      time += 24 * HOUR;
    }
    expect(await owner.trouble(alix.id)).toMatchObject({ kind: 'paused', isGone: false });
    const { id } = await held(heron, 'mailbox');
    expect(await problems(owner.sendAgain(alix.id, heron.id, id))).toBe('mail_paused');
    expect(await owner.trouble(bruno.id)).toBeUndefined();
    await owner.resume(alix.id);
    expect(await owner.trouble(alix.id)).toBeUndefined();
    // By itself, without being asked for.
    expect(await owner.message(alix.id, heron.id, id)).toMatchObject({ outcome: 'waiting' });
  });
});
