const OLDEST = 24;

/** What to say where this Node is too old to run the program; undefined where it is not. */
export function nodeProblem(version: string): string | undefined {
  const major = Number(version.split('.', 1)[0]);
  if (major >= OLDEST) return undefined;
  return `Aluco needs Node ${OLDEST} or newer; this is Node ${version}.`;
}

/** Exit status for wrong settings or surroundings (EX_CONFIG of sysexits.h). */
export const EX_CONFIG = 78;

/** Ends the program in one line where this Node cannot run it: parts loaded later would crash without a word. */
export function requireNode(): void {
  const problem = nodeProblem(process.versions.node);
  if (problem === undefined) return;
  process.stderr.write(`${problem}\n`);
  process.exit(EX_CONFIG);
}
