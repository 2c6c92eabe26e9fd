import { readFile, writeFile } from 'node:fs/promises';
import { README, withGenerated } from './generated.ts';

await writeFile(README, await withGenerated(await readFile(README, 'utf8')));
