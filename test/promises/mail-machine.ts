import { fc } from '../properties.ts';
import { UserError } from '../../src/errors.ts';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import type { Place } from '../mail/leaks-place.ts';
import type { Sender } from '../mail/relay-house.ts';

const MINUTE = 60_000;

/** What happens, to the first or the second of two profiles, or to both. */
export type Happening = {
  readonly to: 0 | 1 | 'both';
  readonly what:
    | 'message'
    | 'stranger'
    | 'bounce'
    | 'delay'
    | 'away'
    | 'receipt'
    | 'answer by mail'
    | 'answer'
    | 'on'
    | 'muted'
    | 'held'
    | 'keep strangers'
    | 'refuse strangers'
    | 'block'
    | 'unblock'
    | 'resume';
  /** How the mailbox's server is disposed meanwhile: the code that it says, 250 where it takes mail. */
  readonly mood: 250 | 450 | 421 | 550 | 552;
  /** What it says, about whom it must never be said to anybody else. `%`: the mailbox. */
  readonly words: string;
};

const word = fc.constantFrom(
  '%',
  '<%>',
  'no such user',
  '5.1.1',
  'mailbox of % is full',
  'rfc822;%',
  '\u00e9\u0000',
  'x'.repeat(600),
  '250 2.0.0 Kept',
);
const happening: fc.Arbitrary<Happening> = fc.record({
  to: fc.constantFrom<Happening['to']>(0, 0, 1, 1, 'both'),
  what: fc.oneof(
    { weight: 8, arbitrary: fc.constant('message' as const) },
    { weight: 3, arbitrary: fc.constantFrom('stranger' as const, 'bounce' as const, 'answer' as const) },
    {
      weight: 5,
      arbitrary: fc.constantFrom<Happening['what'][]>('delay', 'away', 'receipt', 'answer by mail', 'on', 'resume'),
    },
    {
      weight: 3,
      arbitrary: fc.constantFrom<Happening['what'][]>(
        'muted',
        'held',
        'keep strangers',
        'refuse strangers',
        'block',
        'unblock',
      ),
    },
  ),
  mood: fc.constantFrom<Happening['mood']>(250, 250, 250, 450, 421, 550, 552),
  words: fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' ')),
});

/** Some things that happen one after the other. */
export const happenings = fc.array(happening, { minLength: 2, maxLength: 7 });

/** Each thing once, to both. */
export const EVERYTHING: Happening[] = (
  [
    'message',
    'stranger',
    'bounce',
    'delay',
    'away',
    'receipt',
    'answer by mail',
    'answer',
    'muted',
    'held',
    'on',
    'keep strangers',
    'refuse strangers',
    'block',
    'unblock',
    'resume',
  ] as const
).map((what) => ({ to: 'both', what, mood: 250, words: '<%>' }));

/** Two profiles, and whose they are. */
export type World = readonly [Inhabitant, Inhabitant];
export type Inhabitant = { readonly account: Account; readonly profile: Profile; readonly mailbox: string };

/** What mailboxes send by themselves, with their address in it wherever there is room for one. */
function comingBack({ what, words }: Happening, mailbox: string, to: string): string {
  const said = words.replaceAll('%', mailbox).replaceAll('\0', '');
  const begin = [`From: ${mailbox}`, `To: ${to}`, 'MIME-Version: 1.0'];
  if (what === 'away') return [...begin, 'Subject: Away', 'Auto-Submitted: auto-replied', '', said, ''].join('\r\n');
  if (what === 'answer by mail') return [...begin, 'Subject: Re: hello', '', said, ''].join('\r\n');
  const isReceipt = what === 'receipt';
  return [
    ...begin,
    'Subject: Undelivered',
    `Content-Type: multipart/report; report-type=${isReceipt ? 'disposition-notification' : 'delivery-status'}; boundary="b"`,
    '',
    '--b',
    '',
    said,
    '--b',
    `Content-Type: message/${isReceipt ? 'disposition-notification' : 'delivery-status'}`,
    '',
    'Reporting-MTA: dns; mx.home.example',
    '',
    `Final-Recipient: rfc822; ${mailbox}`,
    `Action: ${what === 'delay' ? 'delayed' : 'failed'}`,
    'Status: 5.1.1',
    `Diagnostic-Code: smtp; 550 5.1.1 ${said}`,
    '--b--',
    '',
  ].join('\r\n');
}

/** Why something is not answered now: the machine asks at any time. */
const MAY_NOT_BE_ANSWERED: ReadonlySet<string> = new Set(['mail_unanswerable', 'mail_answers_often', 'mail_gone']);

