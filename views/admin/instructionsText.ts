import { sentenceOf, type TextParams, type Translate } from '../text.ts';

type Line = { readonly key: string; readonly params?: TextParams; readonly unverified?: boolean };

/** Instructions as the templates give them: sentences by their keys. */
export type KeyedBlock = { readonly title: string; readonly verified: boolean } & (
  | { readonly kind: 'steps'; readonly lines: readonly Line[] }
  | { readonly kind: 'code'; readonly lines: readonly string[] }
  | { readonly kind: 'fields'; readonly lines: readonly { readonly name: string; readonly value: string }[] }
);

/** The same in words; each block has one of steps, code and fields. */
export type ShownBlock = {
  readonly title: string;
  readonly unverified: boolean;
  readonly steps?: readonly { readonly text: string; readonly unverified: boolean }[];
  readonly code?: string;
  readonly fields?: readonly { readonly label: string; readonly value: string }[];
};

function shown(t: Translate, block: KeyedBlock): ShownBlock {
  const title = sentenceOf(t, block.title);
  switch (block.kind) {
    case 'steps':
      return {
        title,
        // Each step says it of itself.
        unverified: false,
        steps: block.lines.map(({ key, params, unverified }) => ({
          text: sentenceOf(t, key, params),
          unverified: unverified === true,
        })),
      };
    case 'code':
      return { title, unverified: !block.verified, code: block.lines.join('\n') };
    default:
      return {
        title,
        unverified: !block.verified,
        fields: block.lines.map(({ name, value }) => ({ label: name, value })),
      };
  }
}

/** Instructions in a person's language. */
export function inWords(t: Translate, blocks: readonly KeyedBlock[]): ShownBlock[] {
  return blocks.map((block) => shown(t, block));
}

/** Whether anything in them was not seen in the application's own source. */
export function hasUnverified(blocks: readonly ShownBlock[]): boolean {
  return blocks.some(({ unverified, steps = [] }) => unverified || steps.some((step) => step.unverified));
}

/** Instructions as plain text. Lines to be copied stand as they are, with nothing before them. */
export function instructionsText(t: Translate, title: string, blocks: readonly ShownBlock[]): string {
  const mark = (text: string, unverified: boolean): string =>
    unverified ? `${text} [${t('admin.template.unverified')}]` : text;
  const parts = blocks.map(({ title: heading, unverified, steps, code, fields }) => {
    const head = mark(heading, unverified);
    const body = [
      ...(steps ?? []).map((step) => `* ${mark(step.text, step.unverified)}`),
      ...(code === undefined ? [] : [code]),
      ...(fields ?? []).map(({ label, value }) => `${label}: ${value}`),
    ];
    return [head, '-'.repeat(head.length), '', ...body, ''].join('\n');
  });
  const note = hasUnverified(blocks)
    ? [t('admin.template.unverified_what', { mark: t('admin.template.unverified') }), '']
    : [];
  return [title, '='.repeat(title.length), '', ...note, ...parts].join('\n');
}
