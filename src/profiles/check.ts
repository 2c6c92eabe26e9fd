import { canonicalName, shapeOf } from '../names.ts';
import { findTwins, inPages, type Findings } from '../storage/findings.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { checkRequests } from './check-requests.ts';
import { makeOwnership } from './ownership.ts';
import { exactKey, openDetails } from './profile.ts';
import { makeProfileCheckStore, type ProfileRow } from './store.ts';

type Needs = {
  storage: Storage;
  seals: Seals;
  findings: Findings;
  /** The ids of all applications. */
  applications: ReadonlySet<string>;
  /** Which of these accounts there are. */
  accountsAmong: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
};

/**
 * Looks whether profiles and holdings agree both ways, whether all of it opens, and whether every name is taken for
 * ever; writes nothing. It crosses from one side of P2 to the other, and names in a finding only the one it looks at.
 */
export async function checkProfiles({ storage, seals, findings, applications, accountsAmong }: Needs): Promise<void> {
  const store = makeProfileCheckStore(storage);
  const ownership = makeOwnership(storage, seals);
  const rows = () => inPages(store.page, ({ id }) => id);

  function ownerOf(row: ProfileRow): string | undefined {
    try {
      return ownership.owner('check', row);
    } catch {
      findings.add('owner_sealed', row.id);
      return undefined;
    }
  }

  async function checkNames(page: readonly ProfileRow[]): Promise<void> {
    const named = page.map((row) => ({ row, shape: shapeOf(row.name) }));
    const taken = await store.taken(
      [...new Set(page.map(({ applicationId }) => applicationId))],
      named.map(({ shape }) => shape),
    );
    for (const { row, shape } of named) {
      // Where an application keeps names apart that are one to us, the later one came with a key of its own.
      const isExact = row.source === 'imported' && row.nameKey === exactKey(row.name);
      if (row.nameKey !== canonicalName(row.name) && !isExact) findings.add('name_key', row.id);
      if (!taken.has(`${row.applicationId} ${shape}`)) findings.add('name_free', row.id);
    }
  }

  let profiles = 0;
  for await (const page of rows()) {
    profiles += page.length;
    await checkNames(page);
    for (const row of page) {
      if (!applications.has(row.applicationId)) findings.add('profile_stray', row.id);
      try {
        openDetails(seals, row);
      } catch {
        findings.add('profile_sealed', row.id);
      }
      // Only what was deleted long ago is nobody's.
      if (row.ownerSealed === null && row.status !== 'deleted') findings.add('owner_missing', row.id);
    }
    const owned = page.flatMap((row) => {
      const accountId = ownerOf(row);
      return accountId === undefined ? [] : [{ row, accountId, applicationId: row.applicationId }];
    });
    const there = await accountsAmong([...new Set(owned.map(({ accountId }) => accountId))]);
    const listed = await ownership.listedBy('check', storage.read, owned);
    for (const [index, { row, accountId }] of owned.entries()) {
      if (!there.has(accountId)) {
        // An account that was deleted leaves its profiles behind, ended, until they are wiped as all are.
        if (row.status !== 'retired' && row.status !== 'deleted') findings.add('owner_gone', row.id);
      } else if (listed[index]?.includes(row.id) !== true) findings.add('profile_unlisted', row.id);
    }
  }

  for await (const page of ownership.pages('check', storage.read)) {
    const held = page.flatMap(({ tag, value, isPlaced }) => {
      if (value === undefined) findings.add('holding_sealed', tag);
      else if (!isPlaced) findings.add('holding_tag', tag);
      return value === undefined ? [] : [{ tag, value }];
    });
    const there = await accountsAmong([...new Set(held.map(({ value }) => value.accountId))]);
    const named = new Map<string, ProfileRow>();
    const listed = held.flatMap(({ value }) => [
      ...value.profiles.map(({ id }) => id),
      ...value.bars.flatMap(({ profileId, refused }) => [profileId ?? [], ...refused.map(({ id }) => id)].flat()),
    ]);
    for (const row of await store.some([...new Set(listed)])) {
      named.set(row.id, row);
    }
    for (const { tag, value } of held) {
      if (!there.has(value.accountId)) findings.add('holding_account', tag);
      if (!applications.has(value.applicationId)) findings.add('holding_application', tag);
      const ids = value.profiles.map(({ id }) => id);
      if (new Set(ids).size !== ids.length || (value.lastUsed !== undefined && !ids.includes(value.lastUsed))) {
        findings.add('holding_twice', tag);
      }
      const barred = value.bars.flatMap(({ profileId, refused }) =>
        [profileId ?? [], ...refused.map((one) => one.id)].flat(),
      );
      // A request that was refused after the decision is not there any more; what is there must be theirs.
      if (barred.some((id) => named.has(id) && !ids.includes(id))) findings.add('holding_bar', tag);
      for (const id of ids) {
        const row = named.get(id);
        if (row === undefined) findings.add('holding_profile', tag);
        else if (row.applicationId !== value.applicationId || !isOwner(row, value.accountId)) {
          findings.add('profile_elsewhere', id);
        }
      }
    }
  }

  function isOwner(row: ProfileRow, accountId: string): boolean {
    try {
      return ownership.owner('check', row) === accountId;
    } catch {
      // Told already, where the profile itself was looked at.
      return true;
    }
  }

  await checkRequests({ store, seals, findings });
  for (const id of await store.strayShapes(applications)) findings.add('taken_stray', id);
  for (const column of ['subject', 'aliasLocal', 'nameKey'] as const) {
    for (const value of await store.twice(column)) findings.add(`twice_${column}`, value);
  }
  // Two people whose names look alike had them before, and keep them (P3).
  const look = ({ id, applicationId, name, source }: ProfileRow): string =>
    source === 'imported' ? `imported ${id}` : `${applicationId} ${shapeOf(name)}`;
  await findTwins(profiles, rows, look, ({ id }) => findings.add('name_alike', id));
}
