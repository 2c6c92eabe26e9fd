/** Which field of a form that makes an account an error belongs to. */
export const ACCOUNT_FIELDS: Readonly<Record<string, string>> = {
  login_name_invalid: 'loginName',
  login_name_too_short: 'loginName',
  login_name_too_long: 'loginName',
  login_name_taken: 'loginName',
  mailbox_invalid: 'mailbox',
  password_too_short: 'password',
  password_too_long: 'password',
  password_common: 'password',
  password_context: 'password',
  password_breached: 'password',
  busy: 'password',
  terms_required: 'terms',
};

/** What a form shows again of a field, however long it was. */
export const KEPT_MAX = 400;
