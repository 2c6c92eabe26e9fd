/*
 * The door for whoever imports and nothing else, the commands above all: it loads a small part of what legacy.ts does, and
 * what a command has loaded is memory that importing a million names has not.
 */
export { makeBatches, type Batches } from './batches.ts';
export type { Batch } from './batch.ts';
export type { Report } from './check-pass.ts';
export { importsFolder, sortingFolder } from './folders.ts';
export { readHead } from './reading/head.ts';
export { ROW_PROBLEMS } from './row.ts';
export type { Secrets } from './schemes/record.ts';
export type { Source } from './sources/source.ts';
export { sourceForTemplate, sourceOf, SOURCES } from './sources/sources.ts';
export type { Tally } from './tally.ts';
