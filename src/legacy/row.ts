/** An old password as a user table has it: one text, or several columns of which each scheme knows its own. */
export type ImportedHash = {
  readonly text: string;
  readonly salt?: string | undefined;
  /** How it was made, where a column says so and the text does not. */
  readonly algorithm?: string | undefined;
  readonly iterations?: string | undefined;
};

/** One old account, as a source reads it out of one line. */
export type LegacyRow = {
  /** The name exactly as the application writes it: at most 255 characters, no control characters. */
  readonly name: string;
  /** What the application calls the account inside, its row's number mostly; empty where nobody needs it. */
  readonly key: string;
  /** None where nobody could sign in with a password. */
  readonly hash: ImportedHash | undefined;
  readonly address: string | undefined;
  /** Whether the application made sure that the address is the person's. */
  readonly confirmed: boolean;
  /** Disabled or suspended there. */
  readonly blocked: boolean;
  /** Whether a second factor was in use there. */
  readonly secondFactor: boolean;
};

/** Why a line is not imported; each has its words in `legacy.problem.<code>`. */
export const ROW_PROBLEMS = [
  'not_utf8',
  'not_json',
  'quotes_open',
  'columns_missing',
  'too_long',
  'name_missing',
  'name_unfit',
  'value_unfit',
  'hash_unknown',
  'hash_costly',
  'twice',
  'held',
] as const;

export type RowProblemCode = (typeof ROW_PROBLEMS)[number];

/** A line that is not imported, with the column that is wrong where there is one. */
export class RowProblem extends Error {
  override readonly name = 'RowProblem';
  readonly code: RowProblemCode;
  readonly column: string | undefined;
  /** What the name looks like, where the line has one: nobody else gets such a name while the line is being corrected. */
  readonly shape: string | undefined;

  constructor(code: RowProblemCode, column?: string, shape?: string) {
    super(column === undefined ? code : `${code}: ${column}`);
    this.code = code;
    this.column = column;
    this.shape = shape;
  }
}
