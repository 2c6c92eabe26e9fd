import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SERVICE_PROVIDER_DEFAULTS } from '../../../src/applications/service-provider-settings.ts';
import { translator } from '../../../views/text.ts';
import { browserPresent, clickThrough, launchBrowser, openWindow, type Window } from '../../browser.ts';
import { PEOPLE } from '../../people.ts';
import { nodeSamlPresent, startNodeSaml } from './node-saml.ts';
import { openPlace } from './place.ts';

const t = translator('en');

/** A site that answers everything by leading on to the given address, as a broker does. */
async function startBroker(onward: string): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((_req, res) => void res.writeHead(302, { location: onward }).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe.skipIf(!browserPresent || !nodeSamlPresent)('in a browser, which holds pages to their headers', () => {
  const at = openPlace('Notes', startNodeSaml);
  let browser: Browser;
  let window: Window;
  let page: Page;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  const press = (name: string): Promise<void> => clickThrough(page.getByRole('button', { name, exact: true }));
  const heading = (): Promise<string | null> => page.getByRole('heading', { level: 1 }).textContent();
  const openProfile = async (name: string): Promise<void> => {
    await page.goto(at().house.url);
    await clickThrough(page.locator('a[href^="/profiles/"]', { hasText: name }));
  };
  /** Without script the page that carries an answer waits for its button. */
  async function beCarried(script: boolean, to: string): Promise<void> {
    if (!script) await press(t('pick.continue'));
    await page.waitForURL(to);
  }

  describe.each([
    { person: 'alix', script: true, name: 'hulotte' },
    { person: 'bruno', script: false, name: 'effraie' },
  ] as const)('$person, with script: $script,', ({ person, script, name }) => {
    beforeAll(async () => {
      window = await openWindow(browser, { javaScriptEnabled: script, locale: 'en' });
      page = window.page;
    });
    afterAll(() => window?.context.close());

    test('comes in', async () => {
      const { loginName, password } = PEOPLE[person];
      await page.goto(`${at().provider.url}/start`);
      await page.getByLabel(t('sign_in.login')).fill(loginName);
      await page.getByLabel(t('sign_in.password'), { exact: true }).fill(password);
      await press(t('sign_in.submit'));
      await page.getByLabel(t('create.name')).fill(name);
      await press(t('create.submit'));
      await beCarried(script, at().provider.consumer);
      expect(await page.textContent('body')).toContain(name);
      expect(window.complaints).toEqual([]);
    });

    test('leaves from here, by an address', async () => {
      const { house, provider, serviceProvider } = at();
      await house.parts.applications.changeServiceProvider(serviceProvider.id, (settings) => ({
        ...settings,
        logout: [{ binding: 'redirect', url: `${provider.url}/slo` }],
      }));
      await openProfile(name);
      await press(t('leave.submit', { application: 'Notes' }));
      await page.waitForURL(`${house.url}/saml/slo?**`);
      expect(await heading()).toBe(t('signed_out.left', { application: 'Notes' }));
      expect(window.complaints).toEqual([]);
    });

    test('goes to a broker, which leads on to another host', async () => {
      const { house, provider, application } = at();
      const broker = await startBroker(`${provider.url}/elsewhere`);
      const { id } = await house.parts.applications.addServiceProvider(application.id, {
        ...SERVICE_PROVIDER_DEFAULTS,
        label: 'Broker',
        entityId: broker.url,
        consumers: [{ url: `${broker.url}/acs`, index: 0, isDefault: true }],
        unsolicited: true,
      });
      try {
        await openProfile(name);
        await press(t('enter.submit', { application: 'Notes' }));
        await beCarried(script, `${provider.url}/elsewhere`);
        expect(window.complaints).toEqual([]);
      } finally {
        await house.parts.applications.removeServiceProvider(id);
        await broker.close();
      }
    });

    test('signs out here, and then there', async () => {
      const { house, provider } = at();
      await page.goto(`${provider.url}/start`);
      await press(t('pick.continue_as', { name }));
      await beCarried(script, provider.consumer);
      await page.goto(`${house.url}/account`);
      await press(t('layout.sign_out'));
      await press(t('signed_out.there_too', { application: 'Notes' }));
      await page.waitForURL(`${house.url}/saml/slo?**`);
      expect(await heading()).toBe(t('signed_out.left', { application: 'Notes' }));
      expect(window.complaints).toEqual([]);
    });
  });
});
