import type { Answer, DirectBrowser } from '../walks/direct.ts';

const UNESCAPED: Readonly<{ [entity: string]: string }> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

/** A text of a page as it is read. */
export function unescaped(text: string): string {
  return text.replaceAll(/&(?:amp|lt|gt|quot|#39);/gu, (entity) => UNESCAPED[entity] ?? entity);
}

function attribute(tag: string, name: string): string | undefined {
  const found = new RegExp(String.raw`\s${name}="([^"]*)"`, 'u').exec(tag)?.[1];
  return found === undefined ? undefined : unescaped(found);
}

type Form = { readonly action: string; readonly fields: Readonly<Record<string, string>> };

/** The forms of a page, with what stands in their fields beforehand. */
function formsOn(text: string): Form[] {
  return [...text.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gu)].map(([, head = '', inside = '']) => {
    const fields: Record<string, string> = {};
    for (const [, input = ''] of inside.matchAll(/<input\b([^>]*)>/gu)) {
      const [name, type] = [attribute(input, 'name'), attribute(input, 'type') ?? 'text'];
      const isUnticked = (type === 'radio' || type === 'checkbox') && !/\schecked\b/u.test(input);
      if (name !== undefined && !isUnticked && type !== 'submit') fields[name] = attribute(input, 'value') ?? '';
    }
    for (const [, select = '', options = ''] of inside.matchAll(/<select\b([^>]*)>([\s\S]*?)<\/select>/gu)) {
      const [first] = /<option\b[^>]*\sselected\b[^>]*>|<option\b[^>]*>/u.exec(options) ?? [];
      const name = attribute(select, 'name');
      if (name !== undefined && first !== undefined) fields[name] = attribute(first, 'value') ?? '';
    }
    return { action: attribute(head, 'action') ?? '', fields };
  });
}

/** Sends the form of a page whose address ends as given, with what stood in it and the given fields on top. */
export function submit(
  browser: DirectBrowser,
  page: Answer,
  action: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const form = formsOn(page.text).find((one) => one.action.endsWith(action));
  if (form === undefined) throw new Error(`no form to ${action} at ${page.url.pathname} (${page.status})`);
  return browser.post(new URL(form.action, page.url).href, { ...form.fields, ...fields });
}

/** Whether a page has a field of this name. */
export const hasField = (page: Answer, name: string): boolean => page.text.includes(` name="${name}"`);
