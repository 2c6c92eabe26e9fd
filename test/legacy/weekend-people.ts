import { hashSync } from 'bcryptjs';
import type { OtherSide } from './other-side.ts';

/** The cheapest there is: nobody here looks how long it takes. */
const COST = 4;

/** How somebody proves that an old account is theirs. */
export type Way = 'password' | 'code' | 'mailbox';

/** One of the people at the application, by the name they have there. */
export type Old = {
  readonly name: string;
  readonly way: Way;
  /** Where `way` is `mailbox`, that of their account here, too. */
  readonly address: string;
  readonly password: string | undefined;
  readonly secondFactor?: true;
  readonly suspended?: true;
  readonly unconfirmed?: true;
  readonly disabled?: true;
  readonly unapproved?: true;
  readonly memorial?: true;
  readonly securityKey?: true;
};

const person = (name: string, way: Way, more: Partial<Old> = {}): Old => ({
  name,
  way,
  address: `${name.toLowerCase()}@home.example`,
  password: `the old secret of ${name}`,
  ...more,
});

/** Twenty who take their name back without any trouble. */
export const TWENTY: readonly Old[] = [
  ...['heron', 'magpie', 'Robin_Red', 'wren', 'kestrel_1', 'jay', 'Osprey', 'dipper'].map((name) =>
    person(name, 'password'),
  ),
  // Their look is one: both are people, and both keep their name.
  person('crane1', 'code'),
  person('cranel', 'code'),
  person('stork', 'code', { password: undefined }),
  person('lapwing', 'code'),
  person('curlew', 'code'),
  person('teal', 'code'),
  ...['garganey', 'pochard', 'scaup', 'Smew', 'gadwall', 'pintail'].map((name) => person(name, 'mailbox')),
];

/** Five who fail, each at something else, and are helped. */
export const FIVE = {
  forgetful: person('bittern', 'code'),
  careful: person('avocet', 'password', { secondFactor: true }),
  suspended: person('cuckoo', 'password', { suspended: true }),
  // Nobody reads the address any more, and the password is forgotten.
  unreachable: person('ruff', 'code'),
  // Makes a new profile before anything else.
  hasty: person('twite', 'password'),
} as const;

/** Others whom the application let in no more, or not by their password alone, or whose address it never made sure of. */
export const STATES = {
  disabled: person('shrike', 'password', { disabled: true }),
  unapproved: person('knot', 'password', { unapproved: true }),
  memorial: person('dunlin', 'password', { memorial: true }),
  securityKey: person('godwit', 'password', { securityKey: true }),
  unconfirmed: person('plover', 'password', { unconfirmed: true }),
} as const;

export const NAMED: readonly Old[] = [...TWENTY, ...Object.values(FIVE), ...Object.values(STATES)];

/** How many people have an account, and how many had one that was deleted. */
export const COUNTS = { present: 2998, deleted: 2 } as const;
export const ALL = COUNTS.present + COUNTS.deleted;

type Row = Old & { readonly id: number; readonly hash: string };

/** So many people with an account: the named ones first, each with a hash of their own; of the others all have one. */
export function rowsOf(count: number): Row[] {
  const shared = hashSync('a password of many', COST);
  return Array.from({ length: count }, (_, index) => {
    const known = NAMED[index];
    const old = known ?? person(`person_${index}`, 'password');
    const hash = known === undefined ? shared : old.password === undefined ? '' : hashSync(old.password, COST);
    return { ...old, id: index + 1, hash };
  });
}

/** Fills the tables of Mastodon, as years of use do: people in all states, accounts of other servers, identities. */
export async function fillMastodon(side: OtherSide): Promise<void> {
  const people = rowsOf(COUNTS.present).map((row) => ({ ...row, hash: row.hash.replace('$2b$', '$2a$') }));
  await side.query(
    `INSERT INTO accounts (id, username, created_at, updated_at, suspended_at, memorial, private_key)
     SELECT 110000000000000000 + p.id, p.name, '2021-03-04', '2026-11-01',
       CASE WHEN p.suspended THEN timestamp '2025-01-02' END, COALESCE(p.memorial, false), 'a private key'
     FROM json_to_recordset($1) AS p (id bigint, name text, suspended boolean, memorial boolean)`,
    [JSON.stringify(people)],
  );
  await side.query(
    `INSERT INTO users (id, account_id, email, encrypted_password, confirmed_at, otp_required_for_login, otp_secret,
       created_at, updated_at, disabled, approved)
     SELECT p.id, 110000000000000000 + p.id, p.address, p.hash,
       CASE WHEN p.unconfirmed THEN NULL ELSE timestamp '2021-03-04' END, COALESCE(p."secondFactor", false),
       CASE WHEN p."secondFactor" THEN 'ciphertext' END, '2021-03-04', '2026-11-01',
       COALESCE(p.disabled, false), p.unapproved IS NOT true
     FROM json_to_recordset($1) AS p (id bigint, address text, hash text, "secondFactor" boolean, unconfirmed boolean,
       disabled boolean, unapproved boolean)`,
    [JSON.stringify(people)],
  );
  // Deleted accounts, the place itself, and people of other servers, of whom one is called as somebody here.
  await side.query(
    `INSERT INTO accounts (id, username, domain, created_at, updated_at, suspended_at, actor_type)
     VALUES (-99, 'mastodon.example.org', NULL, now(), now(), NULL, 'Application'),
       (120000000000000001, 'gone_1', NULL, now(), now(), now(), NULL),
       (120000000000000002, 'gone_2', NULL, now(), now(), NULL, NULL),
       (130000000000000001, 'heron', 'elsewhere.example', now(), now(), NULL, NULL)`,
  );
  await side.query(
    `INSERT INTO accounts (id, username, domain, created_at, updated_at)
     SELECT 140000000000000000 + n, 'far_' || n, 'elsewhere.example', now(), now() FROM generate_series(1, 200) n`,
  );
  // One who has a security key, one who tried the button before, some who came by another service.
  await side.query(
    `INSERT INTO webauthn_credentials (external_id, public_key, nickname, user_id, created_at, updated_at)
     VALUES ('key', 'key', 'key', $1, now(), now())`,
    [1 + NAMED.indexOf(STATES.securityKey)],
  );
  await side.query(
    `INSERT INTO identities (provider, uid, user_id, created_at, updated_at)
     VALUES ('openid_connect', 'person_600', 601, now(), now()), ('cas', 'heron', 700, now(), now())`,
  );
  await side.query("SELECT setval('users_id_seq', 5000), setval('identities_id_seq', 5000)");
}
