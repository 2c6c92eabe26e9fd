import type { Snapshot } from '../storage/rows.ts';
import type { Findings } from '../storage/findings.ts';
import type { Purpose, Seals } from '../storage/seal.ts';

/**
 * Tables of which is looked only whether each row opens, by their names in the database: the column each row is sealed
 * for, what for, and what is found where it does not open.
 */
const SEALED: readonly { table: string; key: string; purpose: Purpose; finding: string }[] = [
  { table: 'account_log', key: 'id', purpose: 'account-log', finding: 'account_log_sealed' },
  { table: 'profile_log', key: 'id', purpose: 'profile-log', finding: 'profile_log_sealed' },
  { table: 'appeal', key: 'id', purpose: 'appeal', finding: 'appeal_sealed' },
  { table: 'quota_exception', key: 'id', purpose: 'quota-exception', finding: 'exception_sealed' },
  { table: 'profile_invitation', key: 'id', purpose: 'profile-invitation', finding: 'profile_invitation_sealed' },
  { table: 'errand', key: 'id', purpose: 'errand', finding: 'errand_sealed' },
  { table: 'case_file', key: 'id', purpose: 'case', finding: 'case_sealed' },
  { table: 'unsealing', key: 'id', purpose: 'unsealing', finding: 'unsealing_sealed' },
  { table: 'register', key: 'number', purpose: 'register', finding: 'register_sealed' },
];

/** Looks whether what is written down about accounts and profiles opens, each row where it stands; writes nothing. */
export async function checkSealed(snapshot: Snapshot, seals: Seals, findings: Findings): Promise<void> {
  for (const { table, key, purpose, finding } of SEALED) {
    const shape = snapshot.tables.find(({ name }) => name === table);
    if (shape === undefined) throw new Error(`there is no table ${table}`);
    const [keyAt, sealedAt] = [key, 'sealed'].map((column) => shape.columns.findIndex(({ name }) => name === column));
    for await (const rows of snapshot.rows(shape)) {
      for (const row of rows) {
        const id = String(row[keyAt ?? -1]);
        try {
          seals.open(purpose, id, String(row[sealedAt ?? -1]));
        } catch {
          findings.add(finding, id);
        }
      }
    }
  }
}
