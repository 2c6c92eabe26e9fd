import { expect, test } from 'vitest';
import { fc } from '../../properties.ts';
import { READ_MAX, RETURN_LIFE, type Returned } from '../../../src/mail/back/back.ts';
import { makeVerifier } from '../../../src/mail/dkim/verify.ts';
import { readHead } from '../../../src/mail/head.ts';
import { onBothEngines } from '../../engines.ts';
import { leaksIn } from '../outgoing.ts';
import { bodyOf } from '../spool/sorting-office.ts';
import { REPORTS } from './letters.ts';
import { mailTo, openReturns, URL, type Returns } from './returns.ts';

const HOUR = 3_600_000;
const TAKEN = { code: 250, enhanced: '2.0.0', text: 'Taken' };
const ALIX = 'alix@home.example';

const VACATION = `From: alix@home.example
To: notify@lake.example
Subject: hello
MIME-Version: 1.0

I am away.
`;
const withField = (field: string): string => VACATION.replace('MIME-Version', `${field}\nMIME-Version`);
const MDN = `From: alix@home.example
Subject: Read: hello
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: text/plain

This was shown to alix@home.example.
--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822; alix@home.example
Disposition: manual-action/MDN-sent-manually; displayed
--b--
`;

let people = 0;

/** Somebody with a proven mailbox and a profile. */
async function somebody({ house, owners }: Returns): Promise<{ id: string; profileId: string; mailbox: string }> {
  people += 1;
  const name = `person${people}`;
  const mailbox = `${name}@home.example`;
  const { id } = await house.add(name, { mailbox, mailboxVerified: true });
  const profileId = `profile-of-${name}`;
  owners.set(profileId, id);
  return { id, profileId, mailbox };
}

