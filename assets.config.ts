import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createRequire } from 'node:module';
import { build } from 'esbuild';

/** Where the solver that browsers run lies. */
export const SOLVER = path.join(import.meta.dirname, 'views/assets/work-solver.js');

/** The solver that browsers run in a worker, made from the altcha-lib that is installed. */
export async function solverOfLibrary(): Promise<string> {
  const manifest = createRequire(import.meta.url)
    .resolve('altcha-lib')
    .replace(/altcha-lib\/.*$/u, 'altcha-lib/package.json');
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { handler } from 'altcha-lib/workers/shared';
        import { deriveKey } from 'altcha-lib/algorithms/web/pbkdf2';
        handler({ deriveKey });
      `,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    write: false,
  });
  const [file] = outputFiles;
  // Paths of modules in comments depend on where the packages lie.
  const code = (file?.text ?? '').replaceAll(/^ *\/\/ .*node_modules\/.*\n/gmu, '');
  return `// Made by \`npm run assets\` from altcha-lib ${version} (MIT, Copyright (c) 2023-2026 Daniel Regeci). Not edited by hand.\n${code}`;
}

if (process.argv[1] === import.meta.filename) await writeFile(SOLVER, await solverOfLibrary());
