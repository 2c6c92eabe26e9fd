import { build } from 'esbuild';

/**
 * Bundles the program into `dist/`, or the folder named. Packages with native code stay outside, and so does what is loaded only when it is
 * asked for; `migrations/` and `views/assets/` are read from beside `dist/`.
 */
await build({
  entryPoints: [
    { in: 'src/main.ts', out: 'main' },
    { in: 'src/cli.ts', out: 'cli' },
    // Started as threads, by their names beside the others.
    { in: 'src/saml/metadata-worker.ts', out: 'metadata-worker' },
    { in: 'src/legacy/schemes/password-worker.ts', out: 'password-worker' },
    { in: 'src/legacy/pass-worker.ts', out: 'pass-worker' },
  ],
  outdir: process.argv[2] ?? 'dist',
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  external: ['argon2', 'better-sqlite3', 'pg', '@zxcvbn-ts/language-common'],
  // Some packages inside still call require().
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  sourcemap: 'linked',
  // The text of the program stays in memory while it runs.
  minifyWhitespace: true,
  // oidc-provider stores its models by the names of its classes: they must be what they are in the source.
  keepNames: true,
  logLevel: 'warning',
});
