import { parseWords } from '../accounts/accounts.ts';
import type { Application } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { dayOf } from '../days.ts';
import type { Profiles } from '../profiles/profiles.ts';
import { isId } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import type { Actor } from './actor.ts';
import type { LogKind, NewEntry, ProfileLog } from './log.ts';
import type { Moderators } from './moderators.ts';
import { reasonOf } from './reasons.ts';
import {
  approvedNews,
  endedNews,
  keptNews,
  questionNews,
  refusedNews,
  type News,
  type Refusal,
  type Subject,
} from './request-news.ts';
import type { OwnerTelling } from './telling.ts';
import type { makeUsualWait } from './usual-wait.ts';

/** How long what moderators write may be, in characters. */
const QUESTION = { min: 1, max: 500 };
const REFUSAL = { min: 0, max: 500 };

/** So many requests are decided at once. */
const AT_ONCE = 100;

/** Yes; or no, for a reason of the application's list (its id) and in the moderator's own words, which may be none. */
export type Verdict =
  { readonly kind: 'approve' } | { readonly kind: 'refuse'; readonly reason: string; readonly words: string };

/** A request that no longer waited, and what had become of it where the log still says so. */
export type Gone = { readonly name: string; readonly became: LogKind | undefined };

/** How many were decided, which had been before, and how many are the moderator's own, which are left as they were. */
export type Decided = { readonly done: number; readonly gone: readonly Gone[]; readonly own: number };

export type DecisionNeeds = {
  log: Pick<ProfileLog, 'of' | 'write'>;
  moderators: Pick<Moderators, 'require'>;
  now: () => number;
  profiles: Pick<Profiles, 'find' | 'isOwn' | 'moderated' | 'requestOf'>;
  storage: Storage;
  telling: OwnerTelling;
  usualWait: ReturnType<typeof makeUsualWait>;
};

/** What was done to a request: what the log says of it, and what its owner is told. */
type Done = { entry: Pick<NewEntry, 'kind' | 'reason' | 'words'>; news: News };

/** What the log says last of a request that waits no longer. */
const ENDS: ReadonlySet<LogKind> = new Set(['approved', 'refused', 'withdrawn', 'reviewed', 'deleted', 'retired']);

