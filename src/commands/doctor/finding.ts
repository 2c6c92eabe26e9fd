/** One line of the doctor: what it is about, how it is, and what to do. */
export type Finding = {
  readonly level: 'ok' | 'warning' | 'problem';
  readonly about: string;
  readonly words: string;
};

export const ok = (about: string, words: string): Finding => ({ level: 'ok', about, words });
export const warning = (about: string, words: string): Finding => ({ level: 'warning', about, words });
export const problem = (about: string, words: string): Finding => ({ level: 'problem', about, words });
