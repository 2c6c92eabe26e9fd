import { createHash, generateKeyPairSync, randomBytes, sign, type JsonWebKey, type KeyObject } from 'node:crypto';
import { selfSigned } from '../src/saml/certificate.ts';

/** What a browser is asked for, as far as an authenticator cares. */
export type Asked = {
  readonly challenge: string;
  readonly rp?: { readonly id: string };
  readonly rpId?: string;
  readonly user?: { readonly id: string };
};

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256' | 'ES384' | 'RS256-1024';

/** How an answer departs from what an honest browser and authenticator would give. */
export type Twist = {
  origin?: string;
  rpId?: string;
  type?: string;
  challenge?: string;
  crossOrigin?: boolean;
  topOrigin?: string;
  userVerified?: boolean;
  userPresent?: boolean;
  counter?: number;
  backedUp?: boolean;
  canBeBackedUp?: boolean;
  userHandle?: string | null;
  /** Another credential id than its own. */
  id?: string;
  /** States its make by a certificate, though nobody asked (WebAuthn Level 3 §8.6). */
  certified?: boolean;
  /** What the key says its algorithm is. */
  alg?: number;
  /** Changes the signature. */
  signature?: (honest: Buffer) => Buffer;
};

/** A value as CBOR writes it (RFC 8949): as much of it as authenticators need. */
type Cbor = number | string | Uint8Array | readonly Cbor[] | ReadonlyMap<number | string, Cbor>;

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length]);
  if (length < 256) return Buffer.from([(major << 5) | 24, length]);
  return Buffer.from([(major << 5) | 25, length >> 8, length & 255]);
}

function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (value instanceof Map) {
    const map: ReadonlyMap<number | string, Cbor> = value;
    return Buffer.concat([head(5, map.size), ...[...map].flatMap(([key, item]) => [cbor(key), cbor(item)])]);
  }
  const items = value as readonly Cbor[];
  return Buffer.concat([head(4, items.length), ...items.map(cbor)]);
}

function keyPair(algorithm: Algorithm): { publicKey: KeyObject; privateKey: KeyObject } {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519');
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (algorithm === 'ES384') return generateKeyPairSync('ec', { namedCurve: 'P-384' });
  return generateKeyPairSync('rsa', { modulusLength: algorithm === 'RS256' ? 2048 : 1024 });
}

const ALGORITHM_NUMBERS = { ES256: -7, EdDSA: -8, RS256: -257, ES384: -35, 'RS256-1024': -257 } as const;

/** The public key in COSE (RFC 9053). */
function coseKey(jwk: JsonWebKey, alg: number): Buffer {
  const part = (text: unknown): Buffer => Buffer.from(String(text), 'base64url');
  if (jwk.kty === 'RSA')
    return cbor(
      new Map<number, Cbor>([
        [1, 3],
        [3, alg],
        [-1, part(jwk.n)],
        [-2, part(jwk.e)],
      ]),
    );
  if (jwk.kty === 'OKP')
    return cbor(
      new Map<number, Cbor>([
        [1, 1],
        [3, alg],
        [-1, 6],
        [-2, part(jwk.x)],
      ]),
    );
  const curve = jwk.crv === 'P-256' ? 1 : 2;
  return cbor(
    new Map<number, Cbor>([
      [1, 2],
      [3, alg],
      [-1, curve],
      [-2, part(jwk.x)],
      [-3, part(jwk.y)],
    ]),
  );
}

export type Authenticator = ReturnType<typeof makeAuthenticator>;

