import { open, type FileHandle } from 'node:fs/promises';

/**
 * The file of what was not imported, written as it goes, for the owner of the process alone: it holds hashes and
 * addresses. It is made once there is something to write, and cut where what is written begins.
 */
export function makeRejectsFile(path: string) {
  let file: FileHandle | undefined;
  let end = -1;
  return {
    async write(text: string, at: number): Promise<void> {
      file ??= await open(path, at === 0 ? 'w+' : 'r+', 0o600).catch(() => open(path, 'w+', 0o600));
      if (end === -1) await file.chmod(0o600);
      if (at !== end) await file.truncate(at);
      const bytes = Buffer.from(text);
      await file.write(bytes, 0, bytes.length, at);
      end = at + bytes.length;
    },
    /** Whether anything was written. */
    isMade: () => file !== undefined,
    async close(): Promise<void> {
      await file?.close();
    },
  };
}
