/** Which field of the "new profile" form an error belongs to. */
export const NAME_FIELDS: Readonly<Record<string, string>> = {
  name_required: 'name',
  name_too_short: 'name',
  name_too_long: 'name',
  name_pattern: 'name',
  name_reserved: 'name',
  name_taken: 'name',
  note_too_long: 'note',
};
