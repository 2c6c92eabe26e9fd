import { rootOf, valuesIn } from '../saml/told.ts';

/** Which of two profiles a value was received about. */
export type Side = 'first' | 'second';

/** One value that an application received: about whom, at which point of the life, in what, in which field. */
export type Seen = {
  readonly side: Side;
  readonly moment: string;
  readonly source: string;
  readonly field: string;
  readonly value: string | number | boolean;
};

export type Record = ReturnType<typeof makeRecord>;

/** The values at the ends of a JSON document, each with the path to it. */
export function leavesOf(value: unknown, path = ''): [path: string, leaf: string | number | boolean][] {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return [[path, value]];
  if (Array.isArray(value)) return value.flatMap((item) => leavesOf(item, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, path === '' ? key : `${path}.${key}`));
}

/** A moment as SAML writes it. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u;

function decoded(part: string | undefined): unknown {
  return JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
}

/** Everything that the applications of a life received, and when each side had something going on of its own. */
export function makeRecord() {
  const seen: Seen[] = [];
  const shape = new Set<string>();
  const times = { first: new Set<number>(), second: new Set<number>() };
  const proofs = { first: new Set<number>(), second: new Set<number>() };
  const ended = new Map<string, number>();
  const asked = { first: new Set<string>(), second: new Set<string>() };
  const unasked: URL[] = [];
  const offered: string[] = [];

  function add(side: Side, moment: string, source: string, value: unknown): void {
    times[side].add(Math.floor(Date.now() / 1000));
    for (const [key, inner] of Object.entries(value as object)) {
      shape.add(
        `${moment}, ${side}: ${source}.${key} is ${Array.isArray(inner) ? `array of ${inner.length}` : typeof inner}`,
      );
    }
    for (const [field, leaf] of leavesOf(value)) seen.push({ side, moment, source, field, value: leaf });
  }

  return {
    seen,
    /** Which fields of which kind came when: all that may look alike in two lives. */
    shape,
    /** The seconds at which a side was answered something. */
    times,
    /** The seconds at which a request of this very side made the person prove who they are. */
    proofs,
    /** The second at which, at a moment, everything of a side's person was ended: by `moment, side`. */
    ended,
    /** At which points of the life a side asked how strong the sign-in was. */
    asked,
    /** Addresses of applications that a browser was sent to when somebody only signed out. */
    unasked,
    /** When the person was offered to leave which side's application too. */
    offered,
    add,

    /** Takes note of a request that asks how strong the sign-in was, or for a strong one. */
    noteAsking(side: Side, moment: string, params: { readonly [name: string]: string }): void {
      if (params['acr_values'] !== undefined || params['claims']?.includes('"acr"')) asked[side].add(moment);
    },

    /** Takes note of a proof if it was given on the way, at the addresses that the browser went through. */
    noteProof(side: Side, trail: readonly URL[]): void {
      if (trail.some(({ pathname }) => pathname.endsWith('/sign-in'))) proofs[side].add(Math.floor(Date.now() / 1000));
    },

    /** A message in XML: every text and attribute, moments as seconds. */
    addMessage(side: Side, moment: string, source: string, xml: string): void {
      const values: { [path: string]: (string | number)[] } = {};
      for (const [path, value] of valuesIn(rootOf(xml)))
        (values[path] ??= []).push(INSTANT.test(value) ? Date.parse(value) / 1000 : value);
      add(side, moment, source, values);
    },

    /** A signed token: its header, its claims, and its signature as one more value. */
    addToken(side: Side, moment: string, source: string, token: string): void {
      const [header, claims, signature] = token.split('.');
      add(side, moment, `${source} header`, decoded(header));
      add(side, moment, source, decoded(claims));
      add(side, moment, source, { signature });
    },
  };
}
