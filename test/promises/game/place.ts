import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { makeHasher } from '../../../src/accounts/hashing.ts';
import { SERVICE_PROVIDER_DEFAULTS } from '../../../src/applications/service-provider-settings.ts';
import type { ApplicationSettings } from '../../../src/applications/settings.ts';
import type { Application, Client, ServiceProvider } from '../../../src/applications/applications.ts';
import { readConfig } from '../../../src/config.ts';
import { makeLog } from '../../../src/log.ts';
import { makeParts, type Parts } from '../../../src/parts.ts';
import { addApplication, addClient } from '../../people.ts';
import { quickFolder } from '../../quick-folder.ts';
import type { HeldClock } from './clock.ts';
import { ORIGIN, PASSWORD, type Person } from './faces.ts';
import { openModerators } from './moderators.ts';

/** Where applications live; nothing listens there but for logout tokens. */
export const HOMES = 'http://localhost:8096';

const CROWD = 6;

/** How an application asks who somebody is. */
export type Door =
  | { readonly kind: 'oidc'; readonly application: Application; readonly client: Client; readonly secret: string }
  | { readonly kind: 'saml'; readonly application: Application; readonly provider: ServiceProvider };

export type OidcDoor = Door & { kind: 'oidc' };
export type SamlDoor = Door & { kind: 'saml' };

export type Place = Awaited<ReturnType<typeof openPlace>>;

async function hearLogouts(heard: string[]): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += String(chunk);
    const token = new URLSearchParams(body).get('logout_token');
    if (token !== null) heard.push(token);
    res.end();
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * An instance in which many worlds are played one after the other: no network but for logout tokens, password hashes
 * that cost little, a database in memory where the system has room for files there. `arrange` may spoil the parts before
 * anybody arrives.
 */
export async function openPlace(clock: HeldClock, arrange: (parts: Parts) => void = () => undefined) {
  const folder = await quickFolder('aluco-game-');
  const settings = {
    ALUCO_URL: ORIGIN,
    ALUCO_DATA: path.join(folder, 'data'),
    ALUCO_LANGUAGE: 'en',
    ALUCO_ALIAS_DOMAIN: 'relay.example',
    // Nobody is there: letters wait, and are read where they wait.
    ALUCO_SMTP: 'smtp://127.0.0.1:9',
    ALUCO_MAIL_FROM: 'aluco@nest.example',
    ALUCO_PRIVATE_NETWORKS: '127.0.0.0/8 ::1/128',
  };
  const parts = await makeParts(readConfig(settings), {
    log: makeLog('silent'),
    now: clock.now,
    hasher: makeHasher({ cost: { memoryCost: 64, timeCost: 2 } }),
  });
  const heard: string[] = [];
  const listener = await hearLogouts(heard);

  let opened = 0;
  const homeOf = (): { name: string; home: string } => {
    opened += 1;
    return { name: `Place ${opened}`, home: `${HOMES}/${opened}` };
  };

  async function openOidc(settings: Partial<ApplicationSettings>): Promise<OidcDoor> {
    const { name, home } = homeOf();
    const application = await addApplication(parts, name, home, settings);
    const { client, secret = '' } = await addClient(parts, application, {
      redirectUris: [`${home}/callback`],
      postLogoutRedirectUris: [`${home}/bye`],
      backchannelLogoutUri: listener.url,
      idTokenAlgorithm: 'EdDSA',
      refreshTokens: true,
    });
    return { kind: 'oidc', application, client, secret };
  }

  async function openSaml(settings: Partial<ApplicationSettings>): Promise<SamlDoor> {
    const { name, home } = homeOf();
    const application = await addApplication(parts, name, home, settings);
    const provider = await parts.applications.addServiceProvider(application.id, {
      ...SERVICE_PROVIDER_DEFAULTS,
      label: name,
      entityId: `${home}/metadata`,
      consumers: [{ url: `${home}/acs`, index: 0, isDefault: true }],
      attributes: 'both',
      subjectAttribute: 'pairwise-id',
    });
    return { kind: 'saml', application, provider };
  }

  const administrator = { loginName: 'odile', password: PASSWORD, language: 'en', administrator: true } as const;
  await parts.accounts.add(administrator);
  const moderators = await openModerators(parts, clock.now);
  const crowd: Person[] = [];
  for (let number = 0; number < CROWD; number += 1) {
    const loginName = `stranger.${number}`;
    const { id } = await parts.accounts.add({ loginName, password: PASSWORD, language: 'en' });
    crowd.push({ accountId: id, loginName });
  }
  arrange(parts);
  return {
    parts,
    clock,
    moderators,
    /** People who have profiles everywhere. */
    crowd,
    /** Logout tokens that came since the start. */
    heard,
    /** A new application, which asks in this way who somebody is. */
    openDoor: (kind: Door['kind'], settings: Partial<ApplicationSettings> = {}): Promise<Door> =>
      kind === 'oidc' ? openOidc(settings) : openSaml(settings),
    openOidc,
    async close(): Promise<void> {
      await parts.storage.close();
      await listener.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
