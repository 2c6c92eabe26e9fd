import { checkName, type Application } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { canonicalName, shapeOf } from '../names.ts';
import type { Db } from '../storage/storage.ts';
import type { Entering } from './entering.ts';
import type { Tell } from './happening.ts';
import type { Profile } from './profile.ts';
import type { makeProfileStore } from './store.ts';

const SUGGESTIONS = 3;

/**
 * Uses up one profile of a moderator's link, in the transaction that makes it; throws a `UserError` where the link is not
 * good at this application.
 */
export type TakeInvitation = (
  tx: Db,
  use: {
    readonly token: string;
    readonly applicationId: string;
    readonly accountId: string;
    readonly profileId: string;
  },
) => Promise<void>;

type Needs = {
  entering: Entering;
  store: ReturnType<typeof makeProfileStore>;
  takeInvitation: TakeInvitation;
  tell: Tell;
};

/** What somebody wants a new profile to be. */
export type NewProfile = {
  readonly name: string;
  readonly note: string;
  readonly loginName?: string | undefined;
  /** The token of a link that a moderator handed over. */
  readonly invitation?: string | undefined;
};

/**
 * The name of a new profile under these rules.
 * @throws {UserError} name_not_account {name}, login_name_unfit {name}, and the codes of `checkName`
 */
export function nameUnder({ policy, rule }: Application, { name, loginName }: NewProfile): string {
  if (policy !== 'account-name') return checkName(name, rule);
  if (loginName === undefined || name.trim() !== loginName) {
    throw new UserError('name_not_account', { name: loginName ?? '' });
  }
  try {
    return checkName(loginName, rule);
  } catch (error) {
    if (error instanceof UserError) throw new UserError('login_name_unfit', { name: loginName });
    throw error;
  }
}

/** Names near the wanted one, most like it first. */
function* variants(name: string): Generator<string> {
  for (const separator of ['', '_', '-', '.']) {
    for (const number of [2, 3, 4, 5, 7, 8, 9, 10, 11, 12]) yield `${name}${separator}${number}`;
  }
  for (let cut = name.length - 1; cut >= 3; cut -= 1) {
    yield `${name.slice(0, cut)}2`;
    yield `${name.slice(0, cut)}7`;
  }
}

/** Creating a profile: the name by the application's rule, the number by its quota (P3, P7). */
export function makeProfileCreation({ entering, store, takeInvitation, tell }: Needs) {
  return {
    /**
     * Creates an active profile, where the policy asks nobody for a yes or `invitation` stands for it. `loginName`: the
     * account's, which its owner let us show; under the policy "account-name" it is the profile's name.
     * @throws {UserError} approval_needed, name_not_account {name}, login_name_unfit {name}, names_awaited, policy_closed,
     * policy_invited, new_profiles_barred, quota_full {limit}, name_taken, note_too_long {max}, what an invitation
     * throws, and the codes of `checkName`.
     */
    async create(accountId: string, application: Application, wanted: NewProfile): Promise<Profile> {
      const { invitation } = wanted;
      return entering.add(
        accountId,
        application.id,
        { note: wanted.note, isInvited: invitation !== undefined },
        (rules, entrance) => {
          if (entrance.kind === 'refused') throw new UserError(entrance.code, entrance.params);
          if (entrance.kind === 'request') throw new UserError('approval_needed');
          const source = invitation === undefined ? 'created' : 'invited';
          return {
            name: nameUnder(rules, wanted),
            status: 'active',
            source,
            async also(tx, { id: profileId, applicationId }) {
              if (invitation !== undefined) {
                await takeInvitation(tx, { token: invitation, applicationId, accountId, profileId });
              }
              await tell(tx, { applicationId, profileId, kind: source });
            },
          };
        },
      );
    },

    /** Up to three free names near the wanted one that the application's rule takes. */
    async suggest(application: Application, wanted: string): Promise<string[]> {
      const base = canonicalName(wanted)
        .replace(/[^a-z0-9_.-]/gu, '')
        .slice(0, application.rule.max - 2);
      if (base.length === 0) return [];
      const allowed: { name: string; shape: string }[] = [];
      for (const variant of variants(base)) {
        try {
          allowed.push({ name: checkName(variant, application.rule), shape: shapeOf(variant) });
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
        if (allowed.length === 24) break;
      }
      if (allowed.length === 0) return [];
      const taken = new Set(
        await store.takenShapes(
          application.id,
          allowed.map(({ shape }) => shape),
        ),
      );
      const free = new Map<string, string>();
      for (const { name, shape } of allowed) if (!taken.has(shape) && !free.has(shape)) free.set(shape, name);
      return [...free.values()].slice(0, SUGGESTIONS);
    },
  };
}
