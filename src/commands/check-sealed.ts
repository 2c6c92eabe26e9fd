import type { Snapshot } from '../storage/rows.ts';
import type { Findings } from '../storage/findings.ts';
import type { Seals } from '../storage/seal.ts';

/** A table of which is looked only whether each row opens. */
type Sealed = {
  /** Its name in the database. */
  readonly table: string;
  /** What is found where a row does not open. */
  readonly finding: string;
  /** The column its rows are sealed to, where that is not `id`. */
  readonly key?: string;
  /** Throws where a row does not open. Each names its purpose itself, so that the source shows who opens what. */
  readonly open: (seals: Seals, id: string, sealed: string) => unknown;
};

const SEALED: readonly Sealed[] = [
  {
    table: 'account_log',
    finding: 'account_log_sealed',
    open: (seals, id, sealed) => seals.open('account-log', id, sealed),
  },
  {
    table: 'profile_log',
    finding: 'profile_log_sealed',
    open: (seals, id, sealed) => seals.open('profile-log', id, sealed),
  },
  {
    table: 'appeal',
    finding: 'appeal_sealed',
    open: (seals, id, sealed) => seals.open('appeal', id, sealed),
  },
  {
    table: 'quota_exception',
    finding: 'exception_sealed',
    open: (seals, id, sealed) => seals.open('quota-exception', id, sealed),
  },
  {
    table: 'profile_invitation',
    finding: 'profile_invitation_sealed',
    open: (seals, id, sealed) => seals.open('profile-invitation', id, sealed),
  },
  {
    table: 'errand',
    finding: 'errand_sealed',
    open: (seals, id, sealed) => seals.open('errand', id, sealed),
  },
  {
    table: 'case_file',
    finding: 'case_sealed',
    open: (seals, id, sealed) => seals.open('case', id, sealed),
  },
  {
    table: 'unsealing',
    finding: 'unsealing_sealed',
    open: (seals, id, sealed) => seals.open('unsealing', id, sealed),
  },
  {
    table: 'register',
    finding: 'register_sealed',
    key: 'number',
    open: (seals, id, sealed) => seals.open('register', id, sealed),
  },
];

/** Looks whether what is written down about accounts and profiles opens, each row where it stands; writes nothing. */
export async function checkSealed(snapshot: Snapshot, seals: Seals, findings: Findings): Promise<void> {
  for (const { table, finding, key = 'id', open } of SEALED) {
    const shape = snapshot.tables.find(({ name }) => name === table);
    if (shape === undefined) throw new Error(`there is no table ${table}`);
    const [keyAt, sealedAt] = [key, 'sealed'].map((column) => shape.columns.findIndex(({ name }) => name === column));
    for await (const rows of snapshot.rows(shape)) {
      for (const row of rows) {
        const id = String(row[keyAt ?? -1]);
        try {
          open(seals, id, String(row[sealedAt ?? -1]));
        } catch {
          findings.add(finding, id);
        }
      }
    }
  }
}
