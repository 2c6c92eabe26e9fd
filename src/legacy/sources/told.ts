import type { Dialect } from './dialect.ts';
import type { Linked, LinkOptions, Reversible } from './source.ts';

/** Where an application keeps its people, in its own SQL. The two tables are called `u` and, if there is one, `a`. */
export type People = {
  /** The table with the people, which holds their addresses. */
  readonly table: string;
  /** The column of the address in it. */
  readonly address: string;
  /** What of two addresses is equal where the application takes them for the same; the whole of them by default. */
  readonly compared?: (address: string) => string;
  /** What else of the FROM the name needs, such as a JOIN. */
  readonly join: string;
  /** The name. */
  readonly name: string;
  /** What must hold besides, so that it is a person of this place. */
  readonly where?: string;
};

/** The table in which an application writes down which account signs in as whom. */
export type Identities = {
  readonly table: string;
  /** The column of the id that a person signs in with, and that of the account. */
  readonly uid: string;
  readonly user: string;
  /** What of two ids is equal where the application takes them for the same; the whole of them by default. */
  readonly compared?: (id: string) => string;
  /** Whether it takes no second id of an account by the same way. */
  readonly isOnePerWay?: boolean;
  /** A column that says by which way, and what stands there. */
  readonly provider?: { readonly column: string; readonly value: (options: LinkOptions) => string };
};

const ROWS = 'aluco_rows';
const LINKED = 'aluco_linked';
const MOVED = 'aluco_moved';

/** What cannot be the number of a row is the number of none. */
export const numberOf = (key: string): string => (/^\d{1,18}$/u.test(key) ? key : 'NULL');

const setState = (state: string, where: string): string => `UPDATE ${ROWS} SET state = '${state}' WHERE ${where};`;

/** How many there are of each kind, and who the kinds of interest are. */
const report = (table: string, person: string): string[] => [
  `SELECT state, COUNT(*) AS people FROM ${table} GROUP BY state ORDER BY state;`,
  list(table, person, 'held', 'held_by_somebody_else'),
];

/** Who is of a kind, with this heading. */
const list = (table: string, person: string, state: string, heading: string): string =>
  `SELECT ${person} AS ${heading} FROM ${table} WHERE state = '${state}' ORDER BY ${person} LIMIT 1000;`;

/** Finds the accounts that were imported: the same number, the same name to the last bit, and of this place. */
const find = ({ same }: Dialect, { table, join, name, where }: People): string =>
  setState(
    'found',
    `EXISTS (SELECT 1 FROM ${table} u ${join} WHERE u.id = ${ROWS}.id AND ${same(name, `${ROWS}.name`)}` +
      `${where === undefined ? '' : ` AND ${where}`})`,
  );

const rowOf = ({ text }: Dialect, { name, key }: Linked, value: string): string =>
  `INSERT INTO ${ROWS} (id, name, state, value) VALUES (${numberOf(key)}, ${text(name)}, 'no_account', ${text(value)});`;

/** What an application reads as the id of a person. */
export const uidOf = ({ name, subject }: Linked, { uid }: LinkOptions): string => (uid === 'name' ? name : subject);

/**
 * Rows of an earlier service whose id is not the name of their account, where the name is what people are recognised by:
 * nobody was imported under it, so it is free here, and whoever takes it would be in the account of somebody else.
 */
const strangers = ({ same }: Dialect, people: People, { table, uid, user }: Identities, ofWay: string): string =>
  `SELECT t.id, t.${uid} AS opens_another_account, ${people.name} AS account, t.created_at FROM ${table} t` +
  ` JOIN ${people.table} u ON u.id = t.${user} ${people.join}` +
  ` WHERE NOT (${same(`t.${uid}`, people.name)})${ofWay} ORDER BY t.id LIMIT 1000;`;

/**
 * Writes one identity for each account that was imported, and none where somebody has this id already. What was written
 * stands in a table of ours, so that the way back takes that away and nothing else. At the end it says how many are
 * `linked`, `before` (they were there), `held` (somebody else signs in with this id), `another_id` (the account has
 * another one by this way, where it cannot have two) and `no_account`, and lists the rows that would let people into
 * accounts of other names.
 */
