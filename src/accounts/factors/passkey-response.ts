import { createPublicKey } from 'node:crypto';
import type { AuthenticatorTransport, WebAuthnCredential } from '@simplewebauthn/server';
import { z } from 'zod';

/** Where passkeys are made and used: our origin, and its host. */
export type PasskeySite = { readonly origin: string; readonly rpId: string };

/** The algorithms that are offered, the best first: Ed25519, ECDSA on P-256 and RSA, each with SHA-256 or better. */
export const ALGORITHMS: readonly number[] = [-8, -7, -257];

const KINDS_OF_TRANSPORT = ['ble', 'hybrid', 'internal', 'nfc', 'usb'] as const satisfies AuthenticatorTransport[];

/** Longer answers are nobody's: of an RSA key, with all that browsers add, it is about 3,000. */
const ANSWER_MAX = 16_384;
/** WebAuthn Level 3 §4: at most 1,023 bytes. */
const ID_MAX = 1364;

const bytes = z
  .string()
  .max(ANSWER_MAX)
  .regex(/^[\w-]+$/u);
const credentialId = bytes.max(ID_MAX);

const attestation = z.object({
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: bytes,
    attestationObject: bytes,
    transports: z.array(z.string()).max(20).default([]),
  }),
});

const assertion = z.object({
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: bytes,
    authenticatorData: bytes,
    signature: bytes,
    userHandle: bytes.max(128).nullish(),
  }),
});

/** What the browser says of where it asked (WebAuthn Level 3 §5.8.1). */
const clientData = z.object({
  challenge: z.string(),
  crossOrigin: z.boolean().optional(),
  topOrigin: z.unknown().optional(),
});

/** An answer taken apart. Nothing in it is believed yet. */
export type Opened<T> = { readonly challenge: string; readonly answer: T };
export type Attestation = z.output<typeof attestation>;
export type Assertion = z.output<typeof assertion>;

