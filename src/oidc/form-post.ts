/** One value that a form carries to an application. */
export type AnswerField = { readonly name: string; readonly value: string };

const FIELD = /<input type="hidden" name="(\w+)" value="([^"]*)"\/>/gu;

const CHARACTERS: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

/**
 * What the library's own page for `response_mode=form_post` carries, so that ours can carry it: theirs is bare and in
 * English, and people without script stop there. Nothing where the answer is no such page.
 */
export function answerFields(body: unknown): readonly AnswerField[] | undefined {
  if (typeof body !== 'string' || !body.includes('<form method="post" action="')) return undefined;
  const fields = [...body.matchAll(FIELD)].map(([, name = '', value = '']) => ({
    name,
    value: value.replaceAll(/&(?:\w+|#\d+);/gu, (entity) => CHARACTERS[entity] ?? entity),
  }));
  return fields.length === 0 ? undefined : fields;
}