export function linkBy(dialect: Dialect, people: People, identities: Identities): Reversible {
  const { kept, passing, begin, end, text, now, opening } = dialect;
  const { table, uid, user, compared = (whole) => whole, isOnePerWay = false, provider } = identities;
  const like = { table, column: uid };
  const ours = kept(LINKED, { id: 'id', provider: 'text', user_id: 'number' }, { ...like, columns: ['uid'] });
  const way = (options: LinkOptions): string => text(provider?.value(options) ?? '');
  const ofWay = (options: LinkOptions): string =>
    provider === undefined ? '' : ` AND t.${provider.column} = ${way(options)}`;
  const taken = (options: LinkOptions): string =>
    `SELECT 1 FROM ${table} t WHERE ${compared(`t.${uid}`)} = ${compared(`${ROWS}.value`)}${ofWay(options)}`;
  const hasOne = (options: LinkOptions): string =>
    `SELECT 1 FROM ${table} t WHERE t.${user} = ${ROWS}.id${ofWay(options)}`;
  return {
    forward: {
      kind: 'sql',
      begin: () => [
        ...opening,
        ...ours,
        passing(ROWS, { id: 'number', name: 'text', state: 'text' }, { ...like, columns: ['value'] }),
        ...begin(table),
      ],
      row: (linked, options) => [rowOf(dialect, linked, uidOf(linked, options))],
      end: (options) => {
        const own = provider === undefined ? [] : [provider.column];
        const columns = [...own, uid, user, 'created_at', 'updated_at'].join(', ');
        const values = [...(provider === undefined ? [] : [way(options)]), 'value', 'id', now, now].join(', ');
        return [
          find(dialect, people),
          setState('before', `state = 'found' AND EXISTS (${taken(options)} AND t.${user} = ${ROWS}.id)`),
          setState('held', `state IN ('found', 'no_account') AND EXISTS (${taken(options)})`),
          ...(isOnePerWay ? [setState('another_id', `state = 'found' AND EXISTS (${hasOne(options)})`)] : []),
          `INSERT INTO ${table} (${columns}) SELECT ${values} FROM ${ROWS} WHERE state = 'found';`,
          `INSERT INTO ${LINKED} (id, provider, user_id, uid) SELECT t.id, ${way(options)}, t.${user}, t.${uid} FROM ${ROWS} r` +
            ` JOIN ${table} t ON t.${uid} = r.value AND t.${user} = r.id${ofWay(options)} WHERE r.state = 'found';`,
          setState('linked', "state = 'found'"),
          ...report(ROWS, 'name'),
          ...(isOnePerWay ? [list(ROWS, 'name', 'another_id', 'has_another_id')] : []),
          ...(options.uid === 'name' ? [strangers(dialect, people, identities, ofWay(options))] : []),
          ...end(),
        ];
      },
    },
    back: {
      kind: 'sql',
      begin: (options) => [
        ...opening,
        ...ours,
        ...begin(table),
        `SELECT COUNT(*) AS removed FROM ${table} t JOIN ${LINKED} l ON l.id = t.id AND l.user_id = t.${user} AND l.uid = t.${uid}` +
          ` WHERE l.provider = ${way(options)}${ofWay(options)};`,
        `DELETE FROM ${table} WHERE id IN (SELECT l.id FROM ${LINKED} l WHERE l.provider = ${way(options)}` +
          ` AND l.user_id = ${table}.${user} AND l.uid = ${table}.${uid}` +
          `${provider === undefined ? '' : ` AND ${table}.${provider.column} = ${way(options)}`});`,
        `DELETE FROM ${LINKED} WHERE provider = ${way(options)};`,
        ...end(LINKED),
      ],
      end: () => [],
    },
  };
}

