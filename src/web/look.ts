import { createHash } from 'node:crypto';
import { Router, type Response } from 'express';
import type { Frame } from '../../views/layout.tsx';
import type { Config } from '../config.ts';

type Needs = Pick<
  Config,
  | 'ALUCO_NAME'
  | 'ALUCO_LANGUAGES'
  | 'ALUCO_LOGO'
  | 'ALUCO_COLOUR'
  | 'ALUCO_CONTACT'
  | 'ALUCO_RULES_URL'
  | 'ALUCO_PRIVACY_URL'
>;

/** What pages show of the house, and where its own files are. */
export type Look = { readonly instance: Frame['instance']; readonly routes: Router };

/** One file of the house: its address changes with what is in it, so that browsers may keep it for ever. */
type File = { readonly address: string; readonly type: string; readonly content: Buffer };

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/svg+xml': 'svg',
  'text/css': 'css',
};

function fileOf(type: string, content: Buffer): File {
  const hash = createHash('sha256').update(content).digest('base64url').slice(0, 22);
  return { address: `/look/${hash}.${EXTENSIONS[type] ?? 'bin'}`, type, content };
}

function logoOf(address: string): File | undefined {
  const [, type, data] = /^data:([\w/+]+);base64,(.+)$/u.exec(address) ?? [];
  return type === undefined || data === undefined ? undefined : fileOf(type, Buffer.from(data, 'base64'));
}

/** The library that knows colours is only loaded where there is one. */
async function coloursOf(colour: string): Promise<File | undefined> {
  if (colour === '') return undefined;
  const { styleOf } = await import('./colours.ts');
  return fileOf('text/css', Buffer.from(styleOf(colour)));
}

function send(res: Response, { type, content }: File): void {
  res.setHeader('cache-control', 'public, max-age=31536000, immutable');
  res.setHeader('content-type', type === 'text/css' ? `${type}; charset=utf-8` : type);
  // Opened by itself, a drawing is a page of ours: it runs nothing and asks for nothing.
  if (type === 'image/svg+xml')
    res.setHeader('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox");
  res.end(content);
}

/** What the settings of the house make of the pages: name, logo, colours, whom to ask, languages. */
export async function makeLook(config: Needs): Promise<Look> {
  const logo = logoOf(config.ALUCO_LOGO);
  const colours = await coloursOf(config.ALUCO_COLOUR);
  const routes = Router();
  for (const file of [logo, colours]) {
    if (file !== undefined) routes.get(file.address, (_req, res) => send(res, file));
  }
  return {
    instance: {
      name: config.ALUCO_NAME,
      languages: [...new Set(config.ALUCO_LANGUAGES)],
      logoUrl: logo?.address,
      coloursUrl: colours?.address,
      contact: config.ALUCO_CONTACT || undefined,
      rulesUrl: config.ALUCO_RULES_URL || undefined,
      privacyUrl: config.ALUCO_PRIVACY_URL || undefined,
    },
    routes,
  };
}
