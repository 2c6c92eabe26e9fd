import type { Findings } from '../storage/findings.ts';
import type { Storage } from '../storage/storage.ts';
import { clientSettings } from './client-settings.ts';
import { serviceProviderSettings } from './service-provider-settings.ts';
import { applicationSettings } from './settings.ts';
import { makeApplicationStore } from './store.ts';

function settingsOf<T>(parse: (value: unknown) => T, text: string): T | undefined {
  try {
    return parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * Looks whether applications and clients can be read, and name only what is there; writes nothing.
 * @returns the ids of all applications.
 */
export async function checkApplications(
  storage: Storage,
  groups: ReadonlySet<string>,
  findings: Findings,
): Promise<ReadonlySet<string>> {
  const store = makeApplicationStore(storage);
  const rows = await store.applications();
  const ids = new Set(rows.map(({ id }) => id));
  for (const { id, settings } of rows) {
    const { entry } = settingsOf((value) => applicationSettings.parse(value), settings) ?? {};
    if (entry === undefined) findings.add('application_settings', id);
    else if (entry.kind === 'groups' && !entry.groups.every((group) => groups.has(group))) {
      findings.add('application_group', id);
    }
  }
  for (const { id, applicationId, settings } of await store.clients()) {
    if (!ids.has(applicationId)) findings.add('client_stray', id);
    if (settingsOf((value) => clientSettings.parse(value), settings) === undefined) findings.add('client_settings', id);
  }
  for (const { id, applicationId, settings } of await store.serviceProviders()) {
    if (!ids.has(applicationId)) findings.add('client_stray', id);
    const isRead = settingsOf((value) => serviceProviderSettings.parse(value), settings) !== undefined;
    if (!isRead) findings.add('client_settings', id);
  }
  return ids;
}
