import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A picture as settings hold it: its data as an address. Whether it is one that may be kept is for them to say. */
export function pictureOf(file: string): string {
  const extension = path.extname(file).slice(1).toLowerCase();
  const kind = { svg: 'svg+xml', jpg: 'jpeg' }[extension] ?? extension;
  return `data:image/${kind};base64,${readFileSync(file).toString('base64')}`;
}
