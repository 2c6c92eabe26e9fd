/** The tags of a text and what stands between them, in order. `>` may stand in the values of attributes. */
const PARTS = /<(?:[^<>"']|"[^"<]*"|'[^'<]*')*>|[^<]+|</gu;

/** Deeper than any message that is taken; further in, what was sent would grow by its own square. */
const DEEPEST = 40;

/** XML with one element a line, for people to read; never for a program: white space would change what is signed. */
export function indented(xml: string): string {
  const lines: string[] = [];
  let depth = 0;
  let line = '';
  const flush = (): void => {
    if (line !== '') lines.push(line);
    line = '';
  };
  const indent = (): string => '  '.repeat(Math.min(depth, DEEPEST));
  for (const [token] of xml.matchAll(PARTS)) {
    if (token.trim() === '') continue;
    if (token.startsWith('</')) {
      // What was sent may close more than it opened.
      depth = Math.max(0, depth - 1);
      // An element that holds no other stays on its line.
      if (line.trimStart().startsWith(`<${token.slice(2, -1)}`)) line += token;
      else {
        flush();
        line = `${indent()}${token}`;
      }
      flush();
    } else if (token.startsWith('<') && token !== '<') {
      flush();
      line = `${indent()}${token}`;
      if (token.endsWith('/>') || token.startsWith('<?')) flush();
      else depth += 1;
    } else line += token;
  }
  flush();
  return lines.join('\n');
}
