/** The points at which a program may end between two steps, by name: what fault tests count on. */
export const POINTS = [
  'piece kept',
  'body kept',
  'committing',
  'committed',
  'leased',
  'put off',
  'settling',
  'settled',
] as const;

/** Told whenever one of them is reached. */
export type Reached = (point: (typeof POINTS)[number]) => void;
