/** Values a message may show. Never a secret, an e-mail address or anything that names both an account and a profile. */
export type ErrorParams = Readonly<Record<string, string | number>>;

/**
 * Something the person can understand and mend. The code is the translation key (`error.<code>`); words, HTTP
 * status and protocol error are chosen at the edge. Anything else that is thrown is internal and only logged.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: string;
  readonly params: ErrorParams;

  constructor(code: string, params: ErrorParams = {}) {
    super(code);
    this.code = code;
    this.params = params;
  }
}

/** What is wrong with one field of a form; each code is a `UserError` code. */
export type FieldProblem = { readonly field: string; readonly code: string; readonly params: ErrorParams };

/** Everything that is wrong with one form, by field. */
export class SettingsProblem extends UserError {
  readonly fields: readonly FieldProblem[];

  constructor(fields: readonly FieldProblem[]) {
    super(fields[0]?.code ?? 'internal', fields[0]?.params ?? {});
    this.fields = fields;
  }
}
