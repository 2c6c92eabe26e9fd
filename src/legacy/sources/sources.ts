import { csv } from './csv.ts';
import { gitlab } from './gitlab.ts';
import { grafana } from './grafana.ts';
import { lemmy } from './lemmy.ts';
import { mastodon } from './mastodon.ts';
import { miniflux } from './miniflux.ts';
import { mobilizon } from './mobilizon.ts';
import { nextcloud } from './nextcloud.ts';
import { peertube } from './peertube.ts';
import { pixelfed } from './pixelfed.ts';
import { seafile } from './seafile.ts';
import type { Source } from './source.ts';
import { synapse } from './synapse.ts';
import { writefreely } from './writefreely.ts';

/** The applications whose user tables can be imported, in the order in which they are offered. */
export const SOURCES: readonly Source[] = [
  mastodon,
  pixelfed,
  peertube,
  synapse,
  nextcloud,
  gitlab,
  grafana,
  writefreely,
  lemmy,
  miniflux,
  mobilizon,
  seafile,
  csv,
];

export function sourceOf(id: string): Source | undefined {
  return SOURCES.find((source) => source.id === id);
}

/** The source that an application made from this template has most likely; the table in columns of ours for any other. */
export function sourceForTemplate(template: string | undefined): Source {
  return SOURCES.find(({ templates }) => template !== undefined && templates.includes(template)) ?? csv;
}