/** What is kept of a new passkey. Which make of authenticator holds it is not: nothing here depends on it. */
export type NewPasskey = {
  readonly credentialId: string;
  /** COSE, in base64url. */
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly AuthenticatorTransport[];
  /** Whether it can be copied to other devices of its owner, and whether it is. */
  readonly canBeBackedUp: boolean;
  readonly isBackedUp: boolean;
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** In a frame of somebody else's page, a person does not see who asks them: no answer from there counts. */
function challengeIn(clientDataJSON: string): string | undefined {
  const { data } = clientData.safeParse(parseJson(Buffer.from(clientDataJSON, 'base64url').toString('utf8')));
  if (data === undefined || data.crossOrigin === true || data.topOrigin !== undefined) return undefined;
  return data.challenge;
}

function open<T extends { response: { clientDataJSON: string } }>(shape: z.ZodType<T>, text: string) {
  const { data } = shape.safeParse(text.length > ANSWER_MAX ? undefined : parseJson(text));
  const challenge = data === undefined ? undefined : challengeIn(data.response.clientDataJSON);
  return data === undefined || challenge === undefined ? undefined : { challenge, answer: data };
}

/** The answer of an authenticator that made a passkey; undefined where it has not its shape. */
export const openAttestation = (text: string): Opened<Attestation> | undefined => open(attestation, text);

/** The answer of an authenticator that used one. */
export const openAssertion = (text: string): Opened<Assertion> | undefined => open(assertion, text);

const asText = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64url') : '';

/** The key as JSON (RFC 8152 §13, RFC 8230 §4), where its kind and its algorithm fit each other. */
function jwkOf(key: Map<number, unknown>): Record<string, string> | undefined {
  const [type, algorithm, curve] = [key.get(1), key.get(3), key.get(-1)];
  if (algorithm === -7 && type === 2 && curve === 1)
    return { kty: 'EC', crv: 'P-256', x: asText(key.get(-2)), y: asText(key.get(-3)) };
  if (algorithm === -8 && type === 1 && curve === 6) return { kty: 'OKP', crv: 'Ed25519', x: asText(key.get(-2)) };
  if (algorithm === -257 && type === 3) return { kty: 'RSA', n: asText(curve), e: asText(key.get(-2)) };
  return undefined;
}

/** Whether a key is of an algorithm that was offered, whole, and not a weak one (CVE-2026-8830). */
function isOffered(key: Map<number, unknown>): boolean {
  const jwk = jwkOf(key);
  if (jwk === undefined || !ALGORITHMS.includes(Number(key.get(3)))) return false;
  try {
    const { modulusLength = 2048 } = createPublicKey({ key: jwk, format: 'jwk' }).asymmetricKeyDetails ?? {};
    return modulusLength >= 2048 && modulusLength <= 4096;
  } catch {
    return false;
  }
}

/** Loaded when the first passkey is shown: most processes of most houses never need it. */
const load = async () => {
  const [server, { cose: _, ...read }] = await Promise.all([
    import('@simplewebauthn/server'),
    import('@simplewebauthn/server/helpers'),
  ]);
  return { ...server, ...read };
};

/**
 * Judges a new passkey (WebAuthn Level 3 §7.1). Its person must have been verified, so that it proves two factors by
 * itself. Nothing is asked about the authenticator's make; a statement with certificates is refused, for looking into
 * it means fetching from addresses that stand in it.
 * @returns nothing where anything is wrong with it
 */
export async function judgeAttestation(
  { origin, rpId }: PasskeySite,
  { challenge, answer }: Opened<Attestation>,
): Promise<NewPasskey | undefined> {
  const { verifyRegistrationResponse, decodeAttestationObject, decodeCredentialPublicKey } = await load();
  try {
    const statement = decodeAttestationObject(Buffer.from(answer.response.attestationObject, 'base64url'));
    const isPlain = statement.get('fmt') === 'none';
    const isSelfSigned = statement.get('fmt') === 'packed' && statement.get('attStmt').get('x5c') === undefined;
    if (!isPlain && !isSelfSigned) return undefined;
    const transports = KINDS_OF_TRANSPORT.filter((kind) => answer.response.transports.includes(kind));
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: { ...answer, response: { ...answer.response, transports }, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...ALGORITHMS],
    });
    if (!verified) return undefined;
    const { credential, credentialBackedUp, credentialDeviceType } = registrationInfo;
    const key: unknown = decodeCredentialPublicKey(credential.publicKey);
    // What the browser calls it, and what the authenticator says it is.
    if (credential.id !== answer.id || !(key instanceof Map) || !isOffered(key as Map<number, unknown>))
      return undefined;
    return {
      credentialId: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
      transports,
      canBeBackedUp: credentialDeviceType === 'multiDevice',
      isBackedUp: credentialBackedUp,
    };
  } catch {
    // Whatever does not fit makes the library throw.
    return undefined;
  }
}

/**
 * Judges the use of a passkey (WebAuthn Level 3 §7.2) but for its counter, which only whoever writes it can.
 * @returns what it said of itself; nothing where anything is wrong
 */
export async function judgeAssertion(
  { origin, rpId }: PasskeySite,
  { challenge, answer }: Opened<Assertion>,
  kept: NewPasskey,
  requireUserVerification: boolean,
): Promise<Pick<NewPasskey, 'counter' | 'isBackedUp'> | undefined> {
  const { verifyAuthenticationResponse, decodeCredentialPublicKey } = await load();
  try {
    const publicKey = Buffer.from(kept.publicKey, 'base64url');
    const key: unknown = decodeCredentialPublicKey(publicKey);
    if (!(key instanceof Map) || !isOffered(key as Map<number, unknown>)) return undefined;
    const { userHandle: _, ...response } = answer.response;
    const credential: WebAuthnCredential = { id: kept.credentialId, publicKey, counter: kept.counter };
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...answer, response, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      credential,
      requireUserVerification,
    });
    const { newCounter, credentialBackedUp, credentialDeviceType } = authenticationInfo;
    // One that was bound to its device does not become one that is copied about.
    if (!verified || (credentialDeviceType === 'multiDevice') !== kept.canBeBackedUp) return undefined;
    return { counter: newCounter, isBackedUp: credentialBackedUp };
  } catch {
    return undefined;
  }
}
