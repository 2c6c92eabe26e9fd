import type { Field } from '../head.ts';
import { sealedOctets } from './arc.ts';
import { readChain } from './chain.ts';
import { signOctets } from './crypto.ts';
import type { ArcResult, MailKey } from './verdict.ts';
import { makeSelection, signedOctets } from './signed-octets.ts';
import { resultsField, tagField, withSignature } from './write.ts';

/** Fields that are signed with one more than there are: nobody can add another without breaking the signature. */
const OVERSIGNED = [
  'from',
  'to',
  'cc',
  'subject',
  'date',
  'message-id',
  'reply-to',
  'sender',
  'in-reply-to',
  'references',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
];
/** Fields that are signed where they are (RFC 6376 §5.4.1, RFC 8058 §4). */
const SIGNED = [
  'content-disposition',
  'content-language',
  'auto-submitted',
  'precedence',
  'list-id',
  'list-unsubscribe',
  'list-unsubscribe-post',
];
const SECOND = 1000;
/** RFC 8617 §4.2.1. */
const INSTANCES_MAX = 50;

/** The names that a signature of ours lists: `more` are signed where they are. */
function namesFor(fields: readonly Field[], more: readonly string[] = []): string[] {
  const count = (name: string): number => fields.filter(({ key }) => key === name).length;
  const times = (name: string, number: number): string[] => Array<string>(number).fill(name);
  return [
    ...OVERSIGNED.flatMap((name) => times(name, count(name) + 1)),
    ...[...SIGNED, ...more].flatMap((name) => times(name, count(name))),
  ];
}

/** Signs fields and the body's hash with a field of these tags in front. */
async function signMessage(
  name: string,
  first: readonly (readonly [string, string])[],
  { fields, names, bodyHash, key, domain, at }: Signing,
): Promise<Field> {
  const tags = [
    ...first,
    ['a', key.algorithm],
    ['c', 'relaxed/relaxed'],
    ['d', domain],
    ['s', key.selector],
    ['t', String(Math.floor(at / SECOND))],
    ['bh', bodyHash],
  ] as const;
  const field = tagField(name, tags, names);
  const octets = signedOctets('relaxed', makeSelection(fields)(names), field);
  return withSignature(field, await signOctets(key.algorithm, octets, key.privateKey));
}

type Signing = {
  readonly fields: readonly Field[];
  readonly names: readonly string[];
  readonly bodyHash: string;
  readonly key: MailKey;
  readonly domain: string;
  readonly at: number;
};

/**
 * A DKIM-Signature over some fields and a body (RFC 6376 §5): relaxed in both, From and its like closed to additions.
 * @param bodyHash SHA-256 of the body in relaxed form, base64
 * @param at the time of day, in milliseconds
 */
export const sign = (
  fields: readonly Field[],
  bodyHash: string,
  key: MailKey,
  { domain, at }: { readonly domain: string; readonly at: number },
): Promise<Field> =>
  signMessage('DKIM-Signature', [['v', '1']], { fields, names: namesFor(fields), bodyHash, key, domain, at });

/**
 * Seals a message with an ARC set (RFC 8617 §5.1), its three fields in the order to put them on top. None where the
 * chain has ended, or may not grow.
 * @param fields the header as it leaves, with what is signed already and the sets that came with it
 * @param authservId our own name (RFC 8601 §2.5)
 * @param authentication what was found: the words after that name
 * @param cv what became of the chain that came with it
 * @param at the time of day, in milliseconds
 */
export async function seal(
  fields: readonly Field[],
  bodyHash: string,
  key: MailKey,
  {
    domain,
    authservId,
    authentication,
    cv,
    at,
  }: {
    readonly domain: string;
    readonly authservId: string;
    readonly authentication: string;
    readonly cv: ArcResult['cv'];
    readonly at: number;
  },
): Promise<Field[]> {
  const { hasFields, highest, isEnded, sets = [] } = readChain(fields);
  const instance = highest + 1;
  if (isEnded || instance > INSTANCES_MAX) return [];
  // A verdict that does not fit what is there is none to vouch for.
  const verdict = hasFields ? (cv === 'pass' && sets.length === highest ? 'pass' : 'fail') : 'none';
  const i = ['i', String(instance)] as const;
  const results = resultsField(instance, authservId, authentication);
  const message = await signMessage('ARC-Message-Signature', [i], {
    fields,
    names: namesFor(fields, ['dkim-signature']),
    bodyHash,
    key,
    domain,
    at,
  });
  const tags = [
    i,
    ['a', key.algorithm],
    ['cv', verdict],
    ['d', domain],
    ['s', key.selector],
    ['t', String(Math.floor(at / SECOND))],
  ] as const;
  const unsealed = tagField('ARC-Seal', tags, undefined);
  // The seal over a broken chain is as if its own set were the only one (RFC 8617 §5.1.2).
  const before = verdict === 'pass' ? sets : [];
  const octets = sealedOctets([...before, { results, message, seal: unsealed }]);
  return [withSignature(unsealed, await signOctets(key.algorithm, octets, key.privateKey)), message, results];
}
