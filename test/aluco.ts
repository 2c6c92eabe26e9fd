import { Readable } from 'node:stream';
import { runCommand } from '../src/command.ts';

/** What a command said and how it ended. */
export type Said = { status: number; said: string[]; complained: string[] };

/** Runs a command beside the server, as an administrator would in a second terminal; `typed` is what it is told. */
export async function aluco(
  environment: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
  typed = '',
): Promise<Said> {
  const said: string[] = [];
  const complained: string[] = [];
  const status = await runCommand(args, {
    environment,
    stdin: Readable.from([typed]),
    out: (line) => said.push(line),
    complain: (line) => complained.push(line),
  });
  return { status, said, complained };
}
