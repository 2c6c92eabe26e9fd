import { checkName, type Application, type Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { canonicalName, shapeOf } from '../names.ts';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { countHeld, dayOf, quotaFor } from './holding.ts';
import type { Ownership } from './ownership.ts';
import { checkNote, CLEAR, newAliasLocal, newSubject, profileOf, sealDetails, type Profile } from './profile.ts';
import type { makeProfileStore, ProfileRow } from './store.ts';

/** Compare-and-set is tried this often; each failure means that somebody else's creation went through. */
const TRIES = 200;
const SUGGESTIONS = 3;

type Needs = {
  applications: Pick<Applications, 'awaitsNames'>;
  storage: Storage;
  store: ReturnType<typeof makeProfileStore>;
  ownership: Ownership;
  seals: Seals;
  now: () => number;
};

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
export function makeProfileCreation({ applications, storage, seals, store, ownership, now }: Needs) {
  return {
    /**
     * Creates an active profile under the policy "open". Fifty at once with one place left make exactly one, on any
     * number of nodes: the holding is compared and set in the same transaction, in which is also asked whether the
     * application's own names are awaited.
     * @throws {UserError} names_awaited, quota_full {limit}, name_taken, note_too_long {max}, and those of `checkName`.
     */
    async create(
      accountId: string,
      application: Application,
      wanted: { name: string; note: string },
    ): Promise<Profile> {
      const name = checkName(wanted.name, application.rule);
      const note = checkNote(wanted.note);
      const id = randomId();
      const today = dayOf(now());
      const row: ProfileRow = {
        id,
        applicationId: application.id,
        name,
        nameKey: canonicalName(name),
        subject: newSubject(),
        aliasLocal: newAliasLocal(),
        status: 'active',
        createdDay: today,
        retiredDay: null,
        source: 'created',
        ownerSealed: ownership.sealOwner(id, accountId),
        sealed: sealDetails(seals, id, { note, groups: [], standing: CLEAR }),
      };
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        const made = await storage.write(async (tx) => {
          if (await applications.awaitsNames(tx, application.id)) throw new UserError('names_awaited');
          const before = await ownership.read('create', tx, accountId, application.id);
          const held = await store.findMany(
            tx,
            before.value.profiles.map((entry) => entry.id),
          );
          const limit = quotaFor(before.value, application.quota);
          if (countHeld(before.value, held, today) >= limit) throw new UserError('quota_full', { limit });
          const after = { ...before.value, profiles: [...before.value.profiles, { id }] };
          // The holding first: transactions of one account then wait for one another here and nowhere else.
          if (!(await ownership.write('create', tx, before, after))) return false;
          if (!(await store.takeShape(tx, application.id, shapeOf(name)))) throw new UserError('name_taken');
          await store.insert(tx, row);
          return true;
        });
        if (made) return profileOf(seals, row);
      }
      throw new Error('a holding changed too often');
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
