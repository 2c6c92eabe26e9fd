import type { Field } from '../head.ts';
import { readTags, type Tags } from './tags.ts';

/** One ARC set (RFC 8617 §4.2): what was found, the signature over the message, the seal over the chain. */
export type ArcSet = {
  readonly results: Field;
  readonly message: Field;
  readonly seal: Field;
  readonly sealTags: Tags;
};

/**
 * The ARC sets of a header. `highest`: the largest instance that any field names, 0 where there is no chain.
 * `sets`: the whole chain in order, where it is one. `hasFields`: of ARC, good or bad.
 */
export type Chain = {
  readonly hasFields: boolean;
  readonly highest: number;
  readonly sets: readonly ArcSet[] | undefined;
  /** Whether the newest seal says that the chain is broken: then it ends there (RFC 8617 §5.1.2). */
  readonly isEnded: boolean;
};

/** Longer chains are not looked at (P8); RFC 8617 §5.2 would have 50. */
export const SETS_MAX = 10;
const KINDS = ['arc-authentication-results', 'arc-message-signature', 'arc-seal'] as const;
type Kind = (typeof KINDS)[number];

const isArc = (field: Field): field is Field & { key: Kind } => (KINDS as readonly string[]).includes(field.key);

/** The tags of a field of an ARC set; of the results, the first alone. */
function tagsOf({ key, raw }: Field): Tags | undefined {
  const value = raw.slice(raw.indexOf(':') + 1).replace(/\r\n$/u, '');
  return readTags(key === 'arc-authentication-results' ? (value.split(';', 1)[0] ?? '') : value);
}

function instanceOf(tags: Tags | undefined): number {
  const text = tags?.get('i') ?? '';
  return /^[1-9]\d?$/u.test(text) ? Number(text) : 0;
}

/** Puts the ARC sets of a header together (RFC 8617 §5.2, steps 1 to 3). */
export function readChain(fields: readonly Field[]): Chain {
  const found = fields.filter(isArc).map((field) => ({ field, tags: tagsOf(field) }));
  const highest = Math.max(0, ...found.map(({ tags }) => instanceOf(tags)));
  const at = (kind: Kind, instance: number) =>
    found.find(({ field, tags }) => field.key === kind && instanceOf(tags) === instance);
  const isEnded = at('arc-seal', highest)?.tags?.get('cv')?.toLowerCase() === 'fail';
  const broken: Chain = { hasFields: found.length > 0, highest, sets: undefined, isEnded };
  // As many fields as there are sets: so none is there twice, and none that names no instance.
  if (highest > SETS_MAX || found.length !== highest * KINDS.length) return broken;
  const sets: ArcSet[] = [];
  for (let instance = 1; instance <= highest; instance += 1) {
    const [results, message, seal] = KINDS.map((kind) => at(kind, instance));
    const cv = seal?.tags?.get('cv')?.toLowerCase();
    const isWhole = cv === (instance === 1 ? 'none' : 'pass') && seal?.tags?.has('h') === false;
    if (results === undefined || message === undefined || seal?.tags === undefined || !isWhole) {
      return broken;
    }
    sets.push({ results: results.field, message: message.field, seal: seal.field, sealTags: seal.tags });
  }
  return { ...broken, sets };
}
