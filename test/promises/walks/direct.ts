import inject, { type DispatchFunc, type InjectOptions } from 'light-my-request';

/** An answer, and the address that it came from after all redirections within the instance. */
export type Answer = { readonly url: URL; readonly status: number; readonly text: string };

type Kept = { readonly path: string; readonly value: string };

const REDIRECTS = 12;

/**
 * A browser that hands its requests to the program in this very process, without a network between: for walks of many
 * requests. It keeps cookies by name and path and follows redirections, as far as they stay on the instance.
 */
export class DirectBrowser {
  readonly #app: DispatchFunc;
  readonly #origin: string;
  readonly #address: string;
  readonly #cookies = new Map<string, Kept>();

  /** `address`: the network address that it comes from. */
  constructor(app: unknown, origin: string, address: string) {
    this.#app = app as DispatchFunc;
    this.#origin = origin;
    this.#address = address;
  }

  /** The value of a cookie as it would be sent to a path. */
  cookie(name: string, path: string): string | undefined {
    for (const [key, kept] of this.#cookies)
      if (key.startsWith(`${name} `) && isUnder(path, kept.path)) return kept.value;
    return undefined;
  }

  /** `accept`: as what the answer is wanted. */
  get(url: string, accept = '*/*'): Promise<Answer> {
    return this.#follow(new URL(url, this.#origin), { method: 'GET', headers: { accept } });
  }

  /** Sends a form, as from a page of the instance; with `isForm` false as a program does that is no browser. */
  post(url: string, fields: Readonly<Record<string, string>>, isForm = true): Promise<Answer> {
    return this.#follow(new URL(url, this.#origin), {
      method: 'POST',
      payload: new URLSearchParams(fields).toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...(isForm ? { origin: this.#origin, 'sec-fetch-site': 'same-origin' } : {}),
      },
    });
  }

  async #follow(start: URL, first: InjectOptions): Promise<Answer> {
    let url = start;
    let options = first;
    for (let hop = 0; hop < REDIRECTS; hop += 1) {
      if (url.origin !== this.#origin) return { url, status: 0, text: '' };
      const cookies = [...this.#cookies]
        .filter(([, { path }]) => isUnder(url.pathname, path))
        .map(([key, { value }]) => `${key.split(' ', 1)[0]}=${value}`);
      const answer = await inject(this.#app, {
        ...options,
        url: url.pathname + url.search,
        remoteAddress: this.#address,
        headers: {
          ...options.headers,
          host: url.host,
          ...(cookies.length === 0 ? {} : { cookie: cookies.join('; ') }),
        },
      });
      for (const { name, value, path = '/', maxAge, expires } of answer.cookies as Told[]) {
        const key = `${name} ${path}`;
        const isGone = value === '' || maxAge === 0 || (expires !== undefined && expires.getTime() < 1_000_000);
        if (isGone) this.#cookies.delete(key);
        else this.#cookies.set(key, { path, value });
      }
      const { location } = answer.headers;
      if (typeof location !== 'string' || answer.statusCode < 300 || answer.statusCode > 399) {
        return { url, status: answer.statusCode, text: answer.payload };
      }
      url = new URL(location, url);
      options = { method: 'GET' };
    }
    throw new Error(`too many redirections from ${start.pathname}`);
  }
}

type Told = { name: string; value: string; path?: string; maxAge?: number; expires?: Date };

function isUnder(path: string, scope: string): boolean {
  return scope === '/' || path === scope || path.startsWith(`${scope}/`);
}
