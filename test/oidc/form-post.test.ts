import { parse } from 'node-html-parser';
import * as client from 'openid-client';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { begin, openService, signIn, type Service } from '../application.ts';
import { browserPresent, launchBrowser, openWindow, type Window } from '../browser.ts';
import { openHouse, type House } from '../house.ts';
import { openVisibleService, type VisibleService } from '../journeys/visible-service.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';

const FORM_POST = { response_mode: 'form_post' };

/** The form that carries the answer to an application, as it stands on the page. */
function answerForm(page: Page): { action: string | undefined; fields: Record<string, string> } {
  // As a browser without script reads it: what stands in `noscript` counts.
  const document = parse(page.text, { blockTextElements: { script: true, style: true } });
  const forms = document.querySelectorAll('form').filter((form) => form.querySelector('input[name=iss]') !== null);
  expect(forms).toHaveLength(1);
  expect(forms[0]?.getAttribute('method')).toBe('post');
  expect(forms[0]?.querySelectorAll('button')).toHaveLength(1);
  const inputs = forms[0]?.querySelectorAll('input') ?? [];
  return {
    action: forms[0]?.getAttribute('action'),
    fields: Object.fromEntries(
      inputs.map((input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? '']),
    ),
  };
}

describe('an answer by form', () => {
  let house: House;
  let blog: Service;
  let alix: Visitor;
  beforeAll(async () => {
    house = await openHouse();
    blog = await openService(house, 'Blog');
    await addPerson(house.parts, 'alix');
    alix = makeVisitor((url) => blog.isHome(url));
  });
  afterAll(async () => {
    await blog.close();
    await house.close();
  });

  test('carries the code, the state and our name to the registered address, and is taken by openid-client', async () => {
    await signIn(alix, blog, { person: 'alix', profile: 'alice' });
    const attempt = await begin(blog, FORM_POST);
    const page = await alix.get(attempt.url);
    expect(page.status).toBe(200);
    expect(page.url.origin).toBe(house.url);
    const { action, fields } = answerForm(page);
    expect(action).toBe(blog.redirectUri);
    expect(fields).toMatchObject({ state: attempt.state, iss: house.url, code: expect.any(String) as string });
    const posted = new Request(blog.redirectUri, { method: 'POST', body: new URLSearchParams(fields) });
    const tokens = await client.authorizationCodeGrant(blog.configuration, posted, {
      pkceCodeVerifier: attempt.verifier,
      expectedState: attempt.state,
      expectedNonce: attempt.nonce,
    });
    expect(tokens.claims()).toMatchObject({ preferred_username: 'alice' });
  });

  test('carries a hostile state as text and nothing else', async () => {
    const state = `"><script>alert('1')</script><b a='&amp;`;
    const page = await alix.get((await begin(blog, { ...FORM_POST, state })).url);
    expect(answerForm(page).fields['state']).toBe(state);
    expect(page.text).not.toContain('<script>alert');
    expect(page.document.querySelector('b')).toBeNull();
  });

  test('carries a refusal too', async () => {
    const stranger = makeVisitor();
    const attempt = await begin(blog, { ...FORM_POST, prompt: 'none' });
    const { action, fields } = answerForm(await stranger.get(attempt.url));
    expect(action).toBe(blog.redirectUri);
    expect(fields).toMatchObject({ error: 'login_required', state: attempt.state, iss: house.url });
    expect(fields).not.toHaveProperty('code');
  });

  test('is pressed on by hand where there is no script', async () => {
    const page = await alix.get((await begin(blog, FORM_POST)).url);
    const { action } = answerForm(page);
    const after = await alix.submit(page, action ?? '');
    expect(after.url.href).toBe(blog.redirectUri);
  });

  test('may be sent to that address by the page that holds it, and to no other', async () => {
    const page = await alix.get((await begin(blog, FORM_POST)).url);
    const policy = page.headers.get('content-security-policy') ?? '';
    const formAction = policy.split(';').find((directive) => directive.startsWith('form-action'));
    expect(formAction).toBe(`form-action 'self' ${blog.url}`);
    expect(policy).not.toContain('unsafe-inline');
    expect(page.headers.get('cache-control')).toContain('no-store');
  });
});

describe.runIf(browserPresent)('in a browser with our headers', () => {
  let house: House;
  let blog: VisibleService;
  let browser: Browser;
  const windows: Window[] = [];
  beforeAll(async () => {
    house = await openHouse();
    blog = await openVisibleService(house, 'Blog');
    await addPerson(house.parts, 'alix');
    browser = await launchBrowser();
  });
  afterAll(async () => {
    for (const { context } of windows) await context.close();
    await browser.close();
    await blog.close();
    await house.close();
  });

  /** Alix opens a window and comes to the page that ends her first sign-in, whatever it is. */
  async function arrive(javaScriptEnabled: boolean): Promise<Window> {
    const window = await openWindow(browser, { javaScriptEnabled });
    windows.push(window);
    await window.page.goto(`${blog.url}/sign-in?response_mode=form_post`);
    await window.page.fill('input[name=login]', PEOPLE.alix.loginName);
    await window.page.fill('input[name=password]', PEOPLE.alix.password);
    await window.page.press('input[name=password]', 'Enter');
    return window;
  }

  test('the answer is sent by itself', async () => {
    const { page, complaints } = await arrive(true);
    await page.fill('input[name=name]', 'alice');
    await page.press('input[name=name]', 'Enter');
    await page.waitForURL(`${blog.url}/callback`);
    expect(await page.textContent('#preferred_username')).toBe('alice');
    expect(complaints).toEqual([]);
  });

  test('the answer is sent by the button where script is off', async () => {
    const { page, complaints } = await arrive(false);
    await page.click('button[name=profile]');
    await page.click('form[action$="/callback"] button');
    await page.waitForURL(`${blog.url}/callback`);
    expect(await page.textContent('#preferred_username')).toBe('alice');
    expect(complaints).toEqual([]);
  });

  test.each([true, false])(
    'somebody who is no longer signed in and signs out comes back to the application; script: %s',
    async (javaScriptEnabled) => {
      const { page, complaints } = await openWindow(browser, { javaScriptEnabled });
      // It may lead on before it is whole.
      await page.goto(`${blog.url}/sign-out`, { waitUntil: 'commit' });
      await page.waitForURL(`${blog.url}/bye`);
      expect(complaints).toEqual([]);
    },
  );
});
