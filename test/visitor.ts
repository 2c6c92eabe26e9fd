import { parse, type HTMLElement } from 'node-html-parser';
import { CookieJar } from 'tough-cookie';

/** A page as a visitor sees it. */
export type Page = {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly document: HTMLElement;
};

export type Visitor = ReturnType<typeof makeVisitor>;

/** What a form is filled with; a file only where the form takes files. */
export type Fields = Readonly<Record<string, string | string[] | File>>;

const REDIRECTS = 15;

/**
 * A browser without JavaScript: keeps cookies as browsers do, follows redirections, fills forms as they stand on the
 * page. Stops at an address that `stopAt` names (an application's), without asking for it. `send`: another way to the
 * network than the usual one.
 */
export function makeVisitor(
  stopAt: (url: URL) => boolean = () => false,
  send: typeof fetch = (input, init) => fetch(input, init),
) {
  const jar = new CookieJar(undefined, { prefixSecurity: 'strict' });
  const trail: URL[] = [];

  async function request(url: URL, init: RequestInit = {}): Promise<Page> {
    let target = url;
    let options = init;
    for (let hop = 0; hop < REDIRECTS; hop += 1) {
      trail.push(target);
      if (stopAt(target)) {
        return { url: target, status: 0, headers: new Headers(), text: '', document: parse('') };
      }
      const headers = new Headers(options.headers);
      const cookies = await jar.getCookieString(target.href);
      if (cookies !== '') headers.set('cookie', cookies);
      if (!headers.has('accept')) headers.set('accept', 'text/html,application/xhtml+xml,*/*;q=0.8');
      const answer = await send(target, { ...options, headers, redirect: 'manual' });
      for (const line of answer.headers.getSetCookie()) await jar.setCookie(line, target.href, { ignoreError: true });
      const location = answer.headers.get('location');
      if (location === null || answer.status < 300 || answer.status > 399) {
        const text = await answer.text();
        return { url: target, status: answer.status, headers: answer.headers, text, document: parse(text) };
      }
      await answer.body?.cancel();
      target = new URL(location, target);
      options = {};
    }
    throw new Error('too many redirections');
  }

  return {
    jar,
    /** Every address asked for, in order. */
    trail,

    get: (url: string | URL, headers: Record<string, string> = {}) => request(new URL(url), { headers }),

    /** Posts fields as a form of a page at the same origin would. */
    post(url: string | URL, fields: Fields, headers: Record<string, string> = {}, files = false): Promise<Page> {
      const target = new URL(url);
      const body = files ? new FormData() : new URLSearchParams();
      for (const [name, value] of Object.entries(fields)) {
        for (const item of [value].flat()) {
          if (typeof item === 'string') body.append(name, item);
          else (body as FormData).append(name, item, item.name);
        }
      }
      const own = { 'sec-fetch-site': 'same-origin', origin: target.origin };
      return request(target, { method: 'POST', body, headers: { ...own, ...headers } });
    },

    /** Fills the form whose action ends with `action`: its own hidden and filled fields, and the given ones on top. */
    submit(page: Page, action: string, fields: Fields = {}): Promise<Page> {
      const form = page.document
        .querySelectorAll('form')
        .find((entry) => entry.getAttribute('action')?.endsWith(action));
      if (form === undefined)
        throw new Error(`no form to ${action} on ${page.url.pathname} (${page.status}): ${textOf(page)}`);
      const values: Record<string, string | string[]> = {};
      for (const input of form.querySelectorAll('input')) {
        const name = input.getAttribute('name');
        const type = input.getAttribute('type');
        const unticked = (type === 'radio' || type === 'checkbox') && !input.hasAttribute('checked');
        if (name === undefined || type === 'submit' || type === 'file' || unticked) continue;
        const before = type === 'checkbox' ? (values[name] ?? []) : [];
        const value = input.getAttribute('value') ?? 'on';
        values[name] = before.length === 0 ? value : [before, value].flat();
      }
      for (const area of form.querySelectorAll('textarea')) {
        const name = area.getAttribute('name');
        if (name !== undefined) values[name] = area.textContent;
      }
      for (const select of form.querySelectorAll('select')) {
        const name = select.getAttribute('name');
        const chosen = select.querySelector('option[selected]') ?? select.querySelector('option');
        if (name !== undefined) values[name] = chosen?.getAttribute('value') ?? '';
      }
      const files = form.getAttribute('enctype') === 'multipart/form-data';
      return this.post(new URL(form.getAttribute('action') ?? '', page.url), { ...values, ...fields }, {}, files);
    },

    /** The cookies this visitor would send to an address. */
    cookies: (url: string) => jar.getCookieString(url),
  };
}

/** The words of a page, for messages. */
export function textOf(page: Page): string {
  return page.document.textContent.replaceAll(/\s+/gu, ' ').trim().slice(0, 400);
}