onBothEngines('what comes back', (ground) => {
  test('F3, F4: a report marks its delivery and ends here; its words are for the owner alone', async () => {
    const returns = openReturns(ground());
    const { spool, sent, comes, house, lines } = returns;
    const { profileId } = await somebody(returns);
    const delivery = await sent(mailTo(profileId));
    const other = await sent(mailTo(profileId));
    const reply = await comes(REPORTS.exim, '', { kind: 'return', delivery });
    expect(reply).toEqual(TAKEN);
    const log = await spool.logOf(profileId);
    expect(log.map(({ state }) => state).toSorted()).toEqual(['bounced', 'delivered']);
    const bounced = await spool.find(profileId, delivery.id);
    expect(bounced).toMatchObject({
      state: 'bounced',
      trouble: { code: '552', enhanced: '5.0.0', text: '552 Quota exceeded for this mailbox', at: house.clock.time },
    });
    // A report marks nothing but its own.
    expect(await spool.find(profileId, other.id)).toMatchObject({ state: 'delivered' });
    // Nothing left, and nothing waits to leave.
    expect(house.letters).toEqual([]);
    expect((await spool.waitingOf(profileId)).length).toBe(0);
    expect(lines.join('\n')).not.toMatch(/home\.example|Quota/u);
  });

  test('A77: a flood of reports to one return path is counted once', async () => {
    const returns = openReturns(ground());
    const { sent, comes, house, spool } = returns;
    const { id, profileId } = await somebody(returns);
    const delivery = await sent(mailTo(profileId));
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => comes(REPORTS.postfix, '', { kind: 'return', delivery })),
    );
    expect(replies).toEqual(Array.from({ length: 20 }, () => TAKEN));
    expect(await house.accounts.mailboxHealth.isPaused(id)).toBe(false);
    expect(await spool.logOf(profileId)).toHaveLength(1);
    // Nor is one that is still being sent counted twice.
    const waiting = mailTo(profileId, { messageId: '<waiting@lake.example>' });
    const writer = spool.begin();
    await writer.write(Buffer.from('hello\r\n'));
    const [kept] = await spool.commit(
      {
        head: Buffer.from('Subject: x\r\n\r\n'),
        meta: {
          mailFrom: '',
          receivedAt: 1,
          bodyHash: 'x',
          client: { name: '', isEncrypted: false },
          authentication: '',
          arc: { instance: 0, cv: 'none' },
        },
        body: await writer.finish(),
      },
      [waiting],
    );
    for (let times = 0; times < 5; times += 1) {
      const found = await spool.findByReturn(kept?.returnLocal ?? '');
      if (found === undefined) throw new Error('nothing has this return path');
      await comes(REPORTS.postfix, '', { kind: 'return', delivery: found });
    }
    expect(await house.accounts.mailboxHealth.isPaused(id)).toBe(false);
  });

  test('three messages that came back pause the mailbox, and nothing on the side of profiles says so', async () => {
    const returns = openReturns(ground());
    const { sent, comes, house, spool } = returns;
    const { id, profileId } = await somebody(returns);
    for (let times = 0; times < 3; times += 1) {
      await comes(REPORTS.postfix, '', { kind: 'return', delivery: await sent(mailTo(profileId)) });
    }
    expect(await house.accounts.mailboxHealth.routeFor(id)).toMatchObject({ to: undefined, why: 'paused' });
    expect(JSON.stringify(await spool.logOf(profileId))).not.toContain(id);
    const { id: other, profileId: lists } = await somebody(returns);
    for (let times = 0; times < 5; times += 1) {
      await comes(REPORTS.international, '', { kind: 'return', delivery: await sent(mailTo(lists)) });
      await comes(REPORTS.delayed, '', { kind: 'return', delivery: await sent(mailTo(lists)) });
    }
    expect(await house.accounts.mailboxHealth.isPaused(other)).toBe(false);
  });

  test('F5: a report with a sender, and what is no report, mark nothing and end here', async () => {
    const returns = openReturns(ground());
    const { sent, comes, spool } = returns;
    const { profileId } = await somebody(returns);
    const delivery = await sent(mailTo(profileId));
    const found: Returned = { kind: 'return', delivery };
    expect(await comes(REPORTS.postfix, ALIX, found)).toEqual(TAKEN);
    expect(await comes(REPORTS.postfix.replace('multipart/report', 'multipart/mixed'), '', found)).toEqual(TAKEN);
    expect(await comes(VACATION, '', found)).toEqual(TAKEN);
    expect(await comes(VACATION, ALIX, found)).toEqual(TAKEN);
    expect(await comes(REPORTS.delayed, '', found)).toEqual(TAKEN);
    const log = await spool.logOf(profileId);
    // One line about all of them.
    expect(log.map(({ state }) => state).toSorted()).toEqual(['delivered', 'stopped']);
    expect(log.find(({ state }) => state === 'stopped')).toMatchObject({
      fromDomain: 'lake.example',
      correspondent: { address: 'notify@lake.example' },
    });
  });

  test.each([
    ['F7', '', 'Auto-Submitted: auto-replied'],
    ['F7', ALIX, 'Auto-Submitted: auto-replied'],
  ])('%s: an absence to the return path from <%s> is let go', async (_, from, field) => {
    const returns = openReturns(ground());
    const { sent, comes, spool, house } = returns;
    const { profileId } = await somebody(returns);
    const delivery = await sent(mailTo(profileId));
    expect(await comes(withField(field), from, { kind: 'return', delivery })).toEqual(TAKEN);
    expect((await spool.logOf(profileId)).map(({ state }) => state).toSorted()).toEqual(['delivered', 'stopped']);
    expect(house.letters).toEqual([]);
  });

  test.each([
    ['F8', withField('Auto-Submitted: auto-replied'), ALIX],
    ['F8', VACATION, ''],
    ['F9', withField('X-Autoreply: yes'), ALIX],
    ['F9', withField('Precedence: auto_reply'), ALIX],
    ['F9', VACATION.replace('Subject: hello', 'Subject: Abwesenheit: hello'), ALIX],
    ['F12', MDN, ALIX],
    ['F12', MDN, ''],
    ['F5', REPORTS.postfix, ''],
  ])(
    '%s: what a machine sends to the address of a correspondent is let go, and its owner sees a line',
    async (_, text, from) => {
      const returns = openReturns(ground());
      const { comes, spool, correspondents, house } = returns;
      const { profileId } = await somebody(returns);
      const correspondent = await correspondents.of(profileId, { address: 'notify@lake.example', name: 'Le Lac' });
      for (let times = 0; times < 5; times += 1) {
        expect(await comes(text, from, { kind: 'correspondent', correspondent })).toEqual(TAKEN);
      }
      expect(await spool.logOf(profileId)).toMatchObject([{ state: 'stopped', fromDomain: 'lake.example' }]);
      house.clock.time += HOUR;
      await comes(text, from, { kind: 'correspondent', correspondent });
      expect(await spool.logOf(profileId)).toHaveLength(2);
      expect(house.letters).toEqual([]);
    },
  );

  test('F10: what a person may have written is refused with the page where answers are written, the same to everybody', async () => {
    const returns = openReturns(ground());
    const { comes, spool, correspondents } = returns;
    const replies = [];
    for (const _ of [1, 2]) {
      const { profileId } = await somebody(returns);
      const correspondent = await correspondents.of(profileId, { address: 'notify@lake.example', name: 'Le Lac' });
      replies.push(await comes(VACATION, ALIX, { kind: 'correspondent', correspondent }));
      expect(await spool.logOf(profileId)).toEqual([]);
    }
    expect(replies[0]).toMatchObject({ code: 550, enhanced: '5.7.1' });
    expect(replies[0]?.text).toContain(URL);
    expect(replies[0]?.text).toMatch(/^[\u0020-\u007e]+$/u);
    expect(replies[1]).toEqual(replies[0]);
  });

  test('R23: when an answer of theirs comes back, its owner sees it, and their own mailbox has done nothing', async () => {
    const returns = openReturns(ground());
    const { sent, comes, house, spool } = returns;
    const { id, profileId } = await somebody(returns);
    for (let times = 0; times < 4; times += 1) {
      const delivery = await sent(mailTo(profileId, { kind: 'reply' }));
      expect(await comes(REPORTS.postfix, '', { kind: 'return', delivery })).toEqual(TAKEN);
      expect(await spool.find(profileId, delivery.id)).toMatchObject({ kind: 'reply', state: 'bounced' });
    }
    expect(await house.accounts.mailboxHealth.isPaused(id)).toBe(false);
  });

  test('the copy of an administrator that comes back counts for their mailbox, and makes no line', async () => {
    const returns = openReturns(ground());
    const { sent, comes, house } = returns;
    const { id } = await somebody(returns);
    for (let times = 0; times < 3; times += 1) {
      const delivery = await sent({
        accountId: id,
        kind: 'administrators',
        state: 'waiting',
        fromDomain: 'lake.example',
      });
      await comes(VACATION, '', { kind: 'return', delivery });
      await comes(REPORTS.postfix, '', { kind: 'return', delivery });
    }
    expect(await house.accounts.mailboxHealth.isPaused(id)).toBe(true);
  });

  test('F2: a return path ends ten days after its message was tried', async () => {
    const returns = openReturns(ground());
    const { sent, back, house } = returns;
    const { profileId } = await somebody(returns);
    const delivery = await sent(mailTo(profileId));
    expect(delivery.returnLocal).toMatch(/^[a-z0-9]{20}$/u);
    house.clock.time += RETURN_LIFE - HOUR;
    expect(back.takes(delivery)).toBe(true);
    house.clock.time += HOUR;
    expect(back.takes(delivery)).toBe(false);
  });

  test('P8: of a long body the beginning is read and the rest let go, all of it; a body that breaks off is no report', async () => {
    const returns = openReturns(ground());
    const { sent, back, spool } = returns;
    const { profileId } = await somebody(returns);
    const [top = '', ...rest] = REPORTS.postfix.replaceAll('\n', '\r\n').split('\r\n\r\n');
    const head = readHead(Buffer.from(`${top}\r\n\r\n`));
    let given = 0;
    const body = async function* body(end?: Error): AsyncGenerator<Buffer> {
      yield Buffer.from(rest.join('\r\n\r\n'));
      for (let pieces = 0; pieces < 400; pieces += 1) {
        given += 64 * 1024;
        yield Buffer.alloc(64 * 1024, 'x');
      }
      if (end !== undefined) throw end;
    };
    const delivery = await sent(mailTo(profileId));
    const broken = back.receive({ from: '', head, body: body(new Error('cut off')) }, { kind: 'return', delivery });
    await expect(broken).rejects.toThrow('cut off');
    expect(await spool.find(profileId, delivery.id)).toMatchObject({ state: 'delivered' });
    given = 0;
    expect(await back.receive({ from: '', head, body: body() }, { kind: 'return', delivery })).toEqual(TAKEN);
    expect(given).toBe(400 * 64 * 1024);
    expect(await spool.find(profileId, delivery.id)).toMatchObject({ state: 'bounced' });
    // What comes after that much is not looked at.
    const late = async function* late(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(READ_MAX, 'x');
      yield Buffer.from(`\r\n${rest.join('\r\n\r\n')}`);
    };
    const second = await sent(mailTo(profileId));
    expect(await back.receive({ from: '', head, body: late() }, { kind: 'return', delivery: second })).toEqual(TAKEN);
    expect(await spool.find(profileId, second.id)).toMatchObject({ state: 'delivered' });
  });

  test('whatever comes back, there is one of two answers, and never a failure', async () => {
    const returns = openReturns(ground());
    const { sent, back, correspondents } = returns;
    const { profileId } = await somebody(returns);
    const delivery = await sent(mailTo(profileId));
    const correspondent = await correspondents.of(profileId, { address: 'notify@lake.example', name: '' });
    const founds: Returned[] = [
      { kind: 'return', delivery },
      { kind: 'correspondent', correspondent },
    ];
    const value = fc.string({ unit: 'binary', maxLength: 200 }).map((text) => text.replaceAll(/[\r\n\0]/gu, ' '));
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.record({ type: value, subject: value, auto: value }),
        fc.constantFrom('', ALIX),
        fc.constantFrom(...founds),
        async (octets, { type, subject, auto }, from, found) => {
          const head = readHead(
            Buffer.from(`Content-Type: multipart/report; ${type}\r\nSubject: ${subject}\r\nPrecedence: ${auto}\r\n`),
          );
          const body = async function* body(): AsyncGenerator<Buffer> {
            yield Buffer.from(octets);
          };
          const { code } = await back.receive({ from, head, body: body() }, found);
          expect([250, 550]).toContain(code);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('R31: an answer waits in the spool like any delivery, ready to be signed, and shows no more than it says', async () => {
    const returns = openReturns(ground());
    const { sent, answer, spool, house } = returns;
    const { id, profileId, mailbox } = await somebody(returns);
    const answered = await sent(mailTo(profileId, { references: '<zero@lake.example>' }));
    const profile = { id: profileId, name: 'Hulotte', aliasLocal: 'k7f3q9x2m1z8c5v3b6n0' };
    const [reply] = await answer(profile, answered, { subject: 'Re: bonjour', text: 'Merci, à bientôt !' });
    expect(reply).toMatchObject({
      kind: 'reply',
      state: 'waiting',
      profileId,
      fromDomain: 'lake.example',
      correspondent: { address: 'notify@lake.example' },
    });
    const message = await spool.message(reply?.spoolId ?? '');
    const body = await bodyOf(spool, reply?.spoolId);
    const head = readHead(message?.head ?? Buffer.alloc(0));
    expect(message?.head.toString()).toContain(`In-Reply-To: ${answered.messageId}\r\n`);
    const verifier = makeVerifier(head, { txt: async () => [] }, () => house.clock.time);
    verifier.update(body);
    expect(message?.meta).toMatchObject({
      size: body.length,
      bodyHash: (await verifier.finish()).bodyHash,
      mailFrom: '',
    });
    const octets = Buffer.concat([message?.head ?? Buffer.alloc(0), body]);
    const secrets = { mailboxes: [mailbox], names: [mailbox.split('@')[0] ?? ''], ids: [id, profileId, answered.id] };
    expect(leaksIn(octets, secrets, 'k7f3q9x2m1z8c5v3b6n0@alias.test')).toEqual([]);
    // To an address that is none, nothing is written.
    const nobody = await sent(mailTo(profileId, { correspondent: { address: 'a@b.example, c@d.example', name: '' } }));
    await expect(answer(profile, nobody, { subject: '', text: 'x' })).rejects.toMatchObject({
      code: 'mail_unanswerable',
    });
  });
});