/** What came of all of it, so that it can be seen to get anywhere. */
export type Counts = Record<Happening['what'] | 'refused here', number>;

export type Machine = ReturnType<typeof makeMachine>;

/** Has things happen at a place where an application writes to profiles. */
export function makeMachine(place: Place, sender: Sender) {
  const { owner } = place.house.parts.relay;
  const counts: Partial<Counts> = {};
  /** What the application wrote itself. */
  const written: string[] = [];
  const count = (what: keyof Counts): void => void (counts[what] = (counts[what] ?? 0) + 1);
  let answers = 0;

  /** The whole dialogue of a message: what the other side is told. */
  async function write({ what }: Happening, to: readonly Inhabitant[]): Promise<string> {
    const aliases = to.map(({ profile }) => place.aliasOf(profile));
    const domain = what === 'stranger' ? 'stranger.example' : sender.domain;
    const message = place.message({ domain }, `undisclosed@${domain}`);
    written.push(message);
    const octets = what === 'stranger' ? Buffer.from(message) : await sender.signed(message);
    const lines = [
      'EHLO app.example',
      `MAIL FROM:<bounces@${domain}>`,
      ...aliases.map((alias) => `RCPT TO:<${alias}>`),
    ];
    const replies = await place.tell(lines, { message: octets.subarray(0, -2) });
    if (replies.at(-1)?.startsWith('250') !== true) count('refused here');
    return replies.join('\n');
  }

  /** The mailbox's side sends something to the return path and to the stand-in of what came to it last. */
  async function comeBack(one: Happening, { mailbox, profile }: Inhabitant): Promise<void> {
    const alias = place.aliasOf(profile);
    const last = place.catcher.letters.findLast(({ to, raw }) => to === mailbox && raw.includes(alias));
    const path = place.envelopes.findLast(({ to }) => to === mailbox)?.from;
    const standIn = /<([a-z0-9]{20}@relay\.example)>/u.exec(last?.from ?? '')?.[1];
    const from = one.what === 'answer by mail' || one.what === 'away' ? mailbox : '';
    for (const to of [path, standIn]) {
      if (to === undefined) continue;
      count(one.what);
      await place.deliver(comingBack(one, mailbox, to), from, to);
    }
  }

  /** The owner writes an answer to what came last, if it may be answered. */
  async function answer({ account, profile }: Inhabitant): Promise<void> {
    const [line] = (await owner.log(account.id, profile.id)).filter(
      ({ way, isKept, outcome }) => way === 'in' && (isKept || outcome === 'delivered'),
    );
    if (line === undefined) return;
    answers += 1;
    const words = { subject: `Thanks ${answers}`, text: `Thank you, for number ${answers}.`, confirmed: false };
    try {
      await owner.answer(account.id, profile.id, line.id, words);
      count('answer');
    } catch (error) {
      if (!(error instanceof UserError) || !MAY_NOT_BE_ANSWERED.has(error.code)) throw error;
    }
  }

  async function choose({ what }: Happening, { account: { id }, profile }: Inhabitant): Promise<void> {
    if (what === 'on' || what === 'muted' || what === 'held') await owner.setMode(id, profile.id, what);
    else if (what === 'keep strangers') await owner.setStrangers(id, profile.id, 'hold');
    else if (what === 'refuse strangers') await owner.setStrangers(id, profile.id, 'refuse');
    else if (what === 'resume') await owner.resume(id);
    else {
      const [writer] = await owner.correspondents(id, profile.id);
      if (writer !== undefined) await owner.block(id, profile.id, writer.id, what === 'block');
    }
    count(what);
  }

  return {
    counts,
    written,

    /** Has one thing happen in a world; returns what the sender of a message was told, word by word. */
    async play(one: Happening, world: World): Promise<string> {
      const to = one.to === 'both' ? world : [world[one.to]];
      const { mood, words } = one;
      place.mailbox.behaviour =
        mood === 250 ? undefined : { code: mood, text: words.replaceAll('%', to[0]?.mailbox ?? '') };
      let told = '';
      if (one.what === 'message' || one.what === 'stranger') {
        count(one.what);
        told = await write(one, to);
      } else {
        for (const inhabitant of to) {
          if (one.what === 'answer') await answer(inhabitant);
          else if (['bounce', 'delay', 'away', 'receipt', 'answer by mail'].includes(one.what))
            await comeBack(one, inhabitant);
          else await choose(one, inhabitant);
        }
      }
      await place.settle();
      place.mailbox.behaviour = undefined;
      place.clock.time += MINUTE;
      await place.settle();
      return told;
    },
  };
}
