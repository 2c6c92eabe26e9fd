import type { Request, Response } from 'express';
import type { StorageEngine } from 'multer';
import { UserError } from '../errors.ts';
import type { Received } from '../legacy/legacy.ts';
import { checkFormToken } from './safety.ts';
import type { Person } from './visit.ts';

/** What a request says of itself once it is known that it may take long to arrive. */
export const LONG_REQUEST = 'aluco:long-request';

/** A file of old accounts that came with a form, and what its sender called it. */
export type Sent = Received & { readonly name: string };

type Needs = {
  /** The most bytes of a file. */
  limit: number;
  /** Takes the file that comes with a form. @throws {UserError} */
  receive: (stream: AsyncIterable<Buffer>, req: Request) => Promise<Received>;
  drop: (id: string) => Promise<void>;
};

/** Of all of the form besides the file, in bytes. */
const REST = 64 * 1024;
const FIELDS = 20;
const FIELD_LIMIT = 4096;

/**
 * Forms with a large file, which goes to the disk as it arrives and never into memory. The fields come before the file:
 * without the token of the form nothing of it is kept.
 */
export function makeUsersForm({ limit, receive, drop }: Needs) {
  const sent = new WeakMap<Request, Sent>();
  /** What was wrong with a file that came with a form which is otherwise in order. */
  const wrong = new WeakMap<Request, UserError>();

  function engineFor(person: Person): StorageEngine {
    return {
      _handleFile(req, file, callback) {
        void (async () => {
          try {
            checkFormToken(req, person.session.uid);
            const received = await receive(file.stream, req);
            sent.set(req, { ...received, name: file.originalname });
            callback(null, { path: received.id, size: received.size });
          } catch (error) {
            if (error instanceof UserError && error.code !== 'csrf') wrong.set(req, error);
            callback(error);
          }
        })();
      },
      _removeFile(req, file, callback) {
        sent.delete(req);
        void (async () => {
          try {
            await drop(file.path);
            callback(null);
          } catch (error) {
            callback(error instanceof Error ? error : new Error('a file was not removed'));
          }
        })();
      },
    };
  }

  return {
    /**
     * Reads the form; its file lies on the disk then.
     * @throws {UserError} csrf, too_large, request_invalid; upload_large, where it says so of itself beforehand
     */
    async take(req: Request, res: Response, person: Person): Promise<void> {
      if (req.is('multipart/form-data') === false) return;
      if (Number(req.headers['content-length'] ?? 0) > limit + REST) throw new UserError('upload_large');
      req.emit(LONG_REQUEST);
      const { default: multer } = await import('multer');
      const limits = {
        files: 1,
        fileSize: Infinity,
        fields: FIELDS,
        parts: FIELDS + 1,
        fieldNameSize: 100,
        fieldSize: FIELD_LIMIT,
        fieldNestingDepth: 0,
        headerPairs: 20,
      };
      const parse = multer({ storage: engineFor(person), limits, defParamCharset: 'utf8' }).single('file');
      await new Promise<void>((resolve, reject) => {
        parse(req, res, (error?: unknown) => {
          if (error === undefined || error === null || wrong.has(req)) resolve();
          else reject(asRefusal(error));
        });
      });
    },

    /**
     * The file that came with a form, if one did; whoever asks has to use it or drop it.
     * @throws {UserError} what `receive` threw
     */
    sentWith(req: Request): Sent | undefined {
      const problem = wrong.get(req);
      if (problem !== undefined) throw problem;
      return sent.get(req);
    },

    /** Removes the file that came with a form, if one did. */
    async dropSent(req: Request): Promise<void> {
      const received = sent.get(req);
      if (received !== undefined) await drop(received.id);
    },
  };
}

/** What went wrong with a form, for whoever sent it; what is ours stays as it is. */
function asRefusal(error: unknown): unknown {
  if (error instanceof UserError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'LIMIT_FIELD_VALUE') return new UserError('too_large');
  const isOfForm = typeof code !== 'string' || code.startsWith('LIMIT_') || /^(MISSING|INVALID)_FIELD/u.test(code);
  return isOfForm ? new UserError('request_invalid') : error;
}
