import pLimit from 'p-limit';
import {
  nameIdFormatOf,
  SERVICE_PROVIDER_DEFAULTS,
  type Applications,
  type ServiceProvider,
  type ServiceProviderSettings,
} from '../applications/applications.ts';
import { UserError, type ErrorParams } from '../errors.ts';
import { describeError, type Log } from '../log.ts';
import type { Reach } from '../private-networks.ts';
import { FETCHED_LIMIT, fetchMetadata } from './metadata-fetch.ts';
import { makeMetadataReader } from './metadata-aside.ts';
import { readKeys } from './metadata-keys.ts';
import { refuseMetadata, shown } from './metadata-problem.ts';
import { isDue } from './metadata-validity.ts';
import type { Choice } from './sp-entity.ts';
import { isChoice, type Understood } from './sp-metadata.ts';

export type MetadataSources = ReturnType<typeof makeMetadataSources>;

/** Where metadata is: in the administrator's hands, or at an address. */
export type Source = { readonly xml: string } | { readonly url: string };

type Kept = NonNullable<ServiceProviderSettings['metadata']>;

const AT_ONCE = 2;

/** The persistent NameID where it is taken or nothing is said; otherwise the first one listed that we have. */
function nameIdOf(formats: readonly string[]): ServiceProviderSettings['nameId'] {
  const known = formats.flatMap((format) => nameIdFormatOf(format) ?? []);
  return known.includes('persistent') ? 'persistent' : (known[0] ?? SERVICE_PROVIDER_DEFAULTS.nameId);
}

/** What comes from metadata, and from nowhere else. */
function described(understood: Understood) {
  const { entityId, consumers, logout, signingCertificates, encryptionCertificates, encryptionAlgorithms } = understood;
  return { entityId, consumers, logout, signingCertificates, encryptionCertificates, encryptionAlgorithms };
}

function keptOf(
  from: Pick<Kept, 'url' | 'keys'>,
  { validUntil, refreshEvery, remarks }: Understood,
  takenAt: number,
): Kept {
  return {
    ...(from.url === undefined ? {} : { url: from.url }),
    keys: [...from.keys],
    takenAt,
    ...(validUntil === undefined ? {} : { validUntil }),
    ...(refreshEvery === undefined ? {} : { refreshEvery }),
    ...(remarks.length === 0 ? {} : { remarks: [...remarks] }),
  };
}

const otherEntity = (entityId: string): UserError =>
  new UserError('metadata_other_entity', { entity: shown(entityId) });

/**
 * A provider with what its metadata says now. What the administrator chose stays: signatures that were required once
 * stay required, and what was encrypted stays so until they switch it off.
 * @throws {UserError} metadata_other_entity; metadata_invalid: signing_key_missing, encryption_key_missing
 */
function renewed(before: ServiceProvider, understood: Understood, metadata: Kept): ServiceProvider {
  if (before.entityId !== understood.entityId) throw otherEntity(before.entityId);
  const signedRequests = before.signedRequests || understood.signedRequests;
  if (signedRequests && understood.signingCertificates.length === 0) refuseMetadata('signing_key_missing');
  // What only the service provider could read would be read by every browser from then on.
  const wasEncrypted = before.encrypt && before.encryptionCertificates.length > 0;
  if (wasEncrypted && understood.encryptionCertificates.length === 0) refuseMetadata('encryption_key_missing');
  return { ...before, ...described(understood), signedRequests, metadata };
}

/** What a page says of a failure. Anything that is not ours to explain is logged and shown as internal. */
function problemOf(error: unknown, log: Log): { code: string; params: Record<string, string | number> } {
  if (error instanceof UserError) return { code: error.code, params: harmless(error.params) };
  log.error({ event: 'metadata_error', ...describeError(error) });
  return { code: 'internal', params: {} };
}

function harmless(params: ErrorParams): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, typeof value === 'string' ? shown(value) : value]),
  );
}

type Needs = {
  applications: Pick<Applications, 'changeServiceProvider' | 'getServiceProvider' | 'serviceProviders'>;
  reach: Reach;
  now: () => number;
  log: Log;
};

