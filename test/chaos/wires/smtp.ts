import type { Listener } from './tcp.ts';

const VERBS = /^(EHLO|HELO|AUTH|MAIL|RCPT|DATA)\b/gim;

/** Names an SMTP client's calls (RFC 5321): its commands, several if they come together, and the message once it is complete. */
export const hearSmtp: Listener = () => {
  let inMessage = false;
  let tail = '';
  return (chunk) => {
    const text = chunk.toString('latin1');
    if (inMessage) {
      tail = (tail + text).slice(-5);
      if (tail !== '\r\n.\r\n') return null;
      inMessage = false;
      return 'smtp message';
    }
    const verbs = [...text.matchAll(VERBS)].map(([verb]) => verb.toUpperCase());
    if (verbs.at(-1) === 'DATA') {
      inMessage = true;
      tail = '';
    }
    return verbs.length > 0 ? `smtp ${verbs.join(' ')}` : null;
  };
};
