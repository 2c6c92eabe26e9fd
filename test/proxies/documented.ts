import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../src/config.ts';

/** Where the tests put what a configuration names. */
export type Place = {
  readonly http: number;
  readonly https: number;
  readonly house: number;
  readonly certificate: string;
  readonly key: string;
  /** Chain and key in one file. */
  readonly both: string;
  readonly folder: string;
};

/** The blocks of a language in `docs/proxies.md`, as they stand there. */
export function blocksOf(language: string): string[] {
  const page = readFileSync(path.join(ROOT, 'docs/proxies.md'), 'utf8');
  return [...page.matchAll(/^```(\w+)\n(.*?)^```$/gmsu)].flatMap(([, name, text = '']) =>
    name === language ? [text] : [],
  );
}

/** Puts one text in the place of another, which must be there. */
function replaced(text: string, changes: readonly (readonly [string, string])[]): string {
  return changes.reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`docs/proxies.md no longer says ${from}`);
    return before.replaceAll(from, to);
  }, text);
}

function block(language: string): string {
  const [text] = blocksOf(language);
  if (text === undefined) throw new Error(`docs/proxies.md has no block of ${language}`);
  return text;
}

/** A proxy that can be run: its program, and its documented configuration with other addresses, ports and paths. */
export type Documented = {
  readonly name: string;
  readonly program: string;
  readonly args: (file: string, place: Place) => string[];
  readonly configuration: (place: Place) => string;
};

export const DOCUMENTED: readonly Documented[] = [
  {
    name: 'nginx',
    program: 'nginx',
    args: (file, { folder }) => ['-p', folder, '-c', file, '-e', `${folder}/early.log`, '-g', 'daemon off;'],
    configuration(place) {
      // What Debian's nginx.conf puts around a site, with places to write that are ours.
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (kind) => `${kind}_temp_path ${place.folder}/${kind};`,
      );
      const site = replaced(block('nginx'), [
        ['listen 80;', `listen 127.0.0.1:${place.http};`],
        ['listen [::]:80;', `listen 127.0.0.7:${place.http};`],
        ['listen 443 ssl', `listen 127.0.0.1:${place.https} ssl`],
        ['listen [::]:443 ssl', `listen 127.0.0.7:${place.https} ssl`],
        ['https://id.example.org', `https://localhost:${place.https}`],
        ['server_name id.example.org', 'server_name localhost'],
        ['/etc/letsencrypt/live/id.example.org/fullchain.pem', place.certificate],
        ['/etc/letsencrypt/live/id.example.org/privkey.pem', place.key],
        ['/var/log/nginx/aluco.log', `${place.folder}/aluco.log`],
        ['127.0.0.1:8080', `127.0.0.1:${place.house}`],
      ]);
      return [
        process.getuid?.() === 0 ? 'user root;' : '',
        `pid ${place.folder}/nginx.pid;`,
        `error_log ${place.folder}/nginx.log;`,
        `events {}`,
        `http {\n${temporary.join('\n')}\n${site}}`,
      ].join('\n');
    },
  },
  {
    name: 'HAProxy',
    program: 'haproxy',
    args: (file) => ['-db', '-f', file],
    configuration: (place) =>
      replaced(block('haproxy'), [
        ['bind :80', `bind 127.0.0.1:${place.http}`],
        ['bind :443', `bind 127.0.0.1:${place.https}`],
        ['https://id.example.org', `https://localhost:${place.https}`],
        ['/etc/haproxy/certs/id.example.org.pem', place.both],
        ['127.0.0.1:8080', `127.0.0.1:${place.house}`],
      ]),
  },
  {
    name: 'Caddy',
    program: 'caddy',
    args: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
    configuration: (place) =>
      replaced(block('caddyfile'), [
        [
          '\tlog default',
          `\tadmin off\n\thttp_port ${place.http}\n\thttps_port ${place.https}\n\tdefault_bind 127.0.0.1\n\tlog default`,
        ],
        // A certificate for loopback is not to be had from anybody.
        ['id.example.org {', `localhost {\n\ttls ${place.certificate} ${place.key}`],
        ['127.0.0.1:8080', `127.0.0.1:${place.house}`],
      ]),
  },
];
