import type { KoaContextWithOIDC } from 'oidc-provider';
import { describeError, type Log } from '../log.ts';
import { dayOf, type Profiles } from '../profiles/profiles.ts';
import { isUnavailable } from '../storage/storage.ts';
import { applicationIdOf, type Requests } from './prompts.ts';

/** How many entries are remembered as written down; forgetting them costs a look each. */
const REMEMBERED = 10_000;

type Needs = { log: Log; now: () => number; profiles: Pick<Profiles, 'markUsed'>; requests: Requests };

/**
 * Writes down which profile entered its application today, for its owner's picker. The answer to the application does
 * not wait for it, and somebody who enters all day long costs one look.
 */
export function makeEntries({ log, now, profiles, requests }: Needs) {
  const known = new Map<string, string>();

  async function writeDown(ctx: KoaContextWithOIDC): Promise<void> {
    const step = await requests.step(ctx);
    if (step.name !== 'done' || step.profileId === undefined) return;
    const applicationId = applicationIdOf(ctx);
    const key = `${step.accountId} ${applicationId}`;
    const entry = `${step.profileId} ${dayOf(now())}`;
    if (known.get(key) === entry) return;
    await profiles.markUsed(step.accountId, { id: step.profileId, applicationId });
    if (known.size >= REMEMBERED) known.clear();
    known.set(key, entry);
  }

  return (ctx: KoaContextWithOIDC): void => {
    writeDown(ctx).catch((error: unknown) => {
      if (isUnavailable(error)) return;
      log.error({ event: 'entry_not_written', ...describeError(error) });
    });
  };
}
