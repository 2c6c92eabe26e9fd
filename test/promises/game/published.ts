import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../../src/config.ts';

let texts: string | undefined;

/** The sources of the program and of its library of the protocol, and the words of its pages. */
function read(): string {
  const files = ['src', 'views', 'node_modules/oidc-provider/lib'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file)),
  );
  return files
    .filter((file) => /\.(?:js|json|tsx?)$/u.test(file))
    .map((file) => readFileSync(path.join(ROOT, file), 'utf8'))
    .join('\n');
}

/** Whether a text stands in the program itself: a word of the protocol, a sentence of a page. It is the same for all. */
export function isPublished(text: string): boolean {
  texts ??= read();
  return texts.includes(text);
}
