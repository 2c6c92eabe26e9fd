import { createHash } from 'node:crypto';
import { eq, inArray } from 'drizzle-orm';
import { HOUSE_SETTINGS, problemOf, type Config, type HouseName, type HouseValues } from '../config.ts';
import { SettingsProblem, type FieldProblem } from '../errors.ts';
import type { Db, Storage } from '../storage/storage.ts';

/** Where each setting stands among the facts of the database. */
const keyOf = (name: HouseName): string => `house.${name}`;
const KEYS = HOUSE_SETTINGS.map(keyOf);

export type House = ReturnType<typeof makeHouse>;

/** What an administrator set on the page of the house, as kept; nothing of it is secret. */
export async function keptSettings({ read, tables }: Storage): Promise<HouseValues> {
  const rows = await read.select().from(tables.meta).where(inArray(tables.meta.key, KEYS));
  return Object.fromEntries(rows.map(({ key, value }) => [key.slice('house.'.length), value]));
}

/** A short text that changes when any of the values does. */
function revisionOf(values: HouseValues): string {
  const sorted = HOUSE_SETTINGS.map((name) => [name, values[name] ?? null]);
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url');
}

type Needs = {
  storage: Storage;
  config: Pick<Config, 'given'>;
  /** What these parts were made with. */
  kept: HouseValues;
};

/**
 * The settings of the house: those that an administrator may set on a page, kept in the database for all nodes. What
 * the environment gives cannot be changed here. Whoever runs the parts makes them anew when they have changed.
 */
export function makeHouse({ storage, config, kept }: Needs) {
  const { meta } = storage.tables;
  const madeWith = revisionOf(kept);

  function problemsOf(values: HouseValues): FieldProblem[] {
    return (Object.entries(values) as [HouseName, string][]).flatMap(([name, text]) => {
      if (config.given.has(name)) return [{ field: name, code: 'setting_given', params: { name } }];
      const isWrong = text.trim() !== '' && problemOf(name, text.trim()) !== undefined;
      return isWrong ? [{ field: name, code: `setting_invalid_${name.slice(6).toLowerCase()}`, params: {} }] : [];
    });
  }

  return {
    /** What is kept now. */
    kept: (): Promise<HouseValues> => keptSettings(storage),

    /** Whether a setting is given by the environment, and so not to be changed here. */
    isGiven: (name: HouseName): boolean => config.given.has(name),

    /** Whether the settings are no longer those that these parts were made with, here or on another node. */
    async hasChanged(): Promise<boolean> {
      return revisionOf(await keptSettings(storage)) !== madeWith;
    },

    prepare,
    /** What `change` would refuse. */
    problemsOf,

    /**
     * Sets what is named; an empty text takes a setting back to its default. All or nothing.
     * @throws {SettingsProblem} as `prepare`
     */
    async change(values: HouseValues): Promise<void> {
      await storage.write(prepare(values));
    },
  };

  /**
   * Checks what is to be set, and returns what sets it in a transaction of the caller's.
   * @throws {SettingsProblem} setting_given{name}, setting_invalid_<name, in lower case and without ALUCO_>
   */
  function prepare(values: HouseValues): (tx: Db) => Promise<void> {
    const entries = (Object.entries(values) as [HouseName, string][]).map(
      ([name, text]) => [name, text.trim()] as const,
    );
    const problems = problemsOf(values);
    if (problems.length > 0) throw new SettingsProblem(problems);
    // In one order whoever asks: of two at the same moment one waits for the other.
    const ordered = entries
      .map(([name, value]) => ({ key: keyOf(name), value }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
    return async (tx) => {
      for (const row of ordered) {
        if (row.value === '') await tx.delete(meta).where(eq(meta.key, row.key));
        else await tx.insert(meta).values(row).onConflictDoUpdate({ target: meta.key, set: row });
      }
    };
  }
}
