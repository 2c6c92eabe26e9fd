import type { IncomingMessage } from 'node:http';
import type { AnswerField } from './form-post.ts';

/** The application a page speaks of. */
export type PageApplication = {
  readonly name: string;
  readonly iconUrl?: string | undefined;
  readonly homeUrl: string;
};

/** The pages this door shows; `web/` draws them. Each returns a whole HTML document. */
export type OidcPages = {
  /** Something went wrong and no application may be told. `code` is a `UserError` code. */
  error(
    req: IncomingMessage,
    problem: { status: number; code: string; reference: string | undefined; application: PageApplication | undefined },
  ): string;
  /** What to leave: one application, or everything. `token` goes back with the answer. */
  logout(
    req: IncomingMessage,
    choice: { token: string; application: PageApplication | undefined; returnOrigin: string | undefined },
  ): string;
  /** Hands an answer to an application by POST. */
  handOver(
    req: IncomingMessage,
    answer: { returnUri: string; fields: readonly AnswerField[]; application: PageApplication },
  ): string;
  /** The database is away: later it may work. */
  unavailable(req: IncomingMessage): string;
  /** Signed out, with the way back. */
  signedOut(req: IncomingMessage, application: PageApplication | undefined): string;
};
