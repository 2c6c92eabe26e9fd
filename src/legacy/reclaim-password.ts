import type { Seals } from '../storage/seal.ts';
import type { Batches } from './batches.ts';
import { openFound, type Found, type Typed } from './reclaim-finding.ts';
import type { ReclaimStore } from './reclaim-store.ts';
import type { OldPasswords } from './schemes/old-passwords.ts';
import type { HashRecord } from './schemes/record.ts';
import { decoyOf } from './schemes/schemes.ts';

/** Verifies old passwords, aside: see `schemes/`. */
export type PasswordWork = Pick<OldPasswords, 'verify' | 'waste'>;

/** Longer ones no application took (A65). */
const PASSWORD_MAX = 1024;

/** What an application's passwords cost is believed for so long, in milliseconds, for so many applications. */
const BELIEVED = 10 * 60_000;
const REMEMBERED = 1000;

/** So many batches of an application, and passwords of each, say what its old passwords cost. */
const BATCHES = 20;
const SAMPLE = 32;
/** So many rows of all of them are looked through for these: many people may have had none, or have gone. */
const LOOK = 1000;

type Needs = {
  store: ReclaimStore;
  seals: Seals;
  batches: Pick<Batches, 'find' | 'list'>;
  now: () => number;
  passwords: PasswordWork;
};

/** A record, and the batch whose secrets it needs. */
type Tried = { readonly record: HashRecord; readonly batchId: string };

/** What some passwords of an application cost. `cost`: what tells it from others; `count`: how many of a sample. */
type Usual = Tried & { readonly cost: string; count: number };

/**
 * Whether an old password is right. For a name that nobody had, that was taken back, or that has no password, the work is
 * that of one of the application's, the same for that name each time: neither answer nor time tells who had an account
 * there, whatever their passwords cost (A71).
 */
export function makeOldPasswordCheck({ store, seals, batches, now, passwords }: Needs) {
  const usual = new Map<string, { readonly until: number; readonly decoys: readonly Usual[] }>();

  /** What passwords cost that were imported and are not forgotten, as some of them tell, and how many cost that. */
  async function sampleOf(applicationId: string): Promise<readonly Usual[]> {
    const there = (await batches.list(applicationId))
      .filter(({ status, forgotten }) => status !== 'undone' && forgotten === undefined)
      // Where nobody had any, there is nothing to look for each time anew.
      .filter(({ status, tally }) => status !== 'done' || tally.names > tally.withoutPassword)
      .slice(0, BATCHES);
    const byCost = new Map<string, Usual>();
    for (const { id: batchId } of there) {
      let left = SAMPLE;
      for (const row of await store.someFree(batchId, Math.ceil(LOOK / there.length))) {
        const { record } = openFound(seals, row).secret;
        if (record === undefined) continue;
        const decoy = decoyOf(record as HashRecord);
        const cost = JSON.stringify(decoy);
        const known = byCost.get(cost);
        if (known === undefined) byCost.set(cost, { record: decoy, batchId, cost, count: 1 });
        else known.count += 1;
        left -= 1;
        if (left === 0) break;
      }
    }
    return [...byCost.values()];
  }

  async function decoysAt(applicationId: string): Promise<readonly Usual[]> {
    const known = usual.get(applicationId);
    if (known !== undefined && now() < known.until && known.until <= now() + BELIEVED) return known.decoys;
    const decoys = await sampleOf(applicationId);
    if (usual.size >= REMEMBERED) usual.clear();
    // One whose import has just begun has none yet, and soon has.
    if (decoys.length > 0) usual.set(applicationId, { until: now() + BELIEVED, decoys });
    return decoys;
  }

  /**
   * What is tried for a name that has no password: the same for a name each time, and for others what others have. Each
   * cost draws for the name by itself, so often the best as it is usual: where the sample is another one, because names
   * were taken back meanwhile, hardly any name costs something else, and one that did would be known for nobody's.
   */
  function insteadOf(applicationId: string, { canonical }: Typed, decoys: readonly Usual[]): Tried | undefined {
    const draws = decoys.map((decoy) => {
      const [, mac = ''] = seals.tag('legacy-decoy', applicationId, canonical, decoy.cost).split('.');
      const drawn = (Buffer.from(mac, 'base64url').readUIntBE(0, 6) + 1) / 2 ** 48;
      return { decoy, draw: Math.log(drawn) / decoy.count };
    });
    return draws.toSorted((one, other) => other.draw - one.draw)[0]?.decoy;
  }

  /** @throws {UserError} busy */
  return async function isRight(
    applicationId: string,
    typed: Typed,
    found: Found | undefined,
    password: string,
  ): Promise<boolean> {
    // No application took one like it, whatever the name.
    if (password === '' || password.length > PASSWORD_MAX) return false;
    const instead = insteadOf(applicationId, typed, await decoysAt(applicationId));
    const own: Tried | undefined =
      found?.row.status === 'free' && found.secret.record !== undefined
        ? { record: found.secret.record as HashRecord, batchId: found.row.batchId }
        : undefined;
    const tried = own ?? instead;
    // Where no password is left at all, nothing is to be kept apart.
    if (tried === undefined) return false;
    const secrets = (await batches.find(tried.batchId))?.secrets ?? {};
    if (own !== undefined) return passwords.verify(own.record, password, secrets);
    return passwords.waste(tried.record, password, secrets);
  };
}
