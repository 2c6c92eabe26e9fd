import type { IncomingMessage } from 'node:http';
import { isReturnAddress } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { PrivateAddress, type Reach } from '../private-networks.ts';

/** Larger than the metadata of most federations, in bytes. */
export const FETCHED_LIMIT = 20 * 1024 * 1024;
const SECOND = 1000;
const TIMEOUT = 10 * SECOND;
const MOST_MOVES = 3;
const MOVES = [301, 302, 303, 307, 308];

type Options = {
  reach: Reach;
  /** For the whole of it: the name, the connection, every byte. In milliseconds. */
  timeout?: number;
  /** In bytes. */
  limit?: number;
};

/** Whether metadata may be read from an address: https, or http on loopback. */
export function isMetadataAddress(text: string): boolean {
  return text.length <= 1000 && /^https?:/u.test(text) && isReturnAddress(text);
}

/**
 * Reads metadata from an address that an administrator gave. Private addresses are refused unless their network is
 * named in the settings. Redirections are followed three times and within the same origin only: applications add a
 * slash or a language to their addresses, but another host is not the one that the administrator trusted.
 * @throws {UserError} metadata_address, metadata_private, metadata_unreachable, metadata_timeout, metadata_status,
 * metadata_moved, metadata_too_large, metadata_encoding
 */
export async function fetchMetadata(address: string, options: Options): Promise<string> {
  if (!isMetadataAddress(address)) throw new UserError('metadata_address');
  const { timeout = TIMEOUT, limit = FETCHED_LIMIT } = options;
  const url = new URL(address);
  const signal = AbortSignal.timeout(timeout);
  try {
    const answer = await ask(url, options.reach, signal);
    return decode(await collect(answer, limit));
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof PrivateAddress) throw new UserError('metadata_private', { host: url.host });
    if (signal.aborted) throw new UserError('metadata_timeout', { host: url.host, seconds: timeout / SECOND });
    throw new UserError('metadata_unreachable', { host: url.host, reason: reasonOf(error) });
  }
}

/** The answer that carries the document, after redirections. */
async function ask(start: URL, reach: Reach, signal: AbortSignal): Promise<IncomingMessage> {
  let url = start;
  for (let moves = 0; ; moves += 1) {
    const headers = { accept: 'application/samlmetadata+xml, application/xml, text/xml, */*;q=0.1' };
    const answer = await before(signal, reach(url, { signal, headers }));
    const { statusCode = 0, headers: received } = answer;
    if (statusCode === 200) return answer;
    answer.destroy();
    if (!MOVES.includes(statusCode) || moves === MOST_MOVES) {
      throw new UserError('metadata_status', { host: url.host, status: statusCode });
    }
    const location = received.location ?? '';
    if (!URL.canParse(location, url)) throw new UserError('metadata_status', { host: url.host, status: statusCode });
    const next = new URL(location, url);
    if (next.origin !== url.origin || next.username !== '' || next.password !== '') {
      throw new UserError('metadata_moved', { host: url.host, to: next.host.slice(0, 200) });
    }
    url = next;
  }
}

/** The system's resolver knows no signal: what it is asked must not outlast the time for the whole. */
function before<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    // First, so that it is never left to fail unheard.
    work.then(resolve, reject);
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** Every byte of an answer, and never more than the limit. */
async function collect(answer: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = (): UserError => {
    answer.destroy();
    return new UserError('metadata_too_large', { mebibytes: limit / 1024 ** 2 });
  };
  const coding = answer.headers['content-encoding'] ?? 'identity';
  // We asked for none: inflating what was not asked for would need another limit.
  if (coding !== 'identity') {
    answer.destroy();
    throw new UserError('metadata_encoding');
  }
  if (Number(answer.headers['content-length'] ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer) {
    length += (chunk as Buffer).length;
    if (length > limit) throw tooLarge();
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks, length);
}

/**
 * The text of a document in UTF-8, without its mark.
 * @throws {UserError} metadata_encoding
 */
export function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError('metadata_encoding');
  }
}

/** Why a host could not be reached, as far as the administrator can do something about it. */
function reasonOf(error: unknown): 'name' | 'refused' | 'certificate' | 'connection' {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'name';
  if (code === 'ECONNREFUSED') return 'refused';
  return /CERT|SELF_SIGNED|ISSUER|VERIFY|ALTNAME/u.test(code) ? 'certificate' : 'connection';
}
