import { readHead, valueOf, valuesOf, type Field, type Head } from '../head.ts';

/** So deep are parts looked into, and so many of one message (P8). */
const DEPTH_MAX = 4;
const PARTS_MAX = 40;

/** What a part says it is (RFC 2045 §5.1): in small letters, `text/plain` where it says nothing that can be read. */
export type MediaType = { readonly type: string; readonly parameters: ReadonlyMap<string, string> };

/** A part of a message. Its body is as it came, octet by octet in latin1. */
export type Part = { readonly media: MediaType; readonly fields: readonly Field[]; readonly body: string };

/** Reads the value of Content-Type. Whatever it is, this returns something. */
export function readMediaType(value: string): MediaType {
  const cut = value.slice(0, 2000);
  const [, type = 'text/plain'] = /^\s*([!#$%&'*+.^_`|~\w-]{1,100}\/[!#$%&'*+.^_`|~\w-]{1,100})/u.exec(cut) ?? [];
  const parameters = new Map<string, string>();
  const pattern = /;\s*([!#$%&'*+.^_`|~\w-]{1,60})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/gu;
  for (const [, name = '', quoted, plain] of cut.matchAll(pattern)) {
    const key = name.toLowerCase();
    // Whoever says it twice is heard once.
    if (!parameters.has(key)) parameters.set(key, quoted?.replaceAll(/\\(.)/gu, '$1') ?? plain ?? '');
  }
  return { type: type.toLowerCase(), parameters };
}

export function mediaTypeOf(head: Pick<Head, 'fields'>): MediaType {
  const field = head.fields.find(({ key }) => key === 'content-type');
  return readMediaType(field === undefined ? '' : valueOf(field));
}

function partOf(text: string): Part {
  const isHeadless = text.startsWith('\r\n');
  const end = isHeadless ? 0 : text.indexOf('\r\n\r\n');
  const top = isHeadless ? '' : text.slice(0, end === -1 ? text.length : end + 2);
  let fields: readonly Field[] = [];
  try {
    fields = readHead(Buffer.from(top, 'latin1')).fields;
  } catch {
    // Something else than a part: it says nothing of itself, and is looked at no further.
  }
  const body = isHeadless ? text.slice(2) : end === -1 ? '' : text.slice(end + 4);
  return { media: mediaTypeOf({ fields }), fields, body };
}

/** The texts between the boundaries (RFC 2046 §5.1.1); the last one may have been cut off. */
function split(body: string, boundary: string, most: number): string[] {
  const line = `\r\n--${boundary}`;
  const text = `\r\n${body}`;
  const found: string[] = [];
  let start: number | undefined;
  for (let at = text.indexOf(line); at !== -1 && found.length < most; at = text.indexOf(line, at + line.length)) {
    const after = at + line.length;
    const isLast = text.startsWith('--', after);
    const end = text.indexOf('\r\n', after);
    // What follows a boundary on its line is white space, or it is the beginning of another, longer one.
    if (!isLast && (end === -1 || !/^[ \t]{0,200}$/u.test(text.slice(after, Math.min(end, after + 201))))) continue;
    if (start !== undefined) found.push(text.slice(start, at));
    start = isLast ? undefined : end + 2;
    if (isLast) break;
  }
  if (start !== undefined && found.length < most) found.push(text.slice(start));
  return found;
}

/**
 * The parts of a body, those of parts among them, in the order they come. Reads anything: what is no part is left out,
 * and so is what lies deeper, or comes later, than may be.
 */
export function partsOf(media: MediaType, body: string): Part[] {
  const found: Part[] = [];
  const walk = (of: MediaType, text: string, depth: number): void => {
    const boundary = of.parameters.get('boundary') ?? '';
    if (!of.type.startsWith('multipart/') || depth > DEPTH_MAX || !/^[^\r\n]{1,200}$/u.test(boundary)) return;
    for (const one of split(text, boundary, PARTS_MAX - found.length)) {
      if (found.length >= PARTS_MAX) return;
      const part = partOf(one);
      found.push(part);
      walk(part.media, part.body, depth + 1);
    }
  };
  walk(media, body, 1);
  return found;
}

/** A part's body without its transfer encoding (RFC 2045 §6), octet by octet in latin1. */
export function decodedBody({ fields, body }: Part): string {
  const [encoding = ''] = valuesOf({ fields, size: 0 }, 'content-transfer-encoding');
  const name = encoding.trim().toLowerCase();
  if (name === 'base64') return Buffer.from(body, 'base64').toString('latin1');
  if (name !== 'quoted-printable') return body;
  return body
    .replaceAll(/[ \t]+(?=\r\n)/gu, '')
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-Fa-f]{2})/gu, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
}
