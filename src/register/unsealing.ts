import { parseWords, type Account } from '../accounts/accounts.ts';
import { UserError } from '../errors.ts';
import { dayOf } from '../days.ts';
import { randomId } from '../storage/seal.ts';
import type { Db } from '../storage/storage.ts';
import { checkWish, UNSEALING_LIFE, UNSEALING_WORDS, type Wish } from './asking.ts';
import { headText, type Chain, type Head } from './chain.ts';
import { momentOf, type RegisterContent } from './entries.ts';
import type { RegisterNeeds } from './needs.ts';
import { makeShowing } from './showing.ts';
import { makeTelling } from './telling.ts';
import { makeUnsealingStore, type UnsealingContent, type UnsealingRow } from './unsealing-store.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** For so long an account that was just made an administrator's, or was given a new password by a link, decides nothing. */
const SETTLED = DAY;

/** So many are on their way at most (P8). */
const OPEN_MAX = 50;

/** An unsealing as administrators see it: what was asked, by whom, and how it stands; never what comes of it. Times in milliseconds. */
export type Unsealing = Omit<UnsealingContent, 'applicationId'> & {
  readonly id: string;
  readonly status: UnsealingRow['status'];
  /** Until when it may be confirmed, or is shown. */
  readonly until: number;
};

type StepKind = Extract<RegisterContent['kind'], `unsealing_${string}`>;

/** Since when somebody is an administrator and by whom, as far as is known; what an entry of the register says of it. */
type Standing = { since?: string; appointedBy?: string };

/**
 * Looking behind a profile: one administrator asks, a second one agrees, both see what was asked for and nothing else.
 * Every step is an entry of the register in the same transaction, and a letter to all administrators.
 */
