import { createHmac } from 'node:crypto';
import { prepared, UNKNOWN, type Layout } from './scheme.ts';

/** What PHP's trim() takes away. */
const trim = (password: string): string => password.replaceAll(/^[ \t\n\r\0\v]+|[ \t\n\r\0\v]+$/gu, '');

/**
 * WordPress takes the blanks around a password away. Since 6.8 it hashes `$wp$2y$…`: bcrypt of the Base64 of an HMAC, so
 * that bcrypt cuts nothing; before that phpass, and at first MD5.
 */
export const wordpress: Layout = {
  id: 'wordpress',
  read({ text, algorithm }, again) {
    if (text.startsWith('$wp$')) {
      return text.startsWith('$wp$2y$') ? prepared(again(text.slice(3)), 'wordpress-hmac') : UNKNOWN;
    }
    return algorithm === 'wordpress' ? prepared(again(text), 'wordpress') : undefined;
  },
  preparations: {
    wordpress: (password) => [Buffer.from(trim(password))],
    'wordpress-hmac': (password) => {
      const digest = createHmac('sha384', 'wp-sha384').update(trim(password)).digest('base64');
      return [Buffer.from(digest)];
    },
  },
};
