import { Resolver } from 'node:dns/promises';

/** A host's place among those that take mail for a domain; the smallest priority first. */
export type MailHost = { readonly exchange: string; readonly priority: number };

/**
 * DNS as mail needs it. Everything throws what `node:dns` throws: `isMissing` tells an answer of "there is none" from
 * the lack of an answer, which may come later.
 */
export type Dns = {
  /** Each record's strings put together. */
  txt(name: string): Promise<string[]>;
  mx(name: string): Promise<MailHost[]>;
  /** IPv4 and IPv6 addresses; empty where there are none. */
  addresses(name: string): Promise<string[]>;
  /** The names of an address. */
  names(address: string): Promise<string[]>;
};

/** How long one question may take, and how often it is asked. */
const TIMEOUT = 2000;
const TRIES = 2;

/** Whether a failure means that there is no such record, and not that nobody answered. */
export function isMissing(error: unknown): boolean {
  return /^(ENOTFOUND|ENODATA)$/u.test(String((error as { code?: unknown }).code));
}

/** @param servers as `ALUCO_DNS` names them; none: those of the system. */
export function makeDns(servers: readonly string[]): Dns {
  const resolver = new Resolver({ timeout: TIMEOUT, tries: TRIES });
  if (servers.length > 0) resolver.setServers(servers);

  const orNone = async (asked: Promise<string[]>): Promise<string[]> => {
    try {
      return await asked;
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  };

  return {
    txt: async (name) => (await resolver.resolveTxt(name)).map((strings) => strings.join('')),
    mx: (name) => resolver.resolveMx(name),
    async addresses(name) {
      const found = await Promise.all([orNone(resolver.resolve4(name)), orNone(resolver.resolve6(name))]);
      return found.flat();
    },
    names: (address) => resolver.reverse(address),
  };
}
