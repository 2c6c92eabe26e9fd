import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { Told } from '../verb.ts';
import { clearPlace, newPrivateFile, ownPrivateFile, toldOf } from './private-file.ts';

/**
 * The file of what was not imported, written as it goes, for the owner of the process alone: it holds hashes and
 * addresses. It is made once there is something to write, and cut where what is written begins.
 */
export function makeRejectsFile(file: string) {
  let handle: FileHandle | undefined;
  let end = -1;

  /** The file anew, and its name on the disk, where its folder may be read and can be asked for that. */
  async function made(): Promise<FileHandle> {
    const fresh = await newPrivateFile(file);
    const folder = await open(path.dirname(path.resolve(file))).catch(() => undefined);
    await folder?.sync().catch(() => undefined);
    await folder?.close();
    return fresh;
  }

  return {
    /** Before the first run. @throws {Told} where no such file can be made */
    begin: (options: { readonly force: boolean }): Promise<void> => clearPlace(file, options),

    /**
     * Before a run that goes on: the file of the runs before has at least so many bytes.
     * @throws {Told} where it is not there, or is another one
     */
    async goOn(bytes: number): Promise<void> {
      handle = await ownPrivateFile(file);
      const size = (await handle?.stat())?.size ?? 0;
      if (size >= bytes) return;
      await handle?.close();
      throw new Told(
        `${file} has to be the file of rejects of this import, as it was left: give it with --rejects, or take the import back (aluco legacy undo) and begin anew.`,
      );
    },

    /**
     * Resolves once it is on the disk: what is counted afterwards has to be there whatever happens to the machine.
     * @throws {Told} where there is no room, or somebody else made such a file meanwhile
     */
    async write(text: string, at: number): Promise<void> {
      handle ??= await made();
      const bytes = Buffer.from(text);
      try {
        if (at !== end) await handle.truncate(at);
        let written = 0;
        while (written < bytes.length) {
          const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, at + written);
          written += bytesWritten;
        }
        await handle.datasync();
      } catch (error) {
        throw toldOf(file, error);
      }
      end = at + bytes.length;
    },

    async close(): Promise<void> {
      await handle?.close();
    },
  };
}
