import { eq } from 'drizzle-orm';
import { UserError } from '../../../src/errors.ts';
import type { Parts } from '../../../src/parts.ts';
import { spoil } from '../spoil.ts';
import type { Mutant } from './mutants.ts';

/** Whose a profile is: what moderators must not come to know. */
async function ownerOf({ profiles }: Parts, profileId: string): Promise<string> {
  return (await profiles.ownerToTell(profileId)) ?? '';
}

/** How many profiles the owner of one has at its application. */
async function countOf(parts: Parts, profileId: string): Promise<number> {
  const owner = await ownerOf(parts, profileId);
  const { applicationId } = await parts.profiles.own(owner, profileId);
  return (await parts.profiles.at(owner, await parts.applications.get(applicationId))).used;
}

/** Something more is shown of each profile, in lists and by itself. */
function showMore(parts: Parts, more: (profileId: string, name: string) => Promise<object>): void {
  const { seeing } = parts.moderation;
  spoil(seeing, 'list', (list) => async (...asked) => {
    const { profiles, next } = await list(...asked);
    return {
      profiles: await Promise.all(profiles.map(async (one) => ({ ...one, ...(await more(one.id, one.name)) }))),
      next,
    };
  });
  spoil(seeing, 'one', (one) => async (...asked) => {
    const view = await one(...asked);
    return { ...view, profile: { ...view.profile, ...(await more(view.profile.id, view.profile.name)) } };
  });
}

/** Remembers when each profile is made, in milliseconds. */
function noteCreations({ profiles }: Parts): ReadonlyMap<string, number> {
  const made = new Map<string, number>();
  spoil(profiles, 'create', (create) => async (...asked) => {
    const profile = await create(...asked);
    made.set(profile.id, Date.now());
    return profile;
  });
  return made;
}

function showCreation(parts: Parts): void {
  const made = noteCreations(parts);
  showMore(parts, async (id) => ({ createdDay: new Date(made.get(id) ?? 0).toISOString() }));
}

/** Identifiers that begin with the time, as UUIDv7 and ULID do. */
function orderIdsByTime(parts: Parts): void {
  const made = noteCreations(parts);
  showMore(parts, async (id) => ({ id: `${(made.get(id) ?? 0).toString(16).padStart(12, '0')}${id.slice(8)}` }));
}

function orderByAccount(parts: Parts): void {
  spoil(parts.moderation.seeing, 'list', (list) => async (...asked) => {
    const { profiles, next } = await list(...asked);
    const owned = await Promise.all(profiles.map(async (one) => ({ one, owner: await ownerOf(parts, one.id) })));
    return { profiles: owned.toSorted((a, b) => (a.owner < b.owner ? -1 : 1)).map(({ one }) => one), next };
  });
}

/** Moderators see that a profile is refused because of a decision about another one. */
function showRefused(parts: Parts): void {
  showMore(parts, async (id) => {
    const owned = await parts.profiles.own(await ownerOf(parts, id), id);
    return owned.refusedBy === undefined ? {} : { status: 'blocked' };
  });
}

function showUse(parts: Parts): void {
  spoil(parts.moderation.exceptions, 'list', (list) => async (...asked) => {
    const found = await list(...asked);
    return Promise.all(found.map(async (one) => ({ ...one, isUsed: (await countOf(parts, one.profileId)) > 1 })));
  });
}

/** The log holds a key of the account: one that is the same for all of its profiles. */
function keyLog(parts: Parts): void {
  spoil(parts.moderation.seeing, 'log', (log) => async (...asked) => {
    const { entries, next } = await log(...asked);
    const keyed = entries.map(async (entry) => ({
      ...entry,
      key: parts.seals.tag('account', await ownerOf(parts, entry.profileId)),
    }));
    return { entries: await Promise.all(keyed), next };
  });
}

