import type { Snapshot } from '../storage/rows.ts';
import type { Findings } from '../storage/findings.ts';
import type { Seals } from '../storage/seal.ts';

type Open = (seals: Seals, id: string, sealed: string) => string;

/**
 * Tables of which is looked only whether each row opens, by their names in the database: the column each row is sealed
 * for, what is found where it does not open, and how it opens.
 */
const SEALED: readonly { table: string; key: string; finding: string; open: Open }[] = [
  {
    table: 'account_log',
    key: 'id',
    finding: 'account_log_sealed',
    open: (seals, id, sealed) => seals.open('account-log', id, sealed),
  },
  {
    table: 'profile_log',
    key: 'id',
    finding: 'profile_log_sealed',
    open: (seals, id, sealed) => seals.open('profile-log', id, sealed),
  },
  {
    table: 'appeal',
    key: 'id',
    finding: 'appeal_sealed',
    open: (seals, id, sealed) => seals.open('appeal', id, sealed),
  },
  {
    table: 'quota_exception',
    key: 'id',
    finding: 'exception_sealed',
    open: (seals, id, sealed) => seals.open('quota-exception', id, sealed),
  },
  {
    table: 'profile_invitation',
    key: 'id',
    finding: 'profile_invitation_sealed',
    open: (seals, id, sealed) => seals.open('profile-invitation', id, sealed),
  },
  {
    table: 'errand',
    key: 'id',
    finding: 'errand_sealed',
    open: (seals, id, sealed) => seals.open('errand', id, sealed),
  },
  {
    table: 'case_file',
    key: 'id',
    finding: 'case_sealed',
    open: (seals, id, sealed) => seals.open('case', id, sealed),
  },
  {
    table: 'unsealing',
    key: 'id',
    finding: 'unsealing_sealed',
    open: (seals, id, sealed) => seals.open('unsealing', id, sealed),
  },
  {
    table: 'register',
    key: 'number',
    finding: 'register_sealed',
    open: (seals, id, sealed) => seals.open('register', id, sealed),
  },
];

/** Looks whether what is written down about accounts and profiles opens, each row where it stands; writes nothing. */
export async function checkSealed(snapshot: Snapshot, seals: Seals, findings: Findings): Promise<void> {
  for (const { table, key, finding, open } of SEALED) {
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
