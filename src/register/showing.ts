import { UserError } from '../errors.ts';
import type { Db } from '../storage/storage.ts';
import type { Head } from './chain.ts';
import { momentOf, type RegisterContent } from './entries.ts';
import type { RegisterNeeds } from './needs.ts';
import { UNSEALING_LIFE } from './asking.ts';
import type { makeUnsealingStore, UnsealingRow } from './unsealing-store.ts';

/** A profile behind the one that was asked about. */
export type ShownProfile = { readonly application: string; readonly name: string; readonly status: string };

/** What is behind a profile: exactly what was asked for, as it is at this moment. Times in milliseconds. */
export type Shown = {
  readonly login?: string;
  /** Empty where the account has none. */
  readonly mailbox?: { readonly address: string; readonly verified: boolean };
  /** The person's other profiles at the same application, by name. */
  readonly here?: readonly ShownProfile[];
  /** All their profiles, by application and name. */
  readonly everywhere?: readonly ShownProfile[];
  /** From the register of connections, the latest first. */
  readonly connections?: readonly { readonly at: number; readonly address: string }[];
};

type Needs = RegisterNeeds & {
  store: ReturnType<typeof makeUnsealingStore>;
  step: (tx: Db, content: Extract<RegisterContent, { kind: 'unsealing_shown' }>) => Promise<Head>;
};

/** Showing what two administrators agreed to look at. */
export function makeShowing({ storage, now, accounts, administrators, applications, profiles, store, step }: Needs) {
  /** One of the two, in time. Anybody else is told the same as where there is nothing. */
  function check(row: UnsealingRow | undefined, by: string): UnsealingRow {
    const { asked, confirmed, confirmedAt = 0 } = row?.content ?? {};
    const isOneOfTwo = asked?.accountId === by || confirmed?.accountId === by;
    if (row?.status !== 'confirmed' || !isOneOfTwo || now() >= confirmedAt + UNSEALING_LIFE.shown)
      throw new UserError('unsealing_gone');
    return row;
  }

  async function profilesBehind(
    profileId: string,
    { applicationId, wanted }: UnsealingRow['content'],
  ): Promise<Pick<Shown, 'here' | 'everywhere'>> {
    const isEverywhere = wanted.includes('everywhere');
    if (!isEverywhere && !wanted.includes('here')) return {};
    const known = await applications.list();
    const ids = isEverywhere ? known.map(({ id }) => id) : [applicationId];
    const names = new Map(known.map(({ id, name }) => [id, name]));
    const found = await profiles.behind(profileId, ids);
    const shown = found
      .map(({ id, applicationId: place, name, status }) => ({
        id,
        place,
        profile: { application: names.get(place) ?? '', name, status },
      }))
      .toSorted(
        (a, b) =>
          a.profile.application.localeCompare(b.profile.application) || a.profile.name.localeCompare(b.profile.name),
      );
    return {
      ...(wanted.includes('here')
        ? {
            here: shown
              .filter(({ id, place }) => place === applicationId && id !== profileId)
              .map(({ profile }) => profile),
          }
        : {}),
      ...(isEverywhere ? { everywhere: shown.map(({ profile }) => profile) } : {}),
    };
  }

  async function compute({ content }: UnsealingRow): Promise<Shown> {
    const { profileId, wanted, from = '', to = '' } = content;
    const accountId = await profiles.ownerBehind(profileId);
    const account = accountId === undefined ? undefined : await accounts.find(accountId);
    if (account === undefined) throw new UserError('owner_forgotten');
    return {
      ...(wanted.includes('login') ? { login: account.loginName } : {}),
      ...(wanted.includes('mailbox')
        ? { mailbox: { address: account.mailbox ?? '', verified: account.mailboxVerified } }
        : {}),
      ...(await profilesBehind(profileId, content)),
      ...(wanted.includes('connections')
        ? {
            connections: await accounts.connectionsOf(account.id, { from: Date.parse(from), to: Date.parse(to) }),
          }
        : {}),
    };
  }

  /**
   * What was asked for, to one of the two administrators, within 24 hours; each look is an entry of the register, written
   * before anything is shown.
   * @throws {UserError} forbidden, unsealing_gone, unsealing_alone (the other one is no administrator any more),
   *   owner_forgotten
   */
  return async function show(by: string, id: string): Promise<Shown> {
    const shown = await compute(check(await store.find(id), by));
    await storage.write(async (tx) => {
      const account = await administrators.require(tx, by);
      const { content } = check(await store.find(id, tx), by);
      const both = [content.asked.accountId, content.confirmed?.accountId ?? ''];
      if (!(await administrators.are(tx, both))) throw new UserError('unsealing_alone');
      const at = momentOf(now());
      await step(tx, { kind: 'unsealing_shown', at, request: content.request, by: account.loginName });
    });
    return shown;
  };
}