/** How the metadata of service providers comes in, by hand or from an address, and stays fresh. */
export function makeMetadataSources({ applications, reach, now, log }: Needs) {
  const readMetadata = makeMetadataReader();

  /** The metadata of one entity at its source. */
  async function readOne(source: Source, entityId: string, keys: readonly string[]): Promise<Understood> {
    try {
      const result = await understand(source, { entityId, keys });
      if (isChoice(result)) throw otherEntity(entityId);
      return result;
    } catch (error) {
      const isAbsent = error instanceof UserError && error.params['reason'] === 'entity_absent';
      throw isAbsent ? otherEntity(entityId) : error;
    }
  }

  async function understand(
    source: Source,
    { entityId, keys = [] }: { entityId?: string | undefined; keys?: readonly string[] } = {},
  ): Promise<Understood | Choice> {
    const read = readKeys(keys);
    const isFetched = 'url' in source;
    const xml = isFetched ? await fetchMetadata(source.url, { reach }) : source.xml;
    return readMetadata(xml, { entityId, keys: read, now: now(), ...(isFetched ? { limit: FETCHED_LIMIT } : {}) });
  }

  async function refresh(id: string): Promise<ServiceProvider> {
    const { entityId, metadata: seen } = await applications.getServiceProvider(id);
    if (seen?.url === undefined) throw new UserError('metadata_no_address');
    const { url, keys } = seen;
    const triedAt = now();
    const attempt = await readOne({ url }, entityId, keys).then(
      (understood) => ({ understood }),
      (error: unknown) => ({ problem: problemOf(error, log) }),
    );
    return applications.changeServiceProvider(id, (before) => {
      const { metadata } = before;
      // Somebody was faster, by hand or with another source: what was read on the way is no longer what is wanted.
      const isSame =
        metadata?.url === url && metadata.takenAt === seen.takenAt && String(metadata.keys) === String(keys);
      if (!isSame) return before;
      const failed = (problem: Kept['problem']): ServiceProvider => ({
        ...before,
        metadata: { ...metadata, triedAt, problem },
      });
      if ('problem' in attempt) return failed(attempt.problem);
      try {
        return renewed(before, attempt.understood, { ...keptOf(metadata, attempt.understood, triedAt), triedAt });
      } catch (error) {
        return failed(problemOf(error, log));
      }
    });
  }

  /** Whether this attempt is ours: of several nodes that see the same last attempt, one is. */
  async function take(id: string, last: number | undefined): Promise<boolean> {
    let isOurs = false;
    await applications.changeServiceProvider(id, (before) => {
      isOurs = before.metadata?.url !== undefined && before.metadata.triedAt === last;
      return isOurs ? { ...before, metadata: { ...before.metadata, triedAt: now() } } : before;
    });
    return isOurs;
  }

  async function refreshOne({ id, metadata }: ServiceProvider): Promise<void> {
    try {
      if (!(await take(id, metadata?.triedAt))) return;
      const { metadata: after } = await refresh(id);
      if (after?.problem === undefined) return;
      const reason = after.problem.params['reason'];
      log.warn({ event: 'metadata_refused', provider: id, code: after.problem.code, ...(reason && { reason }) });
    } catch (error) {
      const isGone = error instanceof UserError && ['client_unknown', 'metadata_no_address'].includes(error.code);
      if (!isGone) log.error({ event: 'metadata_error', provider: id, ...describeError(error) });
    }
  }

  return {
    /**
     * What metadata says of one service provider, or which ones there are to choose from.
     * @throws {UserError} metadata_key_invalid and what `fetchMetadata` and `readMetadata` refuse
     */
    understand,

    /** The settings to add a service provider with: what was understood, and our defaults for the rest. */
    settingsFrom(
      understood: Understood,
      { source, keys = [], label }: { source: Source; keys?: readonly string[]; label?: string | undefined },
    ): ServiceProviderSettings {
      const from = { ...('url' in source ? { url: source.url } : {}), keys: readKeys(keys) };
      return {
        ...SERVICE_PROVIDER_DEFAULTS,
        ...described(understood),
        label: label ?? understood.displayName ?? shown(understood.entityId.replace(/^https?:\/\//u, ''), 60),
        signedRequests: understood.signedRequests,
        nameId: nameIdOf(understood.nameIdFormats),
        metadata: keptOf(from, understood, now()),
      };
    },

    /**
     * Reads a service provider's metadata from its address again and takes over what it says; the administrator's own
     * choices stay. When that fails everything stays, and `metadata.problem` says why.
     * @throws {UserError} client_unknown, metadata_no_address
     */
    refresh,

    /** Refreshes what is due, few at once; one that fails stops no other, and each is asked by one node. */
    async refreshDue(): Promise<void> {
      const limit = pLimit(AT_ONCE);
      const due = (await applications.serviceProviders()).filter((provider) => isDue(provider, now()));
      await Promise.all(due.map((provider) => limit(refreshOne, provider)));
    },

    /**
     * Takes over metadata that an administrator gives by hand, for the same entity; signed by one of the keys of this
     * service provider, if it has any.
     * @throws {UserError} client_unknown, metadata_other_entity and what `readMetadata` refuses; nothing changes then
     */
    async replace(id: string, xml: string): Promise<ServiceProvider> {
      const { entityId, metadata } = await applications.getServiceProvider(id);
      const understood = await readOne({ xml }, entityId, metadata?.keys ?? []);
      return applications.changeServiceProvider(id, (before) =>
        renewed(before, understood, keptOf(before.metadata ?? { keys: [] }, understood, now())),
      );
    },
  };
}
