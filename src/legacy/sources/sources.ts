import { csv } from './csv.ts';
import { mastodon } from './mastodon.ts';
import { pixelfed } from './pixelfed.ts';
import type { Source } from './source.ts';

/** The applications whose user tables can be imported, in the order in which they are offered. */
export const SOURCES: readonly Source[] = [mastodon, pixelfed, csv];

export function sourceOf(id: string): Source | undefined {
  return SOURCES.find((source) => source.id === id);
}

/** The source that an application made from this template has most likely; the table in columns of ours for any other. */
export function sourceForTemplate(template: string | undefined): Source {
  return SOURCES.find(({ templates }) => template !== undefined && templates.includes(template)) ?? csv;
}
