import type { Snapshot } from '../storage/rows.ts';
import type { Findings } from '../storage/findings.ts';
import type { Purpose, Seals } from '../storage/seal.ts';

/**
 * Tables of which is looked only whether each row opens, by their names in the database: what their rows are sealed for,
 * and what is found where one does not open.
 */
const SEALED: readonly { table: string; purpose: Purpose; finding: string; key?: string }[] = [
  { table: 'account_log', purpose: 'account-log', finding: 'account_log_sealed' },
  { table: 'profile_log', purpose: 'profile-log', finding: 'profile_log_sealed' },
  { table: 'appeal', purpose: 'appeal', finding: 'appeal_sealed' },
  { table: 'quota_exception', purpose: 'quota-exception', finding: 'exception_sealed' },
  { table: 'profile_invitation', purpose: 'profile-invitation', finding: 'profile_invitation_sealed' },
  { table: 'errand', purpose: 'errand', finding: 'errand_sealed' },
  { table: 'case_file', purpose: 'case', finding: 'case_sealed' },
  { table: 'unsealing', purpose: 'unsealing', finding: 'unsealing_sealed' },
  { table: 'register', purpose: 'register', finding: 'register_sealed', key: 'number' },
];

/** Looks whether what is written down about accounts and profiles opens, each row where it stands; writes nothing. */
export async function checkSealed(snapshot: Snapshot, seals: Seals, findings: Findings): Promise<void> {
  for (const { table, purpose, finding, key = 'id' } of SEALED) {
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
