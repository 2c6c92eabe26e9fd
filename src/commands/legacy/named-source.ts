import { sourceOf, SOURCES, type Source } from '../../legacy/importing.ts';
import { UsageError } from '../verb.ts';

/** The source of this id. @throws {UsageError} that names all there are */
export function namedSource(id: string | undefined): Source {
  const source = id === undefined ? undefined : sourceOf(id);
  if (source === undefined) throw new UsageError(`--source is one of ${SOURCES.map((known) => known.id).join(', ')}`);
  return source;
}
