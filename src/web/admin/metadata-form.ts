import type { Request } from 'express';
import { SettingsProblem, UserError } from '../../errors.ts';
import { field } from '../form.ts';

/** What an administrator gave as metadata. */
export type GivenMetadata = { readonly xml: string } | { readonly url: string };

const missing = (name: string, code: string): SettingsProblem =>
  new SettingsProblem([{ field: name, code, params: {} }]);

/** The text of a file; nothing where it is no text. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim();
  } catch {
    return undefined;
  }
}

/** The text of the file that came, or what was pasted; empty where there is neither. @throws {UserError} metadata_encoding */
export function pastedMetadata(req: Request): string {
  if (req.file === undefined) return field(req, 'metadata').trim();
  const text = textOf(req.file.buffer);
  if (text === undefined) throw new UserError('metadata_encoding');
  return text;
}

/**
 * Where the metadata of a new service provider is.
 * @throws {SettingsProblem} choice_required, url_invalid, metadata_required; {UserError} metadata_encoding
 */
export function readSource(req: Request): GivenMetadata {
  const source = field(req, 'source');
  if (source === 'url') {
    const url = field(req, 'metadataUrl').trim();
    if (url === '') throw missing('metadataUrl', 'url_invalid');
    return { url };
  }
  if (source === 'file' && req.file === undefined && field(req, 'metadata') === '') {
    throw missing('metadataFile', 'metadata_required');
  }
  if (source !== 'paste' && source !== 'file') throw missing('source', 'choice_required');
  const xml = pastedMetadata(req);
  if (xml === '') throw missing('metadata', 'metadata_required');
  return { xml };
}

/** The keys that the metadata must be signed with, as they were typed. */
export function readKeys(req: Request): string[] {
  const text = field(req, 'keys').trim();
  return text === '' ? [] : [text];
}

/** What the form asked, to be shown again: a file comes back as the text in it. */
export function typedMetadata(req: Request): Record<string, string> {
  const values = Object.fromEntries(
    ['label', 'source', 'metadataUrl', 'metadata', 'keys'].map((name) => [name, field(req, name)]),
  );
  const text = req.file === undefined ? undefined : textOf(req.file.buffer);
  return text?.startsWith('<') === true ? { ...values, source: 'paste', metadata: text } : values;
}

/** In which field of the form a refusal stands. */
export function metadataField(code: string, given: Readonly<Record<string, string>>, reason: unknown): string {
  if (code === 'metadata_key_invalid') return 'keys';
  if (typeof reason === 'string' && /^signature_(missing|invalid|key_missing)$/u.test(reason)) return 'keys';
  if (given['source'] === 'url') return 'metadataUrl';
  return given['source'] === 'file' ? 'metadataFile' : 'metadata';
}
