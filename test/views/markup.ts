/** One start tag of a document, as written by the renderer: lower case, attributes in double quotes. */
export type Tag = { readonly name: string; readonly attributes: ReadonlyMap<string, string>; readonly end: number };

const startTag = /<([a-z][a-z0-9]*)((?:\s+[^\s=>"/]+(?:="[^"]*")?)*)\s*\/?>/gi;
const attribute = /([^\s=>"/]+)(?:="([^"]*)")?/g;

/** Every start tag, in order. */
export function tagsOf(html: string): readonly Tag[] {
  return [...html.matchAll(startTag)].map((match) => ({
    name: (match[1] ?? '').toLowerCase(),
    attributes: new Map(
      [...(match[2] ?? '').matchAll(attribute)].map(([, name = '', value = '']) => [name.toLowerCase(), value]),
    ),
    end: match.index + match[0].length,
  }));
}

/** The tags of one name. */
export function tagsNamed(html: string, ...names: readonly string[]): readonly Tag[] {
  return tagsOf(html).filter((tag) => names.includes(tag.name));
}

/** The fields people fill in. */
export function fieldsOf(html: string): readonly Tag[] {
  return tagsNamed(html, 'input', 'select', 'textarea').filter(
    ({ attributes }) => attributes.get('type') !== 'hidden' && !attributes.has('hidden'),
  );
}

/** Every id of the document. */
export function idsOf(html: string): readonly string[] {
  return tagsOf(html).flatMap(({ attributes }) => attributes.get('id') ?? []);
}
