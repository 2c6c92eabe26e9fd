import type { Frame } from '../../views/layout.tsx';
import type { Form } from '../../views/parts/form.ts';
import type { HomeApplication } from '../../views/portal/home.tsx';
import { messageFor, type TextParams } from '../../views/text.ts';

/** A page with made-up data; `change` alters every string of the data before it is shown. */
export type Sample = {
  readonly name: string;
  readonly render: (frame: Frame, change?: (text: string) => string) => string;
};

/** Ties a page to data for it; the compiler sees that they fit. */
export function sample<Data>(
  name: string,
  page: (frame: Frame, data: Data) => string,
  data: (frame: Frame) => Data,
): Sample {
  return {
    name,
    render: (frame, change) => page(frame, change ? changed(data(frame), change) : data(frame)),
  };
}

/** Words the pages choose by, which nobody from outside can set. */
const fixed: ReadonlySet<string> = new Set([
  'status',
  'mode',
  'language',
  'way',
  'kind',
  'sendAs',
  'source',
  'action',
  'actions',
  'step',
  'secrets',
]);

function changed<Value>(value: Value, change: (text: string) => string): Value {
  if (typeof value === 'string') return change(value) as Value;
  if (Array.isArray(value)) return value.map((item: unknown) => changed(item, change)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]: [string, unknown]) => [
    key,
    fixed.has(key) && (typeof item === 'string' || Array.isArray(item)) ? item : changed(item, change),
  ]);
  return Object.fromEntries(entries) as Value;
}

/** A form that came back: what was typed, and what is wrong with it. */
export function wrong(
  frame: Frame,
  values: Form['values'],
  errors: Readonly<Record<string, readonly [string, TextParams]>>,
): Form {
  return {
    values,
    errors: Object.entries(errors).map(([field, [code, params]]) => ({
      field,
      message: messageFor(frame.t, code, params),
    })),
  };
}

export const csrf = 'c0ffee';

/** What a form asks for against robots: a challenge that is solved at the second try. */
export const work = {
  challenge: JSON.stringify({
    parameters: {
      algorithm: 'PBKDF2/SHA-256',
      cost: 1,
      data: { until: 1, use: 'sign-in' },
      keyLength: 32,
      keyPrefix: '0e3bf4179f873109d7a72dc2d94e52a8',
      keySignature: '5cb0a5314416e6307dbdcd25bca8e05a97c0378f1fe20abae54d9c69ce7aa00a',
      nonce: '664d3b6d51d07621c96a8cde603182e2',
      salt: '5ebbb40db4c168b478c951ab3a630019',
    },
    signature: '78c0f221a5951c577f11b56c8d7f8efdbc6cceb941f8d9a637db5f1201244f91',
  }),
  question: { token: 'q1', words: [0, 7, 21, 14, 3, 39], place: 3 },
};
export const lake = { name: 'Mastodon du Lac', homeUrl: 'https://lac.example/' };

/** A picture. */
export const dot =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path fill="#b5179e" d="M0 0h8v8H0z"/><circle cx="4" cy="4" r="2.4" fill="#fff"/></svg>',
  );

/** Two applications: one with profiles in every state, one with a picture and none. */
export function applications(): readonly HomeApplication[] {
  return [
    {
      ...lake,
      id: 'a1',
      profiles: [
        {
          id: 'p1',
          name: 'hulotte',
          note: 'Avec les voisines',
          status: 'active',
          lastUsedDay: '2026-11-18',
          alias: 'k7f3wq9d2m@relais.example.org',
        },
        { id: 'p2', name: 'noctua', status: 'requested' },
        { id: 'p3', name: 'grand_duc', status: 'blocked', alias: 'zx81h0p4aa@relais.example.org' },
        { id: 'p4', name: 'effraie', status: 'retired', lastUsedDay: '2026-01-01' },
      ],
      createUrl: '/applications/a1/profiles/new',
      quota: { used: 3, limit: 5 },
    },
    {
      id: 'a2',
      name: 'Pixelfed des Cimes',
      homeUrl: 'https://photos.cimes.example/',
      iconUrl: dot,
      profiles: [],
      createUrl: '/applications/a2/profiles/new',
      quota: { used: 0, limit: 1 },
    },
  ];
}

/** The groups of the instance. */
export function groups(): readonly { id: string; name: string; members: number }[] {
  return [
    { id: 'g1', name: 'Atelier vélo', members: 12 },
    { id: 'g2', name: 'Radio', members: 1 },
  ];
}