/** What moderators do with requests. Of several who decide at once one does, and the others are told. */
export function makeRequestDecisions(needs: DecisionNeeds) {
  const { log, moderators, now, profiles, storage, telling, usualWait } = needs;
  const { moderated } = profiles;

  /**
   * Does one thing to one request, in a transaction of its own; undefined where it waits no longer.
   * @throws {UserError} forbidden, own_profile
   */
  async function act(
    actor: Actor,
    application: Application,
    profileId: string,
    how: (tx: Db, about: Subject, request: { day: string; isReview: boolean }) => Promise<Done | undefined>,
  ): Promise<boolean> {
    const [profile, request] = await Promise.all([profiles.find(profileId), profiles.requestOf(profileId)]);
    if (profile?.applicationId !== application.id || request === undefined) return false;
    if (await profiles.isOwn(actor.accountId, profileId)) throw new UserError('own_profile');
    const owner = await telling.owner(profileId);
    const { id: applicationId, name } = application;
    const subject: Subject = { application: name, profileId, name: profile.name };
    return storage.write(async (tx) => {
      await moderators.require(tx, actor, applicationId);
      const { day, status } = request;
      const done = await how(tx, subject, { day, isReview: status === 'review' });
      if (done === undefined) return false;
      const detail = { name: profile.name };
      await log.write(tx, { applicationId, profileId, by: actor.accountId, detail, ...done.entry });
      await telling.tell(tx, owner, done.news(owner?.language ?? 'fr'));
      return true;
    });
  }

  const approve = (actor: Actor, application: Application, profileId: string): Promise<boolean> =>
    act(actor, application, profileId, async (tx, subject, { day, isReview }) => {
      if (isReview) {
        if (!(await moderated.reviewed(tx, profileId))) return undefined;
        return { entry: { kind: 'reviewed' }, news: keptNews(subject) };
      }
      if (!(await moderated.approve(tx, profileId))) return undefined;
      await usualWait.note(tx, application.id, day, dayOf(now()));
      return { entry: { kind: 'approved' }, news: approvedNews(subject) };
    });

  async function refuse(actor: Actor, application: Application, profileId: string, why: Refusal): Promise<boolean> {
    const { reason, words } = why;
    const said = { reason, ...(words === '' ? {} : { words }) };
    let isEnded = false;
    const done = await act(actor, application, profileId, async (tx, subject, { day, isReview }) => {
      isEnded = isReview;
      if (isReview) {
        // First that it was looked at, which one of several does, then what came of it.
        if (!(await moderated.reviewed(tx, profileId)) || !(await moderated.remove(tx, profileId))) return undefined;
        return { entry: { kind: 'deleted', ...said }, news: endedNews(subject, why) };
      }
      if (!(await moderated.refuse(tx, profileId))) return undefined;
      await usualWait.note(tx, application.id, day, dayOf(now()));
      return { entry: { kind: 'refused', ...said }, news: refusedNews(subject, why) };
    });
    if (done && isEnded) await moderated.ended(profileId);
    return done;
  }

  /** What became of a request that no longer waits; nothing of what is another application's, or never was. */
  async function goneOf(applicationId: string, profileId: string): Promise<Gone | undefined> {
    const profile = await profiles.find(profileId);
    const entries = (await log.of(profileId)).filter((entry) => entry.applicationId === applicationId);
    const end = entries.findLast(({ kind }) => ENDS.has(kind));
    const known = profile?.applicationId === applicationId ? profile.name : undefined;
    const name = known ?? entries.findLast(({ detail }) => detail?.['name'] !== undefined)?.detail?.['name'];
    return name === undefined ? undefined : { name, became: end?.kind };
  }

  return {
    /**
     * Decides about requests at an application, at most 100, each for itself. An urgent profile that was given at once
     * stays by a yes, and ends at once by a no. Their owners are told; never who decided.
     * @throws {UserError} forbidden, reason_unknown, words_too_many{max}; own_profile, where nothing else was chosen
     */
    async decide(
      actor: Actor,
      application: Application,
      profileIds: readonly string[],
      verdict: Verdict,
    ): Promise<Decided> {
      const why =
        verdict.kind === 'approve'
          ? undefined
          : { reason: reasonOf(application, verdict.reason), words: parseWords(verdict.words, REFUSAL) };
      const wanted = [...new Set(profileIds)].filter(isId).slice(0, AT_ONCE);
      const gone: string[] = [];
      let [done, own] = [0, 0];
      for (const id of wanted) {
        try {
          const isDone = await (why === undefined
            ? approve(actor, application, id)
            : refuse(actor, application, id, why));
          if (isDone) done += 1;
          else gone.push(id);
        } catch (error) {
          if (!(error instanceof UserError && error.code === 'own_profile') || wanted.length === 1) throw error;
          own += 1;
        }
      }
      const told = await Promise.all(gone.map((id) => goneOf(application.id, id)));
      const byName = told.filter((one) => one !== undefined).toSorted((a, b) => a.name.localeCompare(b.name));
      return { done, own, gone: byName };
    },

    /**
     * Asks the person something, in place of what was asked before; they are told by a letter.
     * @throws {UserError} forbidden, own_profile, request_gone, words_too_few{min}, words_too_many{max}
     */
    async ask(actor: Actor, application: Application, profileId: string, text: string): Promise<void> {
      const question = parseWords(text, QUESTION);
      const asked = await act(actor, application, profileId, async (tx, subject, { isReview }) => {
        if (isReview || !(await moderated.ask(tx, profileId, question))) return undefined;
        return { entry: { kind: 'asked', words: question }, news: questionNews(subject, question) };
      });
      if (!asked) throw new UserError('request_gone');
    },
  };
}