/**
 * Replaces the addresses of accounts that were imported, none of them twice, and none by one that somebody has. The old
 * one stands in a table of ours; the way back puts it there again where the new one still stands and nobody else has
 * taken the old one since; where several had the same one, in turn, who had it first. At the end it says how many are
 * `moved`, `before` (moved earlier), `held` and `no_account`.
 */
export function moveBy(dialect: Dialect, people: People): Reversible {
  const { kept, passing, begin, end, opening } = dialect;
  const { table, address, compared = (whole) => whole } = people;
  const like = { table, column: address };
  const ours = kept(
    MOVED,
    { user_id: 'id', state: 'text', turn: 'number' },
    { ...like, columns: ['old_address', 'new_address'] },
  );
  const replace = (by: string, state: string): string =>
    `UPDATE ${table} SET ${address} = (SELECT m.${by} FROM ${MOVED} m WHERE m.user_id = ${table}.id)` +
    ` WHERE id IN (SELECT m.user_id FROM ${MOVED} m WHERE m.state = '${state}');`;
  const mark = (state: string, where: string): string => `UPDATE ${MOVED} SET state = '${state}' WHERE ${where};`;
  /** Each old address with the first turn in which somebody had it, of those who are to have theirs again. */
  const firsts =
    `SELECT ${compared('old_address')} AS old_address, MIN(turn) AS turn FROM ${MOVED}` +
    ` WHERE state = 'moved' GROUP BY ${compared('old_address')}`;
  /** Somebody else in the application has an address of a row of ours. */
  const isHeld = (of: string, whose: string): string =>
    `EXISTS (SELECT 1 FROM ${table} o WHERE ${compared(`o.${address}`)} = ${compared(of)} AND o.id <> ${whose})`;
  return {
    forward: {
      kind: 'sql',
      begin: () => [
        ...opening,
        ...ours,
        passing(ROWS, { id: 'number', name: 'text', state: 'text' }, { ...like, columns: ['value'] }),
        ...begin(table),
      ],
      row: (linked) => [rowOf(dialect, linked, linked.alias)],
      end: () => [
        find(dialect, people),
        setState('before', `state = 'found' AND EXISTS (SELECT 1 FROM ${MOVED} m WHERE m.user_id = ${ROWS}.id)`),
        setState('held', `state = 'found' AND ${isHeld(`${ROWS}.value`, `${ROWS}.id`)}`),
        `INSERT INTO ${MOVED} (user_id, state, turn, old_address, new_address)` +
          ` SELECT u.id, 'new', n.turn, u.${address}, r.value FROM ${ROWS} r JOIN ${table} u ON u.id = r.id` +
          ` CROSS JOIN (SELECT COALESCE(MAX(turn), 0) + 1 AS turn FROM ${MOVED}) n WHERE r.state = 'found';`,
        replace('new_address', 'new'),
        mark('moved', "state = 'new'"),
        setState('moved', "state = 'found'"),
        ...report(ROWS, 'name'),
        ...end(),
      ],
    },
    back: {
      kind: 'sql',
      begin: () => [
        ...opening,
        ...ours,
        ...begin(table),
        mark('moved', "state = 'held'"),
        mark(
          'changed',
          `NOT EXISTS (SELECT 1 FROM ${table} u WHERE u.id = ${MOVED}.user_id AND u.${address} = ${MOVED}.new_address)`,
        ),
        mark('held', `state = 'moved' AND ${isHeld(`${MOVED}.old_address`, `${MOVED}.user_id`)}`),
        // By way of tables within: MySQL reads none that it is changing, and finds the rows of those that it made at once.
        mark(
          'held',
          `user_id IN (SELECT d.user_id FROM (SELECT DISTINCT m.user_id FROM ${MOVED} m JOIN (${firsts}) f` +
            ` ON f.old_address = ${compared('m.old_address')} AND f.turn < m.turn WHERE m.state = 'moved') d)`,
        ),
        replace('old_address', 'moved'),
        mark('restored', "state = 'moved'"),
        ...report(MOVED, 'old_address'),
        `DELETE FROM ${MOVED} WHERE state <> 'held';`,
        ...end(MOVED),
      ],
      end: () => [],
    },
  };
}