/** Who may make no new profile and tries to is noted with all that they have. */
function noteAttempts({ moderation, profiles, storage }: Parts): void {
  spoil(profiles, 'create', (create) => async (accountId, application, wanted) => {
    try {
      return await create(accountId, application, wanted);
    } catch (error) {
      if (!(error instanceof UserError) || error.code !== 'new_profiles_barred') throw error;
      for (const { id: profileId } of (await profiles.at(accountId, application)).profiles) {
        const entry = { applicationId: application.id, profileId, kind: 'requested', words: 'a further one' } as const;
        await storage.write(async (tx) => void (await moderation.log.write(tx, entry)));
      }
      throw error;
    }
  });
}

/** All other profiles of a person are refused from the same moment on. */
function refuseTogether({ profiles, seals, storage }: Parts): void {
  const { errand, holding } = storage.tables;
  spoil(profiles.moderated, 'bar', (bar) => async (tx, profileId, decision) => {
    const before = new Set((await tx.select().from(errand)).map(({ id }) => id));
    const done = await bar(tx, profileId, decision);
    const later = (await tx.select().from(errand)).filter(({ id }) => !before.has(id));
    const opened = later.map(({ id, sealed }) => ({
      id,
      value: JSON.parse(seals.open('errand', id, sealed)) as { due: number },
    }));
    const due = Math.max(...opened.map((one) => one.value.due));
    for (const { id, value } of opened) {
      const sealed = seals.sealPadded('errand', id, JSON.stringify({ ...value, due }), 1024);
      await tx.update(errand).set({ sealed, dueHour: 0 }).where(eq(errand.id, id));
    }
    for (const { tag, sealed } of await tx.select().from(holding)) {
      const held = JSON.parse(seals.open('holding', tag, sealed)) as {
        bars: { id: string; refused: { from: number }[] }[];
      };
      if (!held.bars.some(({ id }) => id === decision.id)) continue;
      for (const one of held.bars) one.refused = one.refused.map((refused) => ({ ...refused, from: due }));
      const sealedAgain = seals.sealPadded('holding', tag, JSON.stringify(held), 1024);
      await tx.update(holding).set({ sealed: sealedAgain }).where(eq(holding.tag, tag));
    }
    return done;
  });
}

/** Programs whose moderators come to see who owns what. */
export const MODERATION_MUTANTS = {
  'account id': {
    what: 'the account id on a moderator’s page',
    plot: 'moderators read',
    worlds: 12,
    arrange: (parts) => showMore(parts, async (id, name) => ({ name: `${name}, ${await ownerOf(parts, id)}` })),
  },
  'creation time': {
    what: 'the exact time at which a profile was made',
    plot: 'moderators look',
    arrange: showCreation,
  },
  'ids by time': { what: 'identifiers in the order of time', plot: 'moderators look', arrange: orderIdsByTime },
  'order by account': {
    what: 'a list in the order of accounts',
    plot: 'moderators look',
    // Two people are neighbours by chance now and then: of 80 worlds one run in fifty had too many of these.
    worlds: 120,
    arrange: orderByAccount,
  },
  count: {
    what: 'how many profiles somebody has',
    plot: 'moderators look',
    arrange: (parts) => showMore(parts, async (id) => ({ ofPerson: await countOf(parts, id) })),
  },
  language: {
    what: 'the language of the owner on a moderator’s page',
    plot: 'moderators glance',
    arrange: (parts) =>
      showMore(parts, async (id) => {
        const owner = await parts.accounts.find(await ownerOf(parts, id));
        return { language: owner?.language };
      }),
  },
  'keyed log': {
    what: 'a key of the account in the log of profiles',
    plot: 'barred',
    worlds: 12,
    arrange: keyLog,
  },
  exception: { what: 'that a granted number of profiles is used', plot: 'granted', arrange: showUse },
  attempts: {
    what: 'that somebody who may make no new profile tried to, with all they have',
    plot: 'barred',
    arrange: noteAttempts,
  },
  'refused status': {
    what: 'that a profile is refused because of another one',
    plot: 'others barred',
    arrange: showRefused,
  },
  'refused together': {
    what: 'one moment for all that is refused to a person',
    plot: 'sanctioned',
    worlds: 60,
    arrange: refuseTogether,
  },
} as const satisfies Record<string, Mutant>;
