import { prepared, type Layout } from './scheme.ts';

/** Synapse: bcrypt of the password in the form NFKC with the pepper of its settings behind. */
export const synapse: Layout = {
  id: 'synapse',
  read: ({ text, algorithm }, again) => (algorithm === 'synapse' ? prepared(again(text), 'synapse') : undefined),
  preparations: {
    synapse: (password, _record, { pepper = '' }) => [Buffer.from(password.normalize('NFKC') + pepper)],
  },
};

/** Applications on Devise that set a pepper: it stands behind the password. */
export const devise: Layout = {
  id: 'devise',
  read: ({ text, algorithm }, again) => (algorithm === 'devise' ? prepared(again(text), 'devise') : undefined),
  preparations: { devise: (password, _record, { pepper = '' }) => [Buffer.from(password + pepper)] },
};
