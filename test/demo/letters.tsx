import { once } from 'node:events';
import { createServer } from 'node:http';
import { renderToString } from 'preact-render-to-string';
import type { Caught, MailCatcher } from '../mail-catcher.ts';

/** A page with the letters that were caught. */
export type Letters = { readonly url: string; close(): Promise<void> };

const STYLE = `
:root { color-scheme: light dark; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
article { margin: 1.5rem 0; padding: 1rem; border: 1px solid gray; border-radius: 0.5rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
h2 { margin: 0; font-size: 1.1rem; }
`;

function Letter({ letter, number }: { letter: Caught; number: number }) {
  return (
    <article>
      <h2>{letter.subject}</h2>
      <p>
        To {letter.to}, from {letter.from}. <a href={`/letters/${number}`}>As HTML</a>
      </p>
      <ul>
        {letter.links.map((link) => (
          <li>
            <a href={link}>{link}</a>
          </li>
        ))}
      </ul>
      <pre>{letter.text}</pre>
    </article>
  );
}

function list(letters: readonly Caught[]): string {
  const html = renderToString(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Letters of the demo</title>
        <style>{STYLE}</style>
      </head>
      <body>
        <main>
          <h1>Letters of the demo</h1>
          <p>
            {letters.length === 0 ? 'None yet.' : `${letters.length}, the last first.`} <a href="/">Look again</a>
          </p>
          {letters.map((letter, at) => <Letter letter={letter} number={at} />).toReversed()}
        </main>
      </body>
    </html>,
  );
  return `<!doctype html>${html}`;
}

/** Shows on a port of its own what a catcher has caught. */
export async function openLetters({ letters }: MailCatcher, port: number): Promise<Letters> {
  const server = createServer((req, res) => {
    const number = /^\/letters\/(\d{1,6})$/u.exec(req.url ?? '')?.[1];
    const html = number === undefined ? list(letters) : letters[Number(number)]?.html;
    res.writeHead(html === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
