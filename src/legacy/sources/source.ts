import type { LegacyRow } from '../row.ts';

/** The databases an application may keep its users in. */
export const ENGINES = ['postgres', 'mysql', 'sqlite'] as const;

export type Engine = (typeof ENGINES)[number];

/** The cells of one line by the names of their columns; a cell that is NULL or absent is the empty text. */
export type Cells = Readonly<Record<string, string>>;

/** A name that was imported, for telling the application whose account it is. */
export type Linked = {
  readonly name: string;
  /** What the application calls the account inside. */
  readonly key: string;
  /** The subject that its profile has, or will have. */
  readonly subject: string;
  /** The whole relay address that its profile has, or will have. */
  readonly alias: string;
};

/** What the commands about links are told besides. */
export type LinkOptions = {
  readonly protocol: 'oidc' | 'saml';
  /** The address of Aluco, which is its issuer; and its entity ID. */
  readonly issuer: string;
  /** What the application reads as the id of a person: the subject, or the name of the profile. */
  readonly uid: 'subject' | 'name';
  /** Other answers that this source asks for, such as the name of a provider in the application's settings. */
  readonly answers: Readonly<Record<string, string>>;
};

/** A file for the application's side, line by line, with the one that takes it back. */
export type Script = {
  /** SQL for its database, or a script for a shell. */
  readonly kind: 'sql' | 'sh';
  /** Lines before the rows, for each row if it names any, and after. Each must do no harm when it is run twice. */
  readonly begin: (options: LinkOptions) => readonly string[];
  readonly row?: (linked: Linked, options: LinkOptions) => readonly string[];
  readonly end: (options: LinkOptions) => readonly string[];
};

/** A file and its way back. */
export type Reversible = { readonly forward: Script; readonly back: Script };

/** A question that a file for the application's side needs answered, by its key. */
export type Ask = {
  readonly key: 'client_id' | 'idp_id' | 'match' | 'provider';
  /** What is taken where nobody answers: a value, or the id of the only client that the application has here. */
  readonly preset: { readonly value: string } | 'client-id';
  /** The answers that there are, where not any text will do. */
  readonly options?: readonly ('identifier' | 'address')[];
};

/** Where an application's database is in the installation that its own documentation describes. */
export type Usual = {
  /** The name of the database; of the file for SQLite. */
  readonly database: string;
  /** The user of the system that may read it, where it is not whoever types the command. */
  readonly as?: string;
  /** The service of its `docker-compose.yml` that runs the database, and the user of the database there. */
  readonly container?: { readonly service: string; readonly user: string };
};

/** An application whose user table can be imported. */
export type Source = {
  readonly id: string;
  readonly name: string;
  /** Ids of the templates its applications are made from. */
  readonly templates: readonly string[];
  /** Whether `Alice` and `alice` are two people there. */
  readonly compares: 'folded' | 'exact';
  /**
   * What is read out of its database: the statement gives one row a person, columns named as `read` wants them. For
   * MySQL one JSON object a row instead (`SELECT JSON_OBJECT('name', …)`): its client writes tables that nothing reads
   * back for certain.
   */
  readonly exports: Readonly<Partial<Record<Engine, string>>>;
  readonly usual?: Readonly<Partial<Record<Engine, Usual>>>;
  /** Columns that must be there. */
  readonly columns: readonly string[];
  /** Secrets of the application that its old passwords need, asked for with the batch. */
  readonly secrets: readonly ('pepper' | 'salt')[];
  /** @throws {RowProblem} */
  readonly read: (cells: Cells) => LegacyRow;
  /** What it reads as the id of a person unless it is set otherwise; the subject where nothing is said. */
  readonly uid?: LinkOptions['uid'];
  /** How the application is told whose each account is, for each database where they differ. */
  readonly link: Readonly<Partial<Record<Engine | 'api', Reversible>>>;
  /** How the addresses of those who agreed are replaced by their relay addresses. */
  readonly move: Readonly<Partial<Record<Engine | 'api', Reversible>>>;
  /**
   * What an administrator must know of `link`, by its key in `legacy.link_note.<note>`; above all where there is no file:
   * nothing to write since the name is what it goes by (`same_name`), or only by an equal address (`by_address`).
   */
  readonly linkNote?: 'same_name' | 'by_address' | 'ends_passwords';
  readonly asks?: readonly Ask[];
};
