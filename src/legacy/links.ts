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

/** One of the two: the file, or its way back. */
export type Way = 'forward' | 'back';

/** What is next of both files, in lines. Whoever writes both of them writes that of the way back first. */
export type LinkPiece = Readonly<Record<Way, readonly string[]>>;

/** A file and its way back, out of one reading: who is in the one is in the other. */
export type LinkFiles = {
  readonly pieces: AsyncIterable<LinkPiece>;
  /** How many names the file has so far. */
  readonly names: () => number;
};

/** One of the two by itself, in texts of many lines. */
export async function* textOf({ pieces }: Pick<LinkFiles, 'pieces'>, way: Way): AsyncGenerator<string> {
  for await (const piece of pieces) {
    const lines = piece[way];
    if (lines.length > 0) yield `${lines.join('\n')}\n`;
  }
}

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

  /** Who of these is told; of `move` those alone whose alias takes mail, since mail to one that is gone reaches nobody. */
  async function peopleOf(
    { subject: kind }: Pick<Application, 'subject'>,
    rows: readonly LinkRow[],
    only: LinkKind,
  ): Promise<readonly Linked[]> {
    const found = rows.flatMap((row) => {
      const secret = openLegacy(seals, row);
      if (only === 'move' && (row.status !== 'taken' || !secret.moves)) return [];
      return [{ name: row.name, key: secret.key, ...identityOf(secret) }];
    });
    const takes = only === 'move' ? await profiles.takingMail(found.map(({ aliasLocal }) => aliasLocal)) : undefined;
    return found
      .filter(({ aliasLocal }) => takes?.has(aliasLocal) ?? true)
      .map(({ name, key, subject, aliasLocal }) => ({
        name,
        key,
        subject: kind === 'name' ? name : subject,
        alias: `${aliasLocal}@${aliasDomain}`,
      }));
  }

  return {
    /**
     * The file and its way back, read from the database as they are asked for. For `link` every old name of the
     * application, taken back or not; for `move` those whose owners agreed and whose profile takes mail.
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
      const { forward, back } = files;
      let names = 0;
      const rowsOf = ({ row }: Script, people: readonly Linked[]): string[] =>
        row === undefined ? [] : people.flatMap((linked) => row(linked, options));
      async function* pieces(): AsyncGenerator<LinkPiece> {
        yield { forward: forward.begin(options), back: back.begin(options) };
        // Most ways back go by what the application's database keeps, and name nobody.
        if (!isBack || back.row !== undefined) {
          for await (const page of store.pages(application.id)) {
            const people = await peopleOf(application, page, kind);
            names += people.length;
            yield { forward: rowsOf(forward, people), back: rowsOf(back, people) };
          }
        }
        yield { forward: forward.end(options), back: back.end(options) };
      }
      return { pieces: pieces(), names: () => names };
    },
  };
}
