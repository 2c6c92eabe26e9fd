import type { ShownBlock } from '../parts/Instructions.tsx';
import { sentenceOf, type TextParams, type Translate } from '../text.ts';

type Line = { readonly key: string; readonly params?: TextParams; readonly unverified?: boolean };

/** Instructions as the templates give them: sentences by their keys. */
export type KeyedBlock = { readonly title: string; readonly verified: boolean } & (
  | { readonly kind: 'steps'; readonly lines: readonly Line[] }
  | { readonly kind: 'code'; readonly lines: readonly string[] }
  | { readonly kind: 'fields'; readonly lines: readonly { readonly name: string; readonly value: string }[] }
);

function shown(t: Translate, block: KeyedBlock): ShownBlock {
  const title = sentenceOf(t, block.title);
  const unverified = !block.verified;
  if (block.kind === 'code') return { title, unverified, code: block.lines.join('\n') };
  if (block.kind === 'fields') {
    return { title, unverified, fields: block.lines.map(({ name, value }) => ({ label: name, value })) };
  }
  const steps = block.lines.map((step) => ({
    text: sentenceOf(t, step.key, step.params),
    unverified: step.unverified === true,
  }));
  // Each step says it of itself.
  return { title, unverified: false, steps };
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