/** An authenticator with one passkey, and the browser around it; both do as they are told. */
export function makeAuthenticator(origin: string, algorithm: Algorithm = 'ES256', counts = false) {
  const { publicKey, privateKey } = keyPair(algorithm);
  const ownId = randomBytes(32);
  let counter = 0;
  let owner = '';

  function clientDataOf(type: string, asked: Asked, twist: Twist): Buffer {
    const { crossOrigin = false, topOrigin } = twist;
    return Buffer.from(
      JSON.stringify({
        type: twist.type ?? type,
        challenge: twist.challenge ?? asked.challenge,
        origin: twist.origin ?? origin,
        crossOrigin,
        ...(topOrigin === undefined ? {} : { topOrigin }),
      }),
    );
  }

  /** WebAuthn Level 3 §6.1. */
  function dataOf(rpId: string, twist: Twist, attested: Buffer = Buffer.alloc(0)): Buffer {
    const { userPresent = true, userVerified = true, canBeBackedUp = false, backedUp = false } = twist;
    if (counts) counter += 1;
    const flags =
      (userPresent ? 1 : 0) |
      (userVerified ? 4 : 0) |
      (canBeBackedUp ? 8 : 0) |
      (backedUp ? 16 : 0) |
      (attested.length > 0 ? 64 : 0);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(twist.counter ?? counter);
    return Buffer.concat([
      createHash('sha256')
        .update(twist.rpId ?? rpId)
        .digest(),
      Buffer.from([flags]),
      count,
      attested,
    ]);
  }

  /** A statement that holds: signed by the key of a certificate that goes with it. */
  function certify(authData: Buffer, clientData: Buffer, id: Buffer): Map<string, Cbor> {
    const maker = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const times = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
    const certificate = Buffer.from(selfSigned(maker, { name: 'Maker of keys', ...times }), 'base64');
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
    const hash = createHash('sha256').update(clientData).digest();
    const signed = Buffer.concat([Buffer.of(0), authData.subarray(0, 32), hash, id, point]);
    return new Map<string, Cbor>([
      ['sig', sign('sha256', signed, maker)],
      ['x5c', [certificate]],
    ]);
  }

  const idOf = (twist: Twist): Buffer => (twist.id === undefined ? ownId : Buffer.from(twist.id, 'base64url'));

  return {
    id: ownId.toString('base64url'),

    /** Makes its passkey: what `navigator.credentials.create` answers, as JSON. */
    create(asked: Asked, twist: Twist = {}): string {
      owner = asked.user?.id ?? '';
      const id = idOf(twist);
      const key = coseKey(publicKey.export({ format: 'jwk' }), twist.alg ?? ALGORITHM_NUMBERS[algorithm]);
      const length = Buffer.from([id.length >> 8, id.length & 255]);
      const authData = dataOf(asked.rp?.id ?? '', twist, Buffer.concat([Buffer.alloc(16), length, id, key]));
      const clientData = clientDataOf('webauthn.create', asked, twist);
      const attStmt = twist.certified === true ? certify(authData, clientData, id) : new Map<string, Cbor>();
      const attestation = cbor(
        new Map<string, Cbor>([
          ['fmt', twist.certified === true ? 'fido-u2f' : 'none'],
          ['attStmt', attStmt],
          ['authData', authData],
        ]),
      );
      return JSON.stringify({
        id: id.toString('base64url'),
        rawId: id.toString('base64url'),
        type: 'public-key',
        authenticatorAttachment: 'platform',
        clientExtensionResults: {},
        response: {
          clientDataJSON: clientData.toString('base64url'),
          attestationObject: attestation.toString('base64url'),
          transports: ['internal', 'hybrid', 'thought'],
        },
      });
    },

    /** Uses its passkey: what `navigator.credentials.get` answers, as JSON. */
    get(asked: Asked, twist: Twist = {}): string {
      const id = idOf(twist);
      const clientData = clientDataOf('webauthn.get', asked, twist);
      const authData = dataOf(asked.rpId ?? '', twist);
      const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()]);
      const honest = sign(algorithm === 'EdDSA' ? null : 'sha256', signed, privateKey);
      const userHandle = twist.userHandle === undefined ? owner : twist.userHandle;
      return JSON.stringify({
        id: id.toString('base64url'),
        rawId: id.toString('base64url'),
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: clientData.toString('base64url'),
          authenticatorData: authData.toString('base64url'),
          signature: (twist.signature?.(honest) ?? honest).toString('base64url'),
          ...(userHandle === null ? {} : { userHandle }),
        },
      });
    },
  };
}
