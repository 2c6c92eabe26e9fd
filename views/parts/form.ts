/** A message, already translated, about one field; an empty field name speaks of the whole form. */
export type FieldError = { readonly field: string; readonly message: string };

/** What a form shows: the values typed so far and what is wrong with them. */
export type Form = {
  readonly values: Readonly<Record<string, string>>;
  readonly errors: readonly FieldError[];
};

/** A form nobody has touched. */
export const blankForm: Form = { values: {}, errors: [] };

/** The value of a field, empty when there is none. */
export function valueOf(form: Form, name: string): string {
  return form.values[name] ?? '';
}

/** The first message about a field. */
export function errorOf(form: Form, name: string): string | undefined {
  return form.errors.find((error) => error.field === name)?.message;
}

/** The id of a field; the scope tells apart forms of one page that share field names. */
export function fieldId(name: string, scope?: string): string {
  return scope === undefined ? name : `${scope}-${name}`;
}

/** The value of aria-describedby: the hint, the error, both or neither. */
export function describedBy(id: string, hint: string | undefined, error: string | undefined): string | undefined {
  const ids = [hint === undefined ? [] : `${id}-hint`, error === undefined ? [] : `${id}-error`].flat();
  return ids.length > 0 ? ids.join(' ') : undefined;
}
