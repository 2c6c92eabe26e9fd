import { parseWords, type Accounts } from '../accounts/accounts.ts';
import type { Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { dayOf } from '../days.ts';
import type { Profiles } from '../profiles/profiles.ts';
import { isId, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import type { Actor } from './actor.ts';
import { makeAppealStore, type AppealRow } from './appeal-store.ts';
import type { Decide } from './decide.ts';
import { DECISION_WORDS } from './decisions.ts';
import type { LogEntry, LogKind, ProfileLog } from './log.ts';
import type { Moderators } from './moderators.ts';
import type { OwnerTelling } from './telling.ts';

/** How long what an owner says against a decision may be, in characters. */
export const APPEAL_WORDS = { min: 10, max: 1000 } as const;

/** What may be appealed against. */
const APPEALABLE: ReadonlySet<LogKind> = new Set(['warned', 'blocked', 'rename_asked', 'renamed', 'deleted', 'barred']);

/** The decisions of a history that were taken back, by their ids. */
export function undoneIn(history: readonly LogEntry[]): ReadonlySet<string> {
  const undoing = new Set<LogKind>(['unblocked', 'bar_lifted', 'appeal_granted']);
  return new Set(history.flatMap(({ kind, detail }) => (undoing.has(kind) ? (detail?.['of'] ?? []) : [])));
}

/**
 * Whether the owner may say something against this. What they did themselves has nobody who decided it; nor has a block
 * that came with an old name, and that one is a decision all the same.
 */
export function isAppealable({ kind, by }: LogEntry): boolean {
  return (by !== undefined || kind === 'blocked') && APPEALABLE.has(kind);
}

/** An appeal as moderators see it. Days are ISO dates; `by` are login names. */
export type SeenAppeal = {
  readonly id: string;
  readonly profileId: string;
  readonly name: string;
  readonly day: string;
  readonly words: string;
  readonly decision: Pick<LogEntry, 'kind' | 'day' | 'reason' | 'words' | 'detail'> & {
    readonly by: string | undefined;
  };
  /** Whether the actor made the decision: then a colleague decides. */
  readonly isOwnDecision: boolean;
};

type Needs = {
  accounts: Pick<Accounts, 'administrators'>;
  applications: Pick<Applications, 'get'>;
  decide: Decide;
  log: ProfileLog;
  loginNames: (accountIds: readonly (string | undefined)[]) => Promise<ReadonlyMap<string, string>>;
  moderators: Pick<Moderators, 'moderates' | 'of'>;
  now: () => number;
  profiles: Pick<Profiles, 'isOwn' | 'moderated' | 'own' | 'seen'>;
  seals: Seals;
  storage: Storage;
  telling: OwnerTelling;
};

export type Appeals = ReturnType<typeof makeAppeals>;

/** What owners say against decisions about their profiles, once for each; somebody else than who decided decides anew. */
export function makeAppeals(needs: Needs) {
  const { accounts, applications, decide, log, loginNames, moderators, now, profiles, storage, telling } = needs;
  const { moderated } = profiles;
  const store = makeAppealStore(needs);

  /** Undoes what was decided, as far as it still stands. */
  async function undo(tx: Db, { id, kind, profileId }: LogEntry): Promise<void> {
    if (kind === 'warned') await moderated.unwarn(tx, profileId, id);
    else if (kind === 'blocked') await moderated.unblock(tx, profileId, id);
    else if (kind === 'rename_asked') await moderated.unrename(tx, profileId, id);
    else if (kind === 'renamed') await moderated.rename(tx, profileId, id);
    else if (kind === 'barred') await moderated.liftBar(tx, profileId, id);
    else if (kind === 'deleted' && !(await moderated.undelete(tx, profileId))) throw new UserError('profile_changed');
  }

  async function seen(actor: Actor, row: AppealRow, names: ReadonlyMap<string, string>): Promise<SeenAppeal[]> {
    const [entry, profile] = await Promise.all([log.entry(row.id), profiles.seen(row.applicationId, row.profileId)]);
    if (entry === undefined || profile === undefined || (await profiles.isOwn(actor.accountId, row.profileId)))
      return [];
    const { kind, day, reason, words, detail, by } = entry;
    return [
      {
        id: row.id,
        profileId: row.profileId,
        name: profile.name,
        day: row.day,
        words: row.content.words,
        decision: { kind, day, reason, words, detail, by: names.get(by ?? '') },
        isOwnDecision: by === actor.accountId,
      },
    ];
  }

  return {
    /**
     * Says something against a decision about a profile of one's own; once for each. Where nobody looks after the
     * application but who decided, the administrators are told at once.
     * @throws {UserError} profile_unavailable, decision_unknown, appealed_already, words_too_few{min}, words_too_many{max}
     */
    async write(accountId: string, profileId: string, decisionId: string, text: string): Promise<void> {
      const { applicationId, name } = await profiles.own(accountId, profileId);
      const history = await log.of(profileId);
      const decision = history.find(({ id }) => id === decisionId);
      if (decision === undefined || !isAppealable(decision) || undoneIn(history).has(decisionId))
        throw new UserError('decision_unknown');
      const words = parseWords(text, APPEAL_WORDS);
      const application = await applications.get(applicationId);
      const owner = await telling.owner(profileId);
      // Whether the owner is one of them says nothing here: the letter would give it away.
      const others = (await moderators.of(applicationId)).filter(
        (one) => one.isActive && one.accountId !== decision.by,
      );
      await storage.write(async (tx) => {
        const row = { id: decisionId, applicationId, profileId, day: dayOf(now()), words };
        if (!(await store.insert(tx, row))) throw new UserError('appealed_already');
        await log.write(tx, { applicationId, profileId, kind: 'appealed', detail: { of: decisionId } });
        await telling.tell(tx, owner, {
          kind: 'appeal_sent',
          detail: { application: application.name, profile: name },
        });
        if (others.length > 0) return;
        const values = { application: application.name, moderated: applicationId };
        await accounts.administrators.tell(tx, { kind: 'appeal_referred', values });
      });
    },

    /**
     * What waits for a decision at an application, by the names of the profiles; not about the actor's own.
     * @throws {UserError} forbidden
     */
    async list(actor: Actor, applicationId: string): Promise<SeenAppeal[]> {
      if (!(await moderators.moderates(actor, applicationId))) throw new UserError('forbidden');
      const rows = await store.open(applicationId);
      const decisions = await Promise.all(rows.map(({ id }) => log.entry(id)));
      const names = await loginNames(decisions.map((entry) => entry?.by));
      const found = (await Promise.all(rows.map((row) => seen(actor, row, names)))).flat();
      return found.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1));
    },

    /** How many wait at an application. */
    count: (applicationId: string): Promise<number> => store.countOpen(applicationId),

    /**
     * Decides an appeal: what it is against stands, or is undone. Of two who decide at once one does.
     * @throws {UserError} appeal_gone, own_decision, profile_changed (what was deleted is forgotten by now),
     * words_too_many{max}, and the codes of `makeDecide`
     */
    async decide(
      actor: Actor,
      applicationId: string,
      id: string,
      { granted, words: text }: { readonly granted: boolean; readonly words: string },
    ): Promise<void> {
      const row = isId(id) ? await store.find(id) : undefined;
      if (row?.applicationId !== applicationId) throw new UserError('appeal_gone');
      const decision = await log.entry(id);
      if (row.status !== 'open' || decision === undefined) throw new UserError('appeal_gone');
      if (decision.by === actor.accountId) throw new UserError('own_decision');
      const { profileId } = row;
      await decide(actor, applicationId, profileId, async (tx, { application, profile, owner }) => {
        const words = parseWords(text, DECISION_WORDS);
        const outcome = { granted, words, day: dayOf(now()), by: actor.accountId };
        if (!(await store.decide(tx, row, outcome))) throw new UserError('appeal_gone');
        if (granted) await undo(tx, decision);
        const kind = granted ? 'appeal_granted' : 'appeal_upheld';
        await log.write(tx, { applicationId, profileId, kind, by: actor.accountId, words, detail: { of: id } });
        await telling.tell(tx, owner, {
          kind,
          detail: { application: application.name, profile: profile.name },
          letter: { kind, values: { application: application.name, name: profile.name, profile: profileId, words } },
        });
      });
    },

    /** All against decisions about one profile. */
    ofProfile: (profileId: string, db?: Db): Promise<AppealRow[]> => store.ofProfile(profileId, db),

    /** Forgets those about a profile whose owner is forgotten, in the transaction of that. */
    forget: (tx: Db, profileId: string): Promise<void> => store.forget(tx, profileId),

    /** Forgets what was decided before a day (an ISO date). */
    sweep: (before: string): Promise<void> => store.sweep(before),
  };
}
