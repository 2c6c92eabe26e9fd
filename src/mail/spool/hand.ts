import type { Message } from './message.ts';

/** So many deliveries a process has in hand at most; further ones wait in the database alone. */
export const HAND_MAX = 500;
/** So many bytes of messages that are in hand stay in memory. */
const MEMORY_MAX = 16 * 1024 * 1024;

export type Hand = ReturnType<typeof makeHand>;

/**
 * What this process has in hand: deliveries it has leased, which nobody here may take a second time, and their small
 * messages, which need not be read again.
 */
export function makeHand({ max = HAND_MAX }: { max?: number | undefined } = {}) {
  const held = new Map<string, { spoolId: string | undefined; leasedUntil: number; pay?: () => Promise<boolean> }>();
  const users = new Map<string, number>();
  const memory = new Map<string, { message: Message; bytes: number }>();
  let bytes = 0;

  function forget(spoolId: string): void {
    bytes -= memory.get(spoolId)?.bytes ?? 0;
    memory.delete(spoolId);
  }

  return {
    has: (id: string): boolean => held.has(id),
    /** Whether there is more than one. */
    isBusy: (): boolean => held.size > 1,
    /** How many more may be taken. */
    room: (): number => Math.max(0, max - held.size),

    take(id: string, spoolId: string | undefined, leasedUntil: number): void {
      if (!held.has(id) && spoolId !== undefined) users.set(spoolId, (users.get(spoolId) ?? 0) + 1);
      held.set(id, { ...held.get(id), spoolId, leasedUntil });
    },

    renew(id: string, leasedUntil: number): void {
      const entry = held.get(id);
      if (entry !== undefined) held.set(id, { ...entry, leasedUntil });
    },

    letGo(id: string): void {
      const entry = held.get(id);
      if (entry === undefined) return;
      held.delete(id);
      if (entry.spoolId === undefined) return;
      const left = (users.get(entry.spoolId) ?? 1) - 1;
      if (left > 0) users.set(entry.spoolId, left);
      else {
        users.delete(entry.spoolId);
        forget(entry.spoolId);
      }
    },

    /** Keeps a message in memory as long as one of its deliveries is in hand, if there is room. */
    remember(message: Message, size: number): void {
      if (!users.has(message.id) || memory.has(message.id) || bytes + size > MEMORY_MAX) return;
      memory.set(message.id, { message, bytes: size });
      bytes += size;
    },

    recall: (spoolId: string): Message | undefined => memory.get(spoolId)?.message,

    /** Those whose lease ends before then. */
    leasedBefore: (time: number): string[] =>
      [...held].filter(([, { leasedUntil }]) => leasedUntil < time).map(([id]) => id),

    /** What became of one in hand could not be written: it stays in hand until it is. */
    owe(id: string, pay: () => Promise<boolean>): void {
      const entry = held.get(id);
      if (entry !== undefined) held.set(id, { ...entry, pay });
    },

    owed: (): (() => Promise<boolean>)[] => [...held.values()].flatMap(({ pay }) => (pay === undefined ? [] : [pay])),
  };
}
