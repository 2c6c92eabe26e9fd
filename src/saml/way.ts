import type { Application } from '../applications/applications.ts';

/** What the browser is to do next; `web/` draws it. */
export type Way =
  /** Go there. */
  | { readonly kind: 'redirect'; readonly location: string }
  /** Carry these fields to an application by a form. */
  | {
      readonly kind: 'post';
      readonly action: string;
      readonly fields: readonly { readonly name: string; readonly value: string }[];
      readonly application: Application;
    }
  /** Go through the pages of a journey; `browser` goes into its cookie. */
  | { readonly kind: 'journey'; readonly id: string; readonly browser: string }
  /** Be told that the application was left; `confirmed`: it said so itself. */
  | { readonly kind: 'left'; readonly application: Application; readonly confirmed: boolean };
