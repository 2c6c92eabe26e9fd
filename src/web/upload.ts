import type { Request, RequestHandler, Response } from 'express';
import { UserError } from '../errors.ts';
import { field } from './form.ts';

/** The most bytes of a form, and of a picture in it. */
export const FORM_LIMIT = 256 * 1024;
const PICTURE_LIMIT = 48 * 1024;
/** A picture that was chosen before something else was wrong comes back as text. */
const FIELD_LIMIT = 72 * 1024;
export const FORM_FIELDS = 200;

const parsers = new Map<string, Promise<RequestHandler>>();

/** The parser of forms with files; loaded when the first one comes. */
async function load(name: string, fieldSize: number): Promise<RequestHandler> {
  const { default: multer } = await import('multer');
  const limits = {
    files: 1,
    fileSize: FORM_LIMIT,
    fields: FORM_FIELDS,
    parts: FORM_FIELDS + 1,
    fieldNameSize: 100,
    fieldSize,
    fieldNestingDepth: 0,
    headerPairs: 20,
  };
  return multer({ storage: multer.memoryStorage(), limits }).single(name);
}

async function take(req: Request, res: Response, name: string, fieldSize: number): Promise<void> {
  if (req.is('multipart/form-data') === false) return;
  if (Number(req.headers['content-length'] ?? 0) > FORM_LIMIT) throw new UserError('too_large');
  const parser = parsers.get(name) ?? load(name, fieldSize);
  parsers.set(name, parser);
  const parse = await parser;
  await new Promise<void>((resolve, reject) => {
    let size = 0;
    parse(req, res, (error?: unknown) => {
      if (error === undefined || error === null) resolve();
      else reject(new UserError(isTooMuch(error) ? 'too_large' : 'request_invalid'));
    });
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > FORM_LIMIT) reject(new UserError('too_large'));
    });
  });
}

/**
 * Reads a form that may carry one picture, in the field `picture`, into memory. Forms without files were read before.
 * @throws {UserError} too_large, request_invalid
 */
export const takeUpload = (req: Request, res: Response): Promise<void> => take(req, res, 'picture', FIELD_LIMIT);

/**
 * The same for metadata, as a file in the field `metadataFile` or as text in any field.
 * @throws {UserError} too_large, request_invalid
 */
export const takeMetadata = (req: Request, res: Response): Promise<void> => take(req, res, 'metadataFile', FORM_LIMIT);

function isTooMuch(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'LIMIT_FILE_SIZE' || code === 'LIMIT_FIELD_VALUE';
}

/** What kind of picture the bytes are, whatever their sender called them. */
function kindOf(bytes: Buffer): string | undefined {
  if (bytes.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex'))) return 'png';
  if (bytes.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex'))) return 'jpeg';
  if (/^GIF8[79]a$/u.test(bytes.toString('latin1', 0, 6))) return 'gif';
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP') return 'webp';
  const text = bytes
    .toString('utf8')
    .replace(/^\uFEFF/u, '')
    .trimStart();
  return text.startsWith('<') && text.slice(0, 4096).includes('<svg') ? 'svg+xml' : undefined;
}

/**
 * The picture that a form leaves behind: removed, the one it brought, one that it brought before, or `before`. As a
 * `data:` address; one that is no picture, or too large, is no address that any setting takes.
 */
export function pictureAfter(req: Request, before: string): string {
  if (field(req, 'removePicture') !== '') return '';
  if (req.file !== undefined) {
    const { buffer } = req.file;
    const kind = buffer.length > PICTURE_LIMIT ? undefined : kindOf(buffer);
    return kind === undefined ? 'no picture' : `data:image/${kind};base64,${buffer.toString('base64')}`;
  }
  return field(req, 'keptPicture') || before;
}
