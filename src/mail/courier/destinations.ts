/** A destination that takes nothing at present. Times in milliseconds. */
export type Trouble = {
  /** A mail domain, or the name of the smart host. */
  readonly name: string;
  readonly since: number;
  /** When it is tried again. */
  readonly due: number;
  /** How often it was tried in vain. */
  readonly failures: number;
  /** As in `Refusal`. */
  readonly code: string;
};
