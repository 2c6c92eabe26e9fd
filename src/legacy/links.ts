import type { Application } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import type { Profiles } from '../profiles/profiles.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { makeLinksStore, type LinkRow } from './links-store.ts';
import { identityOf } from './identity.ts';
import { openLegacy } from './secret.ts';
import type { Engine, Linked, LinkOptions, Script, Source } from './sources/source.ts';

/** What an application is to be told: whose each account is, or the relay addresses of those who let us. */
export type LinkKind = 'link' | 'move';

/** A file and its way back, line by line. */
export type LinkFiles = {
  readonly forward: AsyncIterable<string>;
  readonly back: AsyncIterable<string>;
  /** How many names the file has so far. */
  readonly names: () => number;
};

type Needs = {
  readonly storage: Storage;
  readonly seals: Seals;
  readonly profiles: Profiles;
  readonly aliasDomain: string;
  /** Whether mail to relay addresses arrives. */
  readonly hasRelay: boolean;
};

/** Files that tell an application whose its accounts are, each with its way back. */
export function makeLinks({ storage, seals, profiles, aliasDomain, hasRelay }: Needs) {
  const store = makeLinksStore(storage);

  async function linkedOf(
    { subject: kind }: Pick<Application, 'subject'>,
    row: LinkRow,
    only: LinkKind,
  ): Promise<Linked | undefined> {
    const secret = openLegacy(seals, row);
    const { key, moves } = secret;
    const { subject, aliasLocal: local } = identityOf(secret);
    // Mail to an alias that is gone would reach nobody.
    if (only === 'move' && (row.status !== 'taken' || !moves || (await profiles.byAlias(local)) === undefined)) {
      return undefined;
    }
    const told = kind === 'name' ? row.name : subject;
    return { name: row.name, key, subject: told, alias: `${local}@${aliasDomain}` };
  }

  return {
    /**
     * The lines of the file and of its way back, read from the database as they are asked for. For `link` every old name
     * of the application, taken back or not; for `move` those whose owners agreed and whose profile takes mail.
     * @param wanted.isBack whether the way back alone is wanted, which there always is
     * @throws {UserError} legacy_no_link: the source has no such file for this database; legacy_no_relay: mail to the
     * addresses that `move` writes would be lost
     */
    write(
      application: Pick<Application, 'id' | 'subject'>,
      source: Source,
      wanted: { kind: LinkKind; engine: Engine | 'api'; options: LinkOptions; isBack?: boolean },
    ): LinkFiles {
      const { kind, engine, options, isBack = false } = wanted;
      const files = source[kind][engine];
      if (files === undefined) throw new UserError('legacy_no_link');
      if (kind === 'move' && !hasRelay && !isBack) throw new UserError('legacy_no_relay');
      let names = 0;
      async function* lines({ begin, row, end }: Script, counted: number): AsyncGenerator<string> {
        yield* begin(options);
        for await (const found of store.rows(application.id)) {
          const linked = await linkedOf(application, found, kind);
          if (linked === undefined) continue;
          names += counted;
          yield* row(linked, options);
        }
        yield* end(options);
      }
      return { forward: lines(files.forward, 1), back: lines(files.back, 0), names: () => names };
    },
  };
}
