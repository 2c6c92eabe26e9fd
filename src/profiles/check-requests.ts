import { inPages, type Findings } from '../storage/findings.ts';
import type { Seals } from '../storage/seal.ts';
import { requestOfRow } from './petition.ts';
import type { makeProfileCheckStore } from './store.ts';

type Needs = { store: ReturnType<typeof makeProfileCheckStore>; seals: Seals; findings: Findings };

/** Looks whether every request opens and has its profile, and every profile that waits its request; writes nothing. */
export async function checkRequests({ store, seals, findings }: Needs): Promise<void> {
  for await (const page of inPages(store.requestPage, ({ profileId }) => profileId)) {
    const found = new Map((await store.some(page.map(({ profileId }) => profileId))).map((row) => [row.id, row]));
    for (const row of page) {
      try {
        requestOfRow(seals, row);
      } catch {
        findings.add('profile_request_sealed', row.profileId);
      }
      const profile = found.get(row.profileId);
      const isThere = profile !== undefined && profile.applicationId === row.applicationId;
      // One that was given at once is looked at afterwards, whatever has become of it by then.
      const waits = row.status === 'review' ? profile?.status !== 'requested' : profile?.status === 'requested';
      if (!isThere || !waits) findings.add('profile_request_stray', row.profileId);
    }
  }
  for (const id of await store.withoutRequest()) findings.add('profile_request_missing', id);
}