export function makeUnsealings({ chain, ...needs }: RegisterNeeds & { chain: Chain }) {
  const { storage, seals, now, administrators, accountLog, applications, profiles } = needs;
  const store = makeUnsealingStore({ storage, seals });
  const untilOf = ({ content }: UnsealingRow): number =>
    content.confirmedAt === undefined
      ? content.askedAt + UNSEALING_LIFE.asked
      : content.confirmedAt + UNSEALING_LIFE.shown;

  async function step(tx: Db, content: RegisterContent & { kind: StepKind }, fresh = ''): Promise<Head> {
    const head = await chain.append(tx, content);
    await administrators.tell(tx, {
      kind: 'unsealing_step',
      values: {
        step: content.kind.replace('unsealing_', ''),
        by: 'by' in content ? content.by : '',
        fresh,
        number: String(head.number),
        request: String('request' in content ? content.request : head.number),
        head: headText(head),
      },
    });
    return head;
  }

  /**
   * How long somebody has been an administrator.
   * @throws {UserError} administrator_new, where a colleague made this account what it is since the day before `since`
   */
  async function standingOf(tx: Db, account: Account, since: number): Promise<Standing> {
    const kinds = ['role_administrator', 'link_used'] as const;
    const handedOver = await accountLog.hourOfLatest(account.id, kinds, since - SETTLED - HOUR, tx);
    // The log knows the hour alone.
    if (handedOver !== undefined && handedOver + HOUR + SETTLED > since) throw new UserError('administrator_new');
    const appointed = (await accountLog.list(account.id, tx)).find(({ kind }) => kind === 'role_administrator');
    if (appointed === undefined) return {};
    const { hour, by = '' } = appointed;
    return { since: dayOf(hour), ...(by === '' ? {} : { appointedBy: by }) };
  }

  async function openOne(tx: Db, id: string): Promise<UnsealingRow> {
    const row = await store.find(id, tx);
    if (row?.status !== 'asked' || untilOf(row) <= now()) throw new UserError('unsealing_gone');
    return row;
  }

  async function remove(tx: Db, row: UnsealingRow): Promise<void> {
    if (!(await store.remove(tx, row))) throw new UserError('unsealing_gone');
  }

  const telling = makeTelling({ ...needs, chain, store, step });

  const told = (row: UnsealingRow): Unsealing => {
    const { applicationId: _, ...content } = row.content;
    return { id: row.id, status: row.status, until: untilOf(row), ...content };
  };

  return {
    /** See `telling.ts`. */
    tell: telling.tell,

    /** Shows what was asked for: see `showing.ts`. */
    show: makeShowing({ ...needs, store, step }),

    /**
     * An administrator asks to look behind a profile. Another one has seven days to confirm or decline.
     * @returns its id
     * @throws {UserError} forbidden, own_profile, profile_unavailable, owner_forgotten, administrator_new,
     *   unsealings_full{max}, and what `checkWish` throws
     */
    async ask(by: string, profileId: string, wish: Wish): Promise<string> {
      const checked = checkWish(wish, now());
      const profile = await profiles.find(profileId);
      const application = profile === undefined ? undefined : await applications.find(profile.applicationId);
      if (profile === undefined || application === undefined) throw new UserError('profile_unavailable');
      if (await profiles.isOwn(by, profileId)) throw new UserError('own_profile');
      if (!(await profiles.isOwned(profileId))) throw new UserError('owner_forgotten');
      const id = randomId();
      await storage.write(async (tx) => {
        const account = await administrators.require(tx, by);
        if ((await store.list(tx)).length >= OPEN_MAX) throw new UserError('unsealings_full', { max: OPEN_MAX });
        const askedAt = now();
        const standing = await standingOf(tx, account, askedAt);
        const names = { application: application.name, profile: profile.name, profileId };
        const asked = { accountId: by, loginName: account.loginName };
        const at = momentOf(askedAt);
        const head = await step(
          tx,
          { kind: 'unsealing_asked', at, by: account.loginName, ...names, ...checked, ...standing },
          standing.appointedBy,
        );
        const content = { request: head.number, ...names, applicationId: application.id, ...checked, asked, askedAt };
        await store.insert(tx, id, content, askedAt + UNSEALING_LIFE.asked);
      });
      return id;
    },

    /**
     * A second administrator agrees: what was asked for is shown to the two, for 24 hours.
     * @throws {UserError} forbidden, unsealing_gone, unsealing_own (their own wish), own_profile, administrator_new,
     *   unsealing_alone (the one who asked is no administrator any more)
     */
    async confirm(by: string, id: string): Promise<void> {
      const before = await store.find(id);
      if (before !== undefined && (await profiles.isOwn(by, before.content.profileId)))
        throw new UserError('own_profile');
      await storage.write(async (tx) => {
        const account = await administrators.require(tx, by);
        const row = await openOne(tx, id);
        const { asked, askedAt, request } = row.content;
        if (asked.accountId === by) throw new UserError('unsealing_own');
        if (!(await administrators.are(tx, [asked.accountId]))) throw new UserError('unsealing_alone');
        const standing = await standingOf(tx, account, askedAt);
        const confirmedAt = now();
        const confirmed = { accountId: by, loginName: account.loginName };
        const content = { ...row.content, confirmed, confirmedAt };
        if (!(await store.confirm(tx, row, content, confirmedAt + UNSEALING_LIFE.shown)))
          throw new UserError('unsealing_gone');
        await telling.plan(tx, content);
        const at = momentOf(confirmedAt);
        const entry = { kind: 'unsealing_confirmed', at, request, by: account.loginName, ...standing } as const;
        await step(tx, entry, standing.appointedBy);
      });
    },

    /**
     * Ends a wish: another administrator declines it, or the one who asked takes it back.
     * @throws {UserError} forbidden, unsealing_gone; words_too_few{min}, words_too_many{max} where another declines
     */
    async decline(by: string, id: string, text: string): Promise<void> {
      const isOwn = (await store.find(id))?.content.asked.accountId === by;
      const words = isOwn ? '' : parseWords(text, UNSEALING_WORDS.refusal);
      await storage.write(async (tx) => {
        const account = await administrators.require(tx, by);
        const row = await openOne(tx, id);
        await remove(tx, row);
        const common = { at: momentOf(now()), request: row.content.request, by: account.loginName };
        await step(
          tx,
          isOwn ? { kind: 'unsealing_withdrawn', ...common } : { kind: 'unsealing_declined', ...common, words },
        );
      });
    },

    /** What is on its way, by the order in which it was asked for. */
    async list(): Promise<Unsealing[]> {
      return (await store.list()).filter((row) => untilOf(row) > now()).map(told);
    },

    /** One that is on its way, or still shown; undefined otherwise. */
    async find(id: string): Promise<Unsealing | undefined> {
      const row = await store.find(id);
      return row === undefined || untilOf(row) <= now() ? undefined : told(row);
    },

    /** Whether something about this profile is on its way, or its owner is still to be told. */
    async isAbout(db: Db, profileId: string): Promise<boolean> {
      return (await store.list(db)).some(({ content }) => content.profileId === profileId);
    },

    /** Ends what nobody confirmed in time, and forgets what nobody is to be told of; for the clock. */
    async sweep(): Promise<void> {
      for (const row of await store.list()) {
        if (untilOf(row) > now()) continue;
        const { status, content } = row;
        if (status === 'confirmed' && content.telling !== 'never') continue;
        await storage.write(async (tx) => {
          // Another node may have been here first.
          if (!(await store.remove(tx, row)) || status === 'confirmed') return;
          await step(tx, { kind: 'unsealing_lapsed', at: momentOf(now()), request: content.request });
        });
      }
    },
  };
}
