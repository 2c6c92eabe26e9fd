import { rootOf, valuesIn } from '../../saml/told.ts';
import { leavesOf } from '../seen.ts';

/** About which of the two profiles something is; about neither, where it is about a whole list or page. */
export type Side = 'p' | 'q' | 'neither';

/** One value that an application or a moderator got to see: when (milliseconds), about whom, in what, in which field. */
export type Sight = {
  readonly side: Side;
  readonly at: number;
  readonly source: string;
  readonly field: string;
  readonly value: string | number | boolean;
  /** Whether a machine of the application got it, at the moment at which it was sent. */
  readonly isPushed: boolean;
};

export type Sights = ReturnType<typeof makeSights>;

function decoded(part: string | undefined): unknown {
  return JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
}

/** Everything that the adversaries of one world get to see. */
export function makeSights(now: () => number) {
  const all: Sight[] = [];

  function addLeaf(side: Side, source: string, field: string, value: Sight['value'], isPushed = false): void {
    all.push({ side, at: now(), source, field, value, isPushed });
  }

  /** Every value in a JSON document. */
  function add(side: Side, source: string, value: unknown, isPushed = false): void {
    for (const [field, leaf] of leavesOf(value)) addLeaf(side, source, field, leaf, isPushed);
  }

  return {
    all,
    add,
    addLeaf,

    /** A signed token: its header, its claims, its signature. */
    addToken(side: Side, source: string, token: string, isPushed = false): void {
      const [header, claims, signature = ''] = token.split('.');
      add(side, `${source} header`, decoded(header), isPushed);
      add(side, source, decoded(claims), isPushed);
      addLeaf(side, source, 'signature', signature, isPushed);
    },

    /** A message in XML: each text and attribute. */
    addMessage(side: Side, source: string, xml: string): void {
      for (const [field, value] of valuesIn(rootOf(xml))) addLeaf(side, source, field, value);
    },
  };
}
