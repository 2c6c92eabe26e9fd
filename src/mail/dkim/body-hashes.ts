import { createHash, type Hash } from 'node:crypto';
import { canonicalBody, type Canonicalisation } from './canonical.ts';

/** Which hash of the body is wanted. `limit`: of its first octets alone (`l=`). */
export type BodyHashWanted = { readonly kind: Canonicalisation; readonly limit: number | undefined };

/** `octets`: of the whole body in canonical form, whatever the limit. */
export type BodyHash = { readonly sha256: Buffer; readonly octets: number };

/** One canonical form, and all hashes that are made of it. */
type Stream = {
  readonly canonical: ReturnType<typeof canonicalBody>;
  readonly hashes: Map<number | undefined, Hash>;
  octets: number;
};

function open(kind: Canonicalisation): Stream {
  const hashes: Stream['hashes'] = new Map();
  const canonical = canonicalBody(kind, (octets) => {
    for (const [limit, hash] of hashes) {
      const left = limit === undefined ? octets.length : limit - stream.octets;
      if (left > 0) hash.update(left < octets.length ? octets.subarray(0, left) : octets);
    }
    stream.octets += octets.length;
  });
  const stream: Stream = { canonical, hashes, octets: 0 };
  return stream;
}

/** Hashes of one body as it goes by: each form is written down once, each hash made once, however many ask for it. */
export function makeBodyHashes(wanted: readonly BodyHashWanted[]) {
  const streams = new Map<Canonicalisation, Stream>();
  for (const { kind, limit } of wanted) {
    const stream = streams.get(kind) ?? open(kind);
    streams.set(kind, stream);
    if (!stream.hashes.has(limit)) stream.hashes.set(limit, createHash('sha256'));
  }

  return {
    update(chunk: Buffer): void {
      for (const { canonical } of streams.values()) canonical.update(chunk);
    },

    /** Ends the body; returns what gives each hash that was wanted. */
    finish(): (wanted: BodyHashWanted) => BodyHash {
      const digests = new Map<Canonicalisation, Map<number | undefined, BodyHash>>();
      for (const [kind, stream] of streams) {
        stream.canonical.finish();
        const made = [...stream.hashes].map(
          ([limit, hash]) => [limit, { sha256: hash.digest(), octets: stream.octets }] as const,
        );
        digests.set(kind, new Map(made));
      }
      return ({ kind, limit }) => {
        const found = digests.get(kind)?.get(limit);
        if (found === undefined) throw new Error('a hash of the body that nobody wanted');
        return found;
      };
    },
  };
}
