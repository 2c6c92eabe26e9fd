import { shellWord } from './shell.ts';
import type { Engine, Source, Usual } from './source.ts';

/** Ways to call the client of a database: directly, and in the container of a usual `docker-compose.yml`. */
type Client = (usual: Usual) => readonly string[];

const sudo = ({ as }: Usual): string => (as === undefined ? '' : `sudo -u ${as} `);

const inContainer = ({ container }: Usual, command: (user: string) => string): string[] =>
  container === undefined ? [] : [`docker compose exec -T ${container.service} ${command(container.user)}`];

/** What reads rows out of each kind of database, and the ending of the file that comes of it. */
const READING: Readonly<Record<Engine, { client: Client; ending: string }>> = {
  postgres: {
    client: (usual) => [
      `${sudo(usual)}psql -X --csv -v ON_ERROR_STOP=1 ${usual.database}`,
      ...inContainer(usual, (user) => `psql -X --csv -v ON_ERROR_STOP=1 -U ${user} ${usual.database}`),
    ],
    ending: 'csv',
  },
  mysql: {
    client: (usual) => [
      `${sudo(usual)}mysql --batch --raw --skip-column-names --default-character-set=utf8mb4 ${usual.database}`,
      ...inContainer(
        usual,
        (user) =>
          `mysql --batch --raw --skip-column-names --default-character-set=utf8mb4 -u ${user} -pPASSWORD ${usual.database}`,
      ),
    ],
    ending: 'jsonl',
  },
  sqlite: { client: (usual) => [`${sudo(usual)}sqlite3 -readonly -csv -header ${usual.database}`], ending: 'csv' },
};

/** What runs a file that changes rows. */
const WRITING: Readonly<Record<Engine, Client>> = {
  postgres: (usual) => [
    `${sudo(usual)}psql -X ${usual.database}`,
    ...inContainer(usual, (user) => `psql -X -U ${user} ${usual.database}`),
  ],
  mysql: (usual) => [
    `${sudo(usual)}mysql --table --default-character-set=utf8mb4 ${usual.database}`,
    ...inContainer(
      usual,
      (user) => `mysql --table --default-character-set=utf8mb4 -u ${user} -pPASSWORD ${usual.database}`,
    ),
  ],
  sqlite: (usual) => [`${sudo(usual)}sqlite3 -bail ${usual.database}`],
};

/** Stands for a database in commands: whoever copies one in a rehearsal does not mean the real one. */
export const DATABASE = 'DATABASE';

const usualOf = (source: Source, engine: Engine): Usual => source.usual?.[engine] ?? { database: DATABASE };

/** A file's name as a shell reads it as one word, in quotes only where it must be. */
const fileWord = (file: string): string => (/^[\w./-]+$/u.test(file) ? file : shellWord(file));

/** Commands of which one, according to the installation, runs the statement of a source; `file` is where it stands. */
export function readingCommands(source: Source, engine: Engine, file: string): readonly string[] {
  const { client, ending } = READING[engine];
  return client(usualOf(source, engine)).map((command) => `${command} < ${fileWord(file)} > ${source.id}.${ending}`);
}

/** Commands of which one runs a file that was written for a database, in which `DATABASE` stands for its name. */
export function writingCommands(source: Source, engine: Engine, file: string): readonly string[] {
  const where = { ...usualOf(source, engine), database: DATABASE };
  return WRITING[engine](where).map((command) => `${command} < ${fileWord(file)}`);
}
