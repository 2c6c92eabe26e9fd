import path from 'node:path';
import { Readable } from 'node:stream';
import { makeUploads } from '../../src/legacy/uploads.ts';
import { makeLog } from '../../src/log.ts';
import type { OldPlace } from './place.ts';

export type Uploads = ReturnType<typeof makeUploads>;
type Needs = Parameters<typeof makeUploads>[0];
export type Importer = Needs['batches'];

/** A node that takes uploaded files, with a disk of its own below `folder`; `more`: what it has otherwise. */
export const uploadNode = (place: OldPlace, folder: string, disk = 'one', more: Partial<Needs> = {}): Uploads =>
  makeUploads({
    applications: place.applications,
    batches: place.legacy.batches,
    folder: path.join(folder, disk),
    isStopping: () => false,
    log: makeLog('silent'),
    now: () => place.clock.time,
    seals: place.seals,
    storage: place.storage,
    ...more,
  });

/** Has a file for Meadow be received whole. */
export const received = (uploads: Uploads, { meadow }: OldPlace, text: string) =>
  uploads.receive(meadow.id, Readable.from([Buffer.from(text)]) as AsyncIterable<Buffer>);

/** Sends a file for Meadow, and returns its id. */
export async function send(uploads: Uploads, place: OldPlace, text: string, source = 'csv'): Promise<string> {
  const { id } = await uploads.add(place.meadow, await received(uploads, place, text), {
    source,
    name: 'birds.csv',
    secrets: {},
  });
  return id;
}
